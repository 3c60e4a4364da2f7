import { describe, expect, it } from "vitest";
import { documents } from "../../../../codegen/documents/documents-target.ts";
import { errorsIn } from "../../../../codegen/documents/errors-in.ts";
import { generate } from "../../../../codegen/generate.ts";
import { loadSchema } from "../../../../codegen/load/load.ts";
import { checksOf, defaultsOf } from "../../../../codegen/target.ts";
import { builtInTargets } from "../../../../codegen/targets.ts";

const proto = `syntax = "proto3";
package game;
import "photinus/options.proto";

// Who you are.
service Gate {
  option (photinus.service) = { role: "gate" auth: ANYONE };
  // Fails with NOT_FOUND | PERMISSION_DENIED, and with NOT_FOUND again; never with THIS.
  rpc Enter(Ticket) returns (Seat) {
    option (photinus.command) = { id: 7 rate: "5/m" max_bytes: 64 lane: "door" idempotent: true };
  }
  rpc Echo(photinus.Raw) returns (photinus.Raw) { option (photinus.command) = { id: 8 lane: "*" }; }
  rpc Wave(Nothing) returns (photinus.None) { option (photinus.command) = { id: 9 auth: ADMIN route: { node: "gate-1" } }; }
  rpc Seen(Seat) returns (photinus.Push) { option (photinus.push) = { id: 10 delivery: LATEST key: "row" }; }
}
message Ticket {
  // First | line
  // and second.
  string name = 1;
  string password = 2 [(photinus.data) = SECRET];
  Key key = 3 [(photinus.data) = SECRET];
  string email = 4 [(photinus.data) = PERSONAL];
}
message Key { string digits = 1; }
message Nothing {}
message Seat { int32 row = 1; repeated Colour colours = 2; map<string, Chair> chairs = 3; oneof kind { string soft = 4; bool hard = 5; } optional int32 angle = 6; }
message Chair { int32 legs = 1; }
// Of a seat.
enum Colour { RED = 0; BLUE = 1; }
message Player {
  option (photinus.table) = { name: "player" };
  uint64 id = 1 [(photinus.column) = { primary_key: true auto_increment: true owner: true }];
  string name = 2 [(photinus.column) = { unique: true }];
  string hash = 3 [(photinus.data) = SECRET];
}
message Coin {
  option (photinus.table) = {
    name: "coin"
    database: "shop"
    durability: WRITE_THROUGH
    index: { columns: ["owner", "kind"] unique: true }
    index: { columns: ["kind", "owner"] }
    index: { columns: ["kind", "mark"] }
  };
  uint64 id = 1 [(photinus.column) = { primary_key: true }];
  uint64 owner = 2 [(photinus.column) = { name: "owner_id" index: true owner: true }];
  uint32 kind = 3;
  string mark = 4 [(photinus.data) = SECRET];
}
`;

async function pages(text = proto): Promise<Map<string, string>> {
  const { schema, diagnostics } = await loadSchema({
    root: "/nowhere",
    files: ["game.proto"],
    readFile: async (path) => (path === "game.proto" ? text : undefined),
  });
  expect(diagnostics).toEqual([]);
  if (!schema) throw new Error("no schema");
  return new Map(generate(schema, [documents]).map(({ path, text }) => [path, text]));
}

const page = async () => (await pages()).get("docs/game.Gate.md") ?? "";
const index = async () => (await pages()).get("docs/index.md") ?? "";

