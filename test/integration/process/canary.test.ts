import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { commands } from "../gate/schema.ts";
import { root, Workshop } from "./game.ts";

const schema = JSON.stringify(pathToFileURL(join(root, "test/integration/gate/schema.ts")).href);
let workshop: Workshop;

beforeEach(() => {
  workshop = new Workshop();
  workshop.write(
    "probe.mjs",
    `import { serve } from ${schema};
     export default (node) => serve("probe", { hashed: () => new TextEncoder().encode(node.name) });`,
  );
  workshop.write(
    "photinus.config.ts",
    `import { protocol } from ${schema};
     const commands = protocol.commands.filter((command) => command.name.endsWith(".Hashed"));
     export default {
       protocol: { ...protocol, commands, methods: [] },
       gates: ["gate-1", "gate-2"].map((name) => ({ name, listen: { port: 0 } })),
       nodes: [
         { role: "probe", instances: 2, module: "probe.mjs" },
         { role: "probe", name: "next", module: "probe.mjs", canary: {} },
       ],
     };`,
  );
});
afterEach(() => workshop.close());

/** Share of the canary node, once all gates know it. */
async function taken(): Promise<unknown> {
  const { processes } = await workshop.statusWhere(({ processes }) => {
    const node = processes.find(({ name }) => name === "next")?.node;
    return (node?.["canary"] as { settled?: boolean } | undefined)?.settled === true;
  });
  return processes.find(({ name }) => name === "next")?.node?.["canary"];
}

/** Owners of the keys, as a client of each gate finds them. */
async function owners(): Promise<string[][]> {
  const { processes } = await workshop.statusWhere(({ processes }) =>
    processes.every(({ kind, gate }) => kind === "node" || gate !== undefined),
  );
  const addresses = processes.flatMap(({ gate }) => (gate ? [gate["address"] as { port: number }] : []));
  return Promise.all(
    addresses.map(async ({ port }) => {
      const connection = await connect(`tcp://127.0.0.1:${port}`);
      const command = { ...commands.hashed, request: raw, reply: raw };
      const keys = Array.from({ length: 100 }, (_, key) => Uint8Array.of(key));
      const answers = await Promise.all(keys.map((key) => connection.request(command, key)));
      await connection.close();
      return answers.map((answer) => new TextDecoder().decode(answer));
    }),
  );
}

test("the share of a running canary node is changed at all gates, and stays when its process is replaced", async () => {
  await workshop.start();
  expect(await taken()).toMatchObject({ percent: 0, users: [] });
  expect((await owners()).flat()).not.toContain("next");

  const changed = await workshop.run("canary", "probe", "--percent", "40", "--users", "7,8");
  expect({ code: changed.code, errors: changed.errors }).toEqual({ code: 0, errors: "" });
  expect(await taken()).toMatchObject({ percent: 40, users: ["7", "8"] });
  const [one, other] = await owners();
  expect(one).toEqual(other);
  const count = one!.filter((name) => name === "next").length;
  expect(count).toBeGreaterThan(20);
  expect(count).toBeLessThan(60);
  const shown = await workshop.run("canary");
  expect(shown.out.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["name", "role", "takes", "changes to", "users"],
    ["next", "probe", "40 %", "-", "2"],
    [""],
  ]);

  expect((await workshop.run("restart", "next")).code).toBe(0);
  expect(await taken()).toMatchObject({ percent: 40, users: ["7", "8"] });
  expect(await owners()).toEqual([one, one]);

  const refused = await workshop.run("canary", "probe-1", "--percent", "5");
  expect({ code: refused.code, errors: refused.errors }).toEqual({
    code: 1,
    errors: expect.stringContaining('"probe-1" is no canary; give its nodes canary: {} in the topology'),
  });
  const wrong = await workshop.run("canary", "next", "--percent", "200");
  expect(wrong.errors).toContain('--percent: found "200"; expected a percentage from 0 to 100');
});
