import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generate } from "../../codegen/generate.ts";
import { builtInTargets } from "../../codegen/targets.ts";
import type { Workshop } from "../integration/process/game.ts";
import { complaints, readersFolder, runNode, slipComplaint } from "../integration/readme/sources.ts";
import fc from "../setup/random.ts";
import { loadFiles, modelOf } from "../unit/codegen/load/schemas.ts";

/** A package with calls, pushes, methods, a table and nested types, under names that do not depend on the package. */
const packageText = (name: string, firstId: number) => `syntax = "proto3";
package ${name};
import "photinus/options.proto";

service Hall {
  option (photinus.service) = { role: "hall" auth: ANYONE };
  rpc List(ListRequest) returns (ListReply) { option (photinus.command) = { id: ${firstId} }; }
  rpc Connect(ListRequest) returns (ListReply) { option (photinus.command) = { id: ${firstId + 1} }; }
  rpc Moved(Row) returns (photinus.Push) { option (photinus.push) = { id: ${firstId + 2} }; }
}
service Yard {
  option (photinus.service) = { role: "yard" auth: ANYONE };
  rpc List(ListRequest) returns (ListReply) { option (photinus.command) = { id: ${firstId + 3} }; }
  rpc OnMoved(ListRequest) returns (ListReply) { option (photinus.command) = { id: ${firstId + 4} }; }
  rpc Moved(Row) returns (photinus.Push) { option (photinus.push) = { id: ${firstId + 5} }; }
}
service Desk {
  option (photinus.service) = { role: "hall" audience: NODES };
  rpc List(ListRequest) returns (ListReply);
}
message ListRequest { uint32 page = 1; Row.Kind kind = 2; }
message ListReply { repeated Row rows = 1; }
message Row {
  enum Kind { KIND_PLAIN = 0; }
  option (photinus.table) = { name: "${name}_row" };
  uint64 id = 1 [(photinus.column) = { primary_key: true }];
}
`;

const game = { "game/game.proto": packageText("game", 1) };
/** Packages of the same names in every respect but their own, which sort before and behind. */
const alpha = { "alpha/alpha.proto": packageText("alpha", 101) };
const zulu = { "zulu/zulu.proto": packageText("zulu", 201) };

const written = async (files: Readonly<Record<string, string>>) =>
  new Map(generate(await modelOf(files), builtInTargets).map(({ path, text }) => [path, text]));

