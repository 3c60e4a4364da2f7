import { rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { rename } from "../../../../codegen/cli/rename-command.ts";
import { loadSchema } from "../../../../codegen/load/load.ts";
import { parseLock } from "../../../../codegen/lock/format.ts";
import type { Kind } from "../../../../codegen/rename/kinds.ts";
import { CodegenFolder } from "../../../setup/codegen-folder.ts";

/** Comments and layout that no printer would give, and names of one thing in another's text. */
const dice = `syntax = "proto3";
package dice;   // Player, Throw and gold are words of this comment
import "photinus/options.proto";
import "dice/bank.proto";

// The Table: Throw throws, Player plays.
service Table {
  option (photinus.service) = { role: "table" };

  rpc Throw( ThrowRequest ) returns (Player) {   // Throw
    option (photinus.command) = { id: 1 route: { hash: 'who.id' } };
  }
  rpc Thrown(Player) returns (photinus.Push) { option (photinus.push) = { id: 2 delivery: LATEST key: "gold" }; }
}
service Desk { option (photinus.service) = { role: "table" audience: NODES };
  rpc Ask(ThrowRequest) returns (.dice.Player);
  rpc Tell(ThrowRequest) returns (Player) {
    // A while.
    option (photinus.method) = {
      timeout_ms: 50
    };
  }
  rpc Say(ThrowRequest) returns (Player) { option (photinus.method).idempotent = true; }
  rpc Fix(ThrowRequest) returns (Player) { option (photinus.method).id = 77; }
}

message ThrowRequest { Player who = 1; map<string, dice.Player.Purse> purses = 2; Player.Mood mood = 3; }

/* One row for each Player. */ message Player {
  option (photinus.table) = { name: "player" index: { columns: [ "gold", "name" ] } };
  uint64 id = 1 [(photinus.column) = { primary_key: true auto_increment: true }];
  string name = 2 [(photinus.column).max_length = 32];
  int64 gold = 3;   // gold
  int64 silver = 4 [jstype = JS_NUMBER];
  uint64 guild = 5 [(photinus.column) = { name: "guild_id" foreign_key: "guild.id" }];
  oneof pet { string cat = 6; string dog = 7; }
  message Purse { repeated Player owners = 1; Purse inner = 2; }
  enum Mood { MOOD_CALM = 0; MOOD_GLAD = 1; }
}
`;
const bank = `syntax = "proto3";
package dice;
import "photinus/options.proto";

message Guild { option (photinus.table) = { name: "guild" };
  uint64 id = 1 [(photinus.column) = { primary_key: true }];
}
message Account {
  option (photinus.table).name = "account";
  uint64 id = 1 [(photinus.column) = { primary_key: true foreign_key: "guild.id" }];
}
`;

const paths = ["schema/dice/dice.proto", "schema/dice/bank.proto"];
const project = CodegenFolder.forEachTest();
const { put, read, output } = project;
const generate = () => project.run({ targets: ["typescript-server"] });

beforeEach(async () => {
  await put("schema/dice/dice.proto", dice);
  await put("schema/dice/bank.proto", bank);
  expect(await generate()).toBe(true);
});

/** Every line of the schema that differs, before and after; lines are neither added nor taken away. */
async function changes(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [path, before] of [
    [paths[0]!, dice],
    [paths[1]!, bank],
  ] as const) {
    const now = (await read(path)).split("\n");
    const lines = before.split("\n");
    expect(now.length).toBe(lines.length);
    for (const [index, line] of lines.entries())
      if (line !== now[index]) found[line.trim()] = now[index]!.trim();
  }
  return found;
}

/** All numbers of the schema, by the new names. */
async function numbers() {
  const { schema } = await loadSchema({ root: join(project.path, "schema") });
  const services = schema!.files.flatMap((file) => file.services);
  const calls = services.flatMap((one) => [...one.commands, ...one.pushes, ...one.methods]);
  const messages = schema!.files.flatMap((file) => file.messages);
  return {
    calls: new Map(calls.map((call) => [call.fullName, call.id])),
    fields: new Map(
      messages.flatMap((one) => one.fields.map((field) => [`${one.fullName}.${field.name}`, field.number])),
    ),
    columns: new Map(
      messages.flatMap(({ fullName, fields }) =>
        fields.map(({ number, column }) => [`${fullName}.${number}`, column?.name]),
      ),
    ),
  };
}

