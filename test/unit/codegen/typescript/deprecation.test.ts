import { Project, ts } from "ts-morph";
import { describe, expect, it } from "vitest";
import { generate } from "../../../../codegen/generate.ts";
import { defaultsOf } from "../../../../codegen/target.ts";
import { builtInTargets } from "../../../../codegen/targets.ts";
import { modelOfText } from "../load/schemas.ts";

const text = `
service Hall {
  option (photinus.service) = { role: "hall" };
  // Goes in.
  //
  // Deprecated: use Join,
  // which has a seat. */ evil()
  rpc Enter(Seat) returns (Seat) { option (photinus.command) = { id: 1 }; option deprecated = true; }
  rpc Join(Seat) returns (Seat) { option (photinus.command) = { id: 2 }; }
  // Waves.
  rpc Wave(Seat) returns (photinus.None) {
    option (photinus.command) = { id: 3 };
    option deprecated = true; // nobody looks
  }
  rpc Seen(Seat) returns (photinus.Push) { option (photinus.push) = { id: 4 }; option deprecated = true; }
}
// Deprecated: use Hall
service Old {
  option deprecated = true;
  option (photinus.service) = { role: "hall" };
  rpc Go(Seat) returns (Seat) { option (photinus.command) = { id: 5 }; }
  rpc Went(Seat) returns (photinus.Push) { option (photinus.push) = { id: 6 }; }
}
service Desk {
  option (photinus.service) = { role: "hall" audience: NODES };
  rpc Ask(Seat) returns (Seat) { option deprecated = true; }
}
message Seat {
  // Row from the stage.
  int32 row = 1 [deprecated = true]; // Deprecated: use place
  int32 place = 2; // Deprecated: not declared, so only words
  Colour colour = 3;
  Chair chair = 4;
}
message Chair { option deprecated = true; int32 legs = 1; }
enum Colour { RED = 0; BLUE = 1 [deprecated = true]; }
enum Shade { option deprecated = true; DARK = 0; }
message Player {
  option (photinus.table) = { name: "player" };
  uint64 id = 1 [(photinus.column) = { primary_key: true }];
  int64 gold = 2 [deprecated = true];
  Shade shade = 3;
}
`;

async function filesOf(schema: string): Promise<Map<string, string>> {
  const files = generate(await modelOfText(schema), defaultsOf(builtInTargets));
  return new Map(files.map((file) => [file.path, file.text]));
}

/** Names that an editor strikes out in a file which uses the generated code. */
function struckOut(files: ReadonlyMap<string, string>, use: string): string[] {
  const project = new Project({
    useInMemoryFileSystem: true,
    skipFileDependencyResolution: true,
    compilerOptions: {
      noLib: true,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      allowImportingTsExtensions: true,
      noEmit: true,
    },
  });
  for (const [path, source] of files) {
    if (path.endsWith(".ts")) project.createSourceFile(`/${path}`, source);
  }
  project.createSourceFile("/use.ts", use);
  const { compilerObject } = project.getLanguageService();
  const found = compilerObject.getSuggestionDiagnostics("/use.ts").filter((one) => one.reportsDeprecated);
  return found.map(({ start = 0, length = 0 }) => use.slice(start, start + length));
}

describe("a deprecated declaration", () => {
  it("is struck out in the code of a client, and no other is", async () => {
    const use = `
import * as hall from "./client/test/hall.service.ts";
import * as old from "./client/test/old.service.ts";
import { Chair, Colour, type Seat } from "./client/test.messages.ts";
declare const seat: Seat;
declare const connection: any;
hall.enter(connection, {}); hall.join(connection, {}); hall.wave(connection, {}); hall.onSeen(connection, () => {});
old.go(connection, {}); old.onWent(connection, () => {});
seat.row; seat.place; seat.chair; Colour.RED; Colour.BLUE; Chair;
`;
    expect(struckOut(await filesOf(text), use)).toEqual([
      "Chair",
      "enter",
      "wave",
      "onSeen",
      "go",
      "onWent",
      "row",
      "BLUE",
      "Chair",
    ]);
  });

  it("is struck out in the code of a server, and no other is", async () => {
    const use = `
import * as hall from "./server/test/hall.service.ts";
import * as old from "./server/test/old.service.ts";
import * as desk from "./server/test/desk.service.ts";
import { Shade } from "./server/test.messages.ts";
import { PlayerEntity } from "./server/test.tables.ts";
declare const handlers: hall.Handlers;
declare const olds: old.Handlers;
declare const target: any;
declare const player: PlayerEntity;
handlers.enter; handlers.join; handlers.wave; hall.pushSeen(target, {}); olds.go; old.pushWent(target, {});
desk.ask(target, {}); hall.implement(handlers); old.implement(olds);
player.id; player.gold; player.gold = 1n; player.shade; Shade.DARK;
`;
    expect(struckOut(await filesOf(text), use)).toEqual([
      "Shade",
      "Handlers",
      "enter",
      "wave",
      "pushSeen",
      "go",
      "pushWent",
      "ask",
      "gold",
      "gold",
      "Shade",
    ]);
  });

  it("has the note of the schema in its tag, and not a second time in its text", async () => {
    const client = (await filesOf(text)).get("client/test/hall.service.ts") ?? "";
    expect(client).toContain(" * Goes in.\n *\n * Command 1, for users.");
    expect(client).toContain(
      " *\n * @deprecated use Join, which has a seat. *\\/ evil()\n */\nexport function enter(",
    );
    expect(client).toContain(" * @deprecated nobody looks\n */\nexport function wave(");
    expect(client).not.toContain("Deprecated:");
    const messages = (await filesOf(text)).get("client/test.messages.ts") ?? "";
    expect(messages).toContain(
      "   * Row from the stage.\n   *\n   * Field 1, int32.\n   *\n   * @deprecated use place\n",
    );
    expect(messages).toContain("   * Deprecated: not declared, so only words\n");
  });

  it("says that its service or its file is deprecated", async () => {
    const old = (await filesOf(text)).get("client/test/old.service.ts") ?? "";
    expect(old).toContain("@deprecated the service test.Old is deprecated: use Hall\n");
    const inFile = text.replace("service Hall", "option deprecated = true;\nservice Hall");
    const hall = (await filesOf(inFile)).get("client/test/hall.service.ts") ?? "";
    expect(hall).toContain(
      "@deprecated the service test.Hall is deprecated: the file test.proto is deprecated\n",
    );
  });

  it("changes no fingerprint, and marks only commands in the routing table", async () => {
    const bare = text.replaceAll("option deprecated = true;", "").replaceAll(" [deprecated = true]", "");
    expect(bare).not.toContain("deprecated = true");
    expect((await modelOfText(text)).fingerprint).toBe((await modelOfText(bare)).fingerprint);
    const routing = (source: string | undefined) =>
      (source ?? "").match(/id: \d+|deprecated: true/g)?.join(" ");
    expect(routing((await filesOf(text)).get("server/protocol.ts"))).toMatch(
      /^id: 1 deprecated: true id: 2 id: 3 deprecated: true id: 5 deprecated: true id: 4 id: 6 id: \d+$/,
    );
  });
});