describe("a second package with the same names", () => {
  it.each([
    ["that sorts before", alpha],
    ["that sorts behind", zulu],
  ])("%s changes no byte of the first one's modules", async (_, other) => {
    const before = await written(game);
    const after = await written({ ...game, ...other });
    const own = [...before.keys()].filter((path) => /^(client|server)\/game\/|^docs\/game\./.test(path));
    expect(own.filter((path) => path.endsWith(".service.ts"))).toEqual([
      "client/game/hall.service.ts",
      "client/game/yard.service.ts",
      "server/game/desk.service.ts",
      "server/game/hall.service.ts",
      "server/game/yard.service.ts",
    ]);
    expect(own.length).toBeGreaterThan(8);
    for (const path of own) expect(after.get(path), path).toBe(before.get(path));
  });

  it("leaves the two files that all packages share with the exports that they had", async () => {
    const exportsOf = (text = "") => text.match(/^export .*?(?= =|\(|;)/gm);
    const before = await written(game);
    const after = await written({ ...game, ...alpha });
    for (const path of ["client/index.ts", "client/node.ts", "server/index.ts", "server/protocol.ts"])
      expect(exportsOf(after.get(path)), path).toEqual(exportsOf(before.get(path)));
  });
});

describe("a user's file", () => {
  let workshop: Workshop;

  beforeEach(() => {
    workshop = readersFolder();
  });

  afterEach(() => workshop.close());

  /** Names everything of the package, each by the import that the first version of the schema gave. */
  const user = `import { connect, fingerprint } from "./generated/client/index.ts";
import { ListRequest } from "./generated/client/game/game.messages.ts";
import * as hall from "./generated/client/game/hall.service.ts";
import * as yard from "./generated/client/game/yard.service.ts";
import { rowTable } from "./generated/server/game/game.tables.ts";
import * as desk from "./generated/server/game/desk.service.ts";
import * as hallServer from "./generated/server/game/hall.service.ts";
import * as yardServer from "./generated/server/game/yard.service.ts";
import type { Connection } from "@photinus/client";
import type { NodeHandle } from "photinus";

type Named = { readonly name: string };
const names: string[] = [];
const say = ({ name }: Named) => void names.push(name);
// Stand-ins that tell which call is made by them.
const connection = { request: say, notify: say, onPush: say } as unknown as Connection;
const target = { push: (_: unknown, push: Named) => say(push), call: say } as unknown as NodeHandle;
const session = { push: say } as unknown as Parameters<typeof hallServer.pushMoved>[0];

void hall.list(connection, { page: 1 });
void hall.connect(connection, {});
hall.onMoved(connection, ({ id }) => id);
void yard.list(connection, { page: 1 });
void yard.onMoved$(connection, {});
yard.onMoved(connection, ({ id }) => id);
void desk.list(target, { page: 1 });
hallServer.pushMoved(session, { id: 1n });
yardServer.pushMoved(session, { id: 1n });
const list = (): { rows: [] } => ({ rows: [] });
const handlers: hallServer.Handlers = { list, connect: list };
for (const { name } of [
  hallServer.implement(handlers),
  yardServer.implement({ list, onMoved: list }),
  desk.implement({ list }),
]) names.push(name);
names.push(ListRequest.name, rowTable.name, typeof connect, typeof fingerprint);
console.log(names.join("\\n"));
`;

  it("means the same after two packages with the same names have come, and compiles", async () => {
    const meanings: string[] = [];
    for (const files of [game, { ...game, ...alpha, ...zulu }]) {
      for (const [path, text] of Object.entries(files)) workshop.write(`schema/${path}`, text);
      expect(await workshop.run("codegen")).toMatchObject({ code: 0, errors: "" });
      const options = {
        target: "es2024",
        module: "nodenext",
        types: ["node"],
        strict: true,
        verbatimModuleSyntax: true,
        allowImportingTsExtensions: true,
        noEmit: true,
        skipLibCheck: true,
        lib: ["es2024", "dom", "esnext.disposable"],
      };
      workshop.write("tsconfig.json", JSON.stringify({ compilerOptions: options, include: ["*.ts"] }));
      workshop.write("user.ts", user);
      expect(complaints(workshop)).toEqual([expect.stringContaining(slipComplaint)]);
      const { stdout, stderr } = runNode(workshop, "-C", "photinus-source", "user.ts");
      expect(stderr).toBe("");
      meanings.push(stdout);
    }
    expect(meanings[0]?.split("\n")).toEqual([
      "game.Hall.List",
      "game.Hall.Connect",
      "game.Hall.Moved",
      "game.Yard.List",
      "game.Yard.OnMoved",
      "game.Yard.Moved",
      "game.Desk.List",
      "game.Hall.Moved",
      "game.Yard.Moved",
      "game.Hall",
      "game.Yard",
      "game.Desk",
      "game.ListRequest",
      "game_row",
      "function",
      "string",
      "",
    ]);
    expect(meanings[1]).toBe(meanings[0]);
  });
});

it("what is generated does not depend on the order of files, packages or targets", async () => {
  const files = {
    ...game,
    ...alpha,
    ...zulu,
    "game/more.proto": 'syntax = "proto3"; package game; message More {}',
  };
  const schema = await modelOf(files);
  const wanted = generate(schema, builtInTargets);
  expect(wanted.length).toBeGreaterThan(30);
  const paths = Object.keys(files);
  const shuffled = <T>(list: readonly T[]) => fc.shuffledSubarray([...list], { minLength: list.length });
  await fc.assert(
    fc.asyncProperty(
      shuffled(paths),
      shuffled(schema.files),
      shuffled(builtInTargets),
      async (order, own, targets) => {
        const loaded = await loadFiles(
          Object.fromEntries(order.map((path) => [path, files[path as keyof typeof files]])),
        );
        expect(loaded.schema).toEqual(schema);
        expect(generate({ ...schema, files: own }, targets)).toEqual(wanted);
      },
    ),
    { numRuns: 25 },
  );
});
