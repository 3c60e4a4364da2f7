import { stripTypeScriptTypes } from "node:module";
import { expect, test } from "vitest";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import { release } from "../../../codegen/cli/releases/release-command.ts";
import type { Protocol } from "../../../runtime/api/protocol.ts";
import { CodegenFolder } from "../../setup/codegen-folder.ts";
import { useWorld } from "./world.ts";

const world = useWorld();
const project = CodegenFolder.forEachTest();

const proto = `syntax = "proto3";
package game;
import "photinus/options.proto";

service Hall {
  option (photinus.service) = { role: "hall" auth: ANYONE };
  rpc Open(Door) returns (Door) {
    option (photinus.command) = { id: 11 };
  }
}
message Door {
  uint32 number = 1;
}
`;
const longer = proto.replace("number = 1;", "number = 1;\n  string name = 2;");
const broken = longer.replace("id: 11", "id: 12");

/** What the generated `connect` sends. */
interface Client {
  readonly schema: string;
  readonly release: number;
}

/** Generates the code of a schema, as a release or not. */
async function generated(text: string, isReleased: boolean): Promise<{ client: Client; server: Protocol }> {
  const { output, path: folder } = project;
  await project.put("schema/game.proto", text);
  if (isReleased) expect(await release({}, { folder, output })).toBe(true);
  expect(await project.run()).toBe(true);
  const index = await project.read("generated/client/index.ts");
  const [, schema = ""] = /^export const fingerprint = "(.*)";$/m.exec(index) ?? [];
  const [, number] = /^export const release = (\d+);$/m.exec(index) ?? [];
  // Without types, the routing table of a schema without keys has no imports.
  const code = stripTypeScriptTypes(await project.read("generated/server/protocol.ts"));
  const { protocol } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    protocol: Protocol;
  };
  return { client: { schema, release: Number(number) }, server: protocol };
}

/** Outcome of a client at a gate: "welcome", or the reason of its refusal. */
async function outcome(protocol: Protocol, client: Client): Promise<string> {
  const { host, port } = (await world.gate({ protocol })).clientAddress!;
  try {
    const connection = await connect(`tcp://${host}:${port}`, { ...client, reconnect: false });
    await connection.close();
    return "welcome";
  } catch (error) {
    return String((error as { readonly reason?: string }).reason);
  }
}

test("generated clients of a release meet generated servers of other releases as the changes between them allow", async () => {
  const first = await generated(proto, true);
  const second = await generated(longer, true);
  const draft = await generated(broken, false);
  const third = await generated(broken, true);
  const change = "the id of game.Hall.Open was 11 and is 12";
  const old = (number: number) =>
    `the client's release ${number} is too old; expected release 3 or later: ${change}`;
  expect(await outcome(second.server, first.client)).toBe("welcome");
  expect(await outcome(first.server, second.client)).toBe(
    "the client's release 2 is newer than the server's release 1",
  );
  expect(await outcome(draft.server, first.client)).toBe(old(1));
  expect(await outcome(third.server, second.client)).toBe(old(2));
  expect(await outcome(third.server, third.client)).toBe("welcome");
  // The client of the draft has the fingerprint of what became release 3.
  expect(draft.client).toEqual({ ...third.client, release: 0 });
  expect(await outcome(third.server, draft.client)).toBe("welcome");
});