describe("the protocol reference", () => {
  it("has an index and a page for each service", async () => {
    expect([...(await pages()).keys()]).toEqual(["docs/game.Gate.md", "docs/index.md"]);
  });

  it("tells id, policy and errors of a command", async () => {
    expect(await page()).toContain("## Enter\n\nrequest `7`\n");
    expect(await page()).toContain(
      "\nCommand 7, open to anyone. Goes to the node that serves the session. At most 5/m and 64 bytes. " +
        "Answered within 5000 ms. On the lane `door`. Idempotent.\n\nErrors: `NOT_FOUND` `PERMISSION_DENIED`\n",
    );
    expect(await page()).toContain("Command 9, a notify, for administrators. Goes to the node `gate-1`.");
    expect(await page()).toContain("Push 10. A client that is behind gets only the newest of each `row`.");
  });

  it("shows fields as the schema writes them", async () => {
    expect(await page()).toContain("| 1 | `name` | `string` | First \\| line and second. |");
    expect(await page()).toContain("| 2 | `colours` | `repeated game.Colour` |");
    expect(await page()).toContain("| 3 | `chairs` | `map<string, game.Chair>` |");
    expect(await page()).toContain("| 4 | `soft` | `string` | One of `kind`. |");
    expect(await page()).toContain("| 6 | `angle` | `optional int32` |");
  });

  it("shows messages and enums inside of bodies", async () => {
    expect(await page()).toContain("## Messages inside\n\n### `game.Chair`\n\n| number");
    expect(await page()).toContain("## Enums\n\n### `game.Colour`\n\nOf a seat.\n\n| number");
    expect(await page()).toContain("| 1 | `BLUE` |");
  });

  it("says so of opaque and of empty bodies", async () => {
    expect(await page()).toContain("### Request: `bytes`\n\nOpaque bytes, passed on unchanged.");
    expect(await page()).toContain("### Request: `game.Nothing`\n\nNo fields.");
  });

  it("lists tables with their keys", async () => {
    expect(await index()).toContain("### `player`\n\nRows are `game.Player`.");
    expect(await index()).toContain("| `id` | `uint64` | primary key, auto increment, owner |");
    expect(await index()).toContain("| `owner_id` | `uint64` | index, owner |");
    expect(await index()).toContain("| `name` | `string` | unique |");
  });

  it("says where a table is kept, when it is acknowledged and which indexes it has", async () => {
    expect(await index()).toContain("Rows are `game.Player`.\n");
    expect(await index()).toContain(
      "Rows are `game.Coin`. Kept in the database `shop`. Write-through: a change is in the database when it is " +
        "acknowledged. " +
        "Unique index over `owner_id`, `kind`. Index over `kind`, `owner_id`. Index over `kind`, `mark`.\n",
    );
  });

  it("names secret and personal fields, and messages that only they lead to, since clients must write them", async () => {
    expect(await page()).toContain("| 2 | `password` | `string` | Secret: left out of logs. |");
    expect(await page()).toContain("| 3 | `key` | `game.Key` | Secret: left out of logs. |");
    expect(await page()).toContain("| 4 | `email` | `string` | Personal: left out of logs. |");
    expect(await page()).toContain("### `game.Key`");
    expect(await page()).toContain("| 1 | `digits` | `string` |");
    expect(await index()).toContain("| `hash` | `string` | secret |");
  });

  it("has no HTML escapes and no two empty lines in a row", async () => {
    const all = (await page()) + (await index());
    expect(all).not.toMatch(/&(lt|gt|quot|amp|#)/);
    expect(all).not.toMatch(/\n\n\n| \n/);
  });
});

describe("a deprecated declaration in the protocol reference", () => {
  const deprecated = proto
    .replace("// Who you are.", "// Who you are.\n//\n// Deprecated: use Door")
    .replace('option (photinus.service) = { role: "gate"', "option deprecated = true;\n  $&")
    .replace("string name = 1;", "string name = 1 [deprecated = true]; // say key")
    .replace("BLUE = 1;", "BLUE = 1 [deprecated = true];")
    .replace("string name = 2 [", "string name = 2 [deprecated = true, ");

  it("is marked on its page, with the note of the schema", async () => {
    const text = (await pages(deprecated)).get("docs/game.Gate.md") ?? "";
    expect(text).toContain("# Gate\n\n**Deprecated:** use Door\n\nWho you are.\n\nService");
    expect(text).toContain(
      "request `7`\n\n**Deprecated:** the service game.Gate is deprecated: use Door\n\nFails",
    );
    expect(text).toContain("| 1 | `name` | `string` | **Deprecated:** say key. First \\| line and second. |");
    expect(text).toContain("| 1 | `BLUE` | **Deprecated.** Of a seat. |");
  });

  it("is marked in the index", async () => {
    const text = (await pages(deprecated)).get("docs/index.md") ?? "";
    expect(text).toContain("| gate | clients | **Deprecated.** Who you are. |");
    expect(text).toContain("[Gate.Enter](game.Gate.md#enter) | **Deprecated.** Command 7");
    expect(text).toContain("| `name` | `string` | unique, deprecated |");
    expect(await index()).not.toMatch(/deprecated/i);
  });
});

describe("errors in comments", () => {
  it("are those of the closed set, each once", () => {
    expect(errorsIn("ABORTED, NOT_FOUND or ABORTED; not OK, constructor or SOMETHING_ELSE")).toEqual([
      "ABORTED",
      "NOT_FOUND",
    ]);
  });
});

describe("generating", () => {
  it("gives files sorted by path, the same each time, whatever the order of targets", async () => {
    const { schema } = await loadSchema({
      root: "/nowhere",
      files: ["game.proto"],
      readFile: async (path) => (path === "game.proto" ? proto : undefined),
    });
    if (!schema) throw new Error("no schema");
    const targets = defaultsOf(builtInTargets);
    expect(targets.map(({ name }) => name)).toEqual(["typescript-server", "typescript-client", "docs"]);
    const once = generate(schema, targets);
    expect(generate(schema, targets.toReversed())).toEqual(once);
    expect(once.map(({ path }) => path)).toEqual(once.map(({ path }) => path).sort());
  });
});

describe("pages of one path", () => {
  const found = async (files: Record<string, string>) => {
    const { schema, diagnostics } = await loadSchema({
      root: "/nowhere",
      files: Object.keys(files),
      readFile: async (path) => files[path],
      checks: checksOf([documents]),
    });
    expect(schema).toBeUndefined();
    return diagnostics;
  };
  const service = (name: string, id: number) =>
    `service ${name} { option (photinus.service) = { role: "gate" }; ` +
    `rpc Go(A${id}) returns (A${id}) { option (photinus.command) = { id: ${id} }; } } message A${id} { }\n`;
  const head = 'syntax = "proto3";\nimport "photinus/options.proto";\n';

  it.each([
    ["index", "the index"],
    ["Index", "the index"],
    ["History", "the history"],
  ])("are refused for a service %s without a package", async (name, other) => {
    expect(await found({ "a.proto": head + service(name, 1) })).toMatchObject([
      {
        code: "PH029",
        location: { file: "a.proto", line: 3 },
        message: expect.stringContaining(`service ${name} and ${other} both get the page`),
      },
    ]);
  });

  it("are refused for two services whose names differ in case only", async () => {
    expect(await found({ "a.proto": head + service("Gate", 1) + service("gate", 2) })).toMatchObject([
      { code: "PH029", location: { line: 4 }, message: expect.stringContaining("docs/gate.md") },
    ]);
  });
});