async function renamed(from: string, to: string, kind?: Kind): Promise<Record<string, string>> {
  const before = await numbers();
  expect(await rename(from, to, kind === undefined ? {} : { kind }, { folder: project.path, output })).toBe(
    true,
  );
  const after = await numbers();
  // The numbers, in their order, are what they were, whatever is called otherwise.
  for (const each of ["calls", "fields"] as const)
    expect([...after[each].values()]).toEqual([...before[each].values()]);
  expect(project.complained).toEqual([]);
  // The generator finds nothing wrong with it, and the lock file is as it would write it.
  const lock = await read("schema/photinus.lock.json");
  expect(await generate()).toBe(true);
  expect(project.complained).toEqual([]);
  expect(await read("schema/photinus.lock.json")).toBe(lock);
  return changes();
}

const lockText = () => read("schema/photinus.lock.json");

test("a command has another name under its id, and comments keep the former one", async () => {
  expect(await renamed("dice.Table.Throw", "Roll")).toEqual({
    "rpc Throw( ThrowRequest ) returns (Player) {   // Throw":
      "rpc Roll( ThrowRequest ) returns (Player) {   // Throw",
  });
  expect(await lockText()).toContain('"1": { "name": "dice.Table.Roll", "kind": "command" }');
  expect(await lockText()).not.toContain("removed");
});

test.each([
  ["Ask", (id: number) => `returns (.dice.Player) { option (photinus.method) = { id: ${id} }; }`],
  ["Say", (id: number) => `returns (Player) { option (photinus.method).id = ${id};`],
  ["Fix", () => "returns (Player) { option (photinus.method).id = 77; }"],
])("a method keeps the id that its former name gave it: %s", async (name, after) => {
  const id = (await numbers()).calls.get(`dice.Desk.${name}`)!;
  expect(await rename(`dice.Desk.${name}`, "Put", {}, { folder: project.path, output })).toBe(true);
  expect((await numbers()).calls.get("dice.Desk.Put")).toBe(id);
  expect(await generate()).toBe(true);
  expect(await read(paths[0]!)).toContain(`  rpc Put(ThrowRequest) ${after(id)}`);
});

test("a service takes its calls along, and the ids of its methods", async () => {
  const before = await numbers();
  expect(await rename("dice.Desk", "Counter", {}, { folder: project.path, output })).toBe(true);
  const after = await numbers();
  for (const name of ["Ask", "Tell", "Say", "Fix"])
    expect(after.calls.get(`dice.Counter.${name}`)).toBe(before.calls.get(`dice.Desk.${name}`));
  expect(await generate()).toBe(true);
  expect(await lockText()).not.toContain("removed");
  expect(await read(paths[0]!)).toMatch(
    /option \(photinus\.method\) = \{\n {6}id: \d+\n {6}timeout_ms: 50\n/,
  );
});

test("a message has another name wherever it is a type, also of what is declared in it", async () => {
  expect(await renamed("dice.Player", "Hero")).toEqual({
    "rpc Throw( ThrowRequest ) returns (Player) {   // Throw":
      "rpc Throw( ThrowRequest ) returns (Hero) {   // Throw",
    'rpc Thrown(Player) returns (photinus.Push) { option (photinus.push) = { id: 2 delivery: LATEST key: "gold" }; }':
      'rpc Thrown(Hero) returns (photinus.Push) { option (photinus.push) = { id: 2 delivery: LATEST key: "gold" }; }',
    "rpc Ask(ThrowRequest) returns (.dice.Player);": "rpc Ask(ThrowRequest) returns (.dice.Hero);",
    "rpc Tell(ThrowRequest) returns (Player) {": "rpc Tell(ThrowRequest) returns (Hero) {",
    "rpc Say(ThrowRequest) returns (Player) { option (photinus.method).idempotent = true; }":
      "rpc Say(ThrowRequest) returns (Hero) { option (photinus.method).idempotent = true; }",
    "rpc Fix(ThrowRequest) returns (Player) { option (photinus.method).id = 77; }":
      "rpc Fix(ThrowRequest) returns (Hero) { option (photinus.method).id = 77; }",
    "message ThrowRequest { Player who = 1; map<string, dice.Player.Purse> purses = 2; Player.Mood mood = 3; }":
      "message ThrowRequest { Hero who = 1; map<string, dice.Hero.Purse> purses = 2; Hero.Mood mood = 3; }",
    "/* One row for each Player. */ message Player {": "/* One row for each Player. */ message Hero {",
    "message Purse { repeated Player owners = 1; Purse inner = 2; }":
      "message Purse { repeated Hero owners = 1; Purse inner = 2; }",
  });
  const { lock } = parseLock(await lockText());
  expect([...lock!.messages.keys()]).toEqual([
    ...["dice.Account", "dice.Guild", "dice.Hero", "dice.Hero.Purse", "dice.ThrowRequest"],
  ]);
  expect(lock!.messages.get("dice.Hero")!.tables).toEqual(["player"]);
  expect(lock!.messages.get("dice.ThrowRequest")!.fields.get(2)!.type).toBe("map<string, dice.Hero.Purse>");
});

test("a nested message and an enum have another name where they are written with or without what is around them", async () => {
  await renamed("dice.Player.Purse", "Bag");
  expect(await renamed("dice.Player.Mood", "Temper")).toEqual({
    "message ThrowRequest { Player who = 1; map<string, dice.Player.Purse> purses = 2; Player.Mood mood = 3; }":
      "message ThrowRequest { Player who = 1; map<string, dice.Player.Bag> purses = 2; Player.Temper mood = 3; }",
    "message Purse { repeated Player owners = 1; Purse inner = 2; }":
      "message Bag { repeated Player owners = 1; Bag inner = 2; }",
    "enum Mood { MOOD_CALM = 0; MOOD_GLAD = 1; }": "enum Temper { MOOD_CALM = 0; MOOD_GLAD = 1; }",
  });
  expect(await lockText()).not.toContain("removed");
});

test("a value of an enum has another name under its number", async () => {
  expect(await renamed("dice.Player.Mood.MOOD_GLAD", "MOOD_MERRY")).toEqual({
    "enum Mood { MOOD_CALM = 0; MOOD_GLAD = 1; }": "enum Mood { MOOD_CALM = 0; MOOD_MERRY = 1; }",
  });
  expect(await lockText()).toContain('"1": { "names": ["MOOD_MERRY"] }');
});

test("a field has another name on every path and index that names it, and its column stays", async () => {
  const before = await numbers();
  expect(await renamed("dice.Player.gold", "coins")).toEqual({
    'rpc Thrown(Player) returns (photinus.Push) { option (photinus.push) = { id: 2 delivery: LATEST key: "gold" }; }':
      'rpc Thrown(Player) returns (photinus.Push) { option (photinus.push) = { id: 2 delivery: LATEST key: "coins" }; }',
    'option (photinus.table) = { name: "player" index: { columns: [ "gold", "name" ] } };':
      'option (photinus.table) = { name: "player" index: { columns: [ "coins", "name" ] } };',
    "int64 gold = 3;   // gold": 'int64 coins = 3 [(photinus.column) = { name: "gold" }];   // gold',
  });
  await rename("dice.Player.silver", "cents", {}, { folder: project.path, output });
  await rename("dice.Player.name", "title", {}, { folder: project.path, output });
  await rename("dice.Player.guild", "club", {}, { folder: project.path, output });
  await rename("dice.Player.id", "key", {}, { folder: project.path, output });
  await rename("dice.ThrowRequest.who", "thrower", {}, { folder: project.path, output });
  expect(project.complained).toEqual([]);
  expect(await generate()).toBe(true);
  expect((await numbers()).columns).toEqual(before.columns);
  const text = await read(paths[0]!);
  expect(text).toContain('int64 cents = 4 [(photinus.column) = { name: "silver" }, jstype = JS_NUMBER];');
  expect(text).toContain(
    'string title = 2 [(photinus.column).name = "name", (photinus.column).max_length = 32];',
  );
  expect(text).toContain(
    'uint64 club = 5 [(photinus.column) = { name: "guild_id" foreign_key: "guild.id" }];',
  );
  expect(text).toContain('columns: [ "coins", "title" ]');
  expect(text).toContain("route: { hash: 'thrower.key' }");
});

test("a table has another name in every foreign key, the lock knows the former one, and the migration is told", async () => {
  expect(await renamed("guild", "club", "table")).toEqual({
    'uint64 guild = 5 [(photinus.column) = { name: "guild_id" foreign_key: "guild.id" }];':
      'uint64 guild = 5 [(photinus.column) = { name: "guild_id" foreign_key: "club.id" }];',
    'message Guild { option (photinus.table) = { name: "guild" };':
      'message Guild { option (photinus.table) = { name: "club" };',
    'uint64 id = 1 [(photinus.column) = { primary_key: true foreign_key: "guild.id" }];':
      'uint64 id = 1 [(photinus.column) = { primary_key: true foreign_key: "club.id" }];',
  });
  expect(await lockText()).toContain('"tables": ["guild", "club"]');
  expect(project.printed.join("\n")).toContain("ALTER TABLE guild RENAME TO club");
  expect(await read("generated/server/dice/bank.tables.ts")).toContain('name: "guild"');
});

test("a column has another name in every foreign key, whatever it was called before, and the migration is told", async () => {
  expect(await renamed("guild.id", "number")).toEqual({
    "uint64 id = 1 [(photinus.column) = { primary_key: true }];":
      'uint64 id = 1 [(photinus.column) = { name: "number" primary_key: true }];',
    'uint64 id = 1 [(photinus.column) = { primary_key: true foreign_key: "guild.id" }];':
      'uint64 id = 1 [(photinus.column) = { primary_key: true foreign_key: "guild.number" }];',
    'uint64 guild = 5 [(photinus.column) = { name: "guild_id" foreign_key: "guild.id" }];':
      'uint64 guild = 5 [(photinus.column) = { name: "guild_id" foreign_key: "guild.number" }];',
  });
  expect(project.printed.join("\n")).toContain("ALTER TABLE guild RENAME COLUMN id TO number");
  await renamed("player.guild_id", "club");
  // A node looks for the column under the name that only the option had.
  expect(await lockText()).toContain('{ "name": "guild", "type": "uint64", "was": ["guild_id"] }');
  expect(project.printed.join("\n")).toContain("ALTER TABLE player RENAME COLUMN guild_id TO club");
});

test("a oneof of a table has another name, and the migration of its column is told", async () => {
  await renamed("dice.Player.pet", "companion");
  expect(await lockText()).toContain('"oneofs": ["pet", "companion"]');
  expect(project.printed.join("\n")).toContain("ALTER TABLE player RENAME COLUMN pet TO companion");
});

test.each([
  ["dice.Player.gold", "silver", /PH007|PH029|PH078/],
  ["dice.Guild", "Player", /the lock file already has a message dice\.Player/],
  ["dice.Table.Throw", "Thrown", /PH007/],
  ["guild", "player", /PH071/],
  // Inside of Player the name is that of Player.Purse, to which the field would then belong.
  [
    "dice.Guild",
    "Purse",
    /PH092: .*dice\.Player\.club had the type dice\.Purse and now has dice\.Player\.Purse/,
  ],
])(
  "a name that would be something else is refused, and nothing is written: %s to %s",
  async (from, to, why) => {
    const text = dice.replace("oneof pet", "Guild club = 8; oneof pet");
    await put(paths[0]!, text);
    expect(await generate()).toBe(true);
    const lock = await lockText();
    await expect(
      rename(from, to, {}, { folder: project.path, output })
        .catch((error: Error) => project.complained.push(error.message))
        .then(() => project.complained.join("\n")),
    ).resolves.toMatch(why);
    expect([await read(paths[0]!), await read(paths[1]!), await lockText()]).toEqual([text, bank, lock]);
  },
);

test("line ends, tabs and lists over several lines stay as they are", async () => {
  const text = [
    '\uFEFFsyntax = "proto3";',
    "package windows;",
    'import "photinus/options.proto";',
    'service Desk { option (photinus.service) = { role: "table" audience: NODES };',
    "\trpc Ask(Row) returns (Row) {",
    "\t\toption (photinus.method).timeout_ms = 5;",
    "\t}",
    "}",
    "message Row {",
    '\toption (photinus.table) = { name: "row" };',
    "\tuint64 id = 1 [(photinus.column) = {",
    "\t\tprimary_key: true",
    "\t}];",
    "\tint64 gold = 2 [",
    "\t\t(photinus.data) = SECRET",
    "\t];",
    "}",
    "",
  ];
  await put("schema/windows.proto", text.join("\r\n"));
  for (const [from, to] of [
    ["windows.Desk.Ask", "Put"],
    ["windows.Row.id", "key"],
    ["windows.Row.gold", "coins"],
  ] as const)
    expect(await rename(from, to, {}, { folder: project.path, output })).toBe(true);
  const now = (await read("schema/windows.proto")).split("\r\n");
  expect(now.filter((line) => !text.includes(line))).toEqual([
    "\trpc Put(Row) returns (Row) {",
    expect.stringMatching(/^\t\toption \(photinus\.method\)\.id = \d+;$/),
    "\tuint64 key = 1 [(photinus.column) = {",
    '\t\tname: "id"',
    "\tint64 coins = 2 [",
    '\t\t(photinus.column) = { name: "gold" },',
  ]);
});

test("a schema without a lock file is renamed, and what is missing is told", async () => {
  await rm(join(project.path, "schema/photinus.lock.json"));
  expect(await rename("dice.Table.Throw", "Roll", {}, { folder: project.path, output })).toBe(true);
  expect(await read(paths[0]!)).toContain("rpc Roll(");
  expect(project.printed.join("\n")).toContain("photinus.lock.json: not found");
});

test.each([
  ["dice.Table.Thro", "Roll", 'the schema has no name "dice.Table.Thro"; did you mean dice.Table.Throw?'],
  [
    "dice.Table.Throw",
    "dice.Table.Roll",
    'invalid new name "dice.Table.Roll"; expected a name without package and parents, such as Roll',
  ],
  ["dice.Table.Throw", "Throw", "the call dice.Table.Throw already has this name"],
  ["id", "key", '"id" is ambiguous: the field dice.Guild.id, '],
])("what cannot be is refused with what would be right: %s to %s", async (from, to, message) => {
  await expect(rename(from, to, {}, { folder: project.path, output })).rejects.toThrow(message);
});
