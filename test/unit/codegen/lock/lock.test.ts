import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { generate } from "../../../../codegen/generate.ts";
import { checkLock } from "../../../../codegen/lock/check-lock.ts";
import { lockPath, lockSchema, writeLock } from "../../../../codegen/lock/file.ts";
import { formatLock, parseLock } from "../../../../codegen/lock/format.ts";
import { formerTables } from "../../../../codegen/lock/former-tables.ts";
import { emptyLock, type Lock } from "../../../../codegen/lock/lock.ts";
import { updateLock } from "../../../../codegen/lock/update.ts";
import { typescriptServer } from "../../../../codegen/typescript/server/typescript-server-target.ts";
import { modelOfText } from "../load/schemas.ts";

const base = `
  enum Color { COLOR_NONE = 0; COLOR_RED = 1; }
  message A { int32 a = 1; repeated string b = 2; map<string, A> c = 3; Color d = 4; }
  service S {
    option (photinus.service) = { role: "s" };
    rpc Do(A) returns (A) { option (photinus.command) = { id: 1 }; }
    rpc Told(A) returns (photinus.Push) { option (photinus.push) = { id: 2 }; }
  }
  service N {
    option (photinus.service) = { role: "n" audience: NODES };
    rpc Ask(A) returns (A) { option (photinus.method) = { id: 1 }; }
  }`;

/** The lock after one schema after another. */
async function lockAfter(...texts: readonly string[]): Promise<Lock> {
  let lock = emptyLock;
  for (const text of texts) {
    const schema = await modelOfText(text);
    expect(checkLock(schema, lock)).toEqual([]);
    lock = updateLock(schema, lock);
  }
  return lock;
}

async function problems(before: readonly string[], after: string): Promise<string[]> {
  const diagnostics = checkLock(await modelOfText(after), await lockAfter(...before));
  return diagnostics.map(({ code, message }) => `${code} ${message}`);
}

const changed = (from: string, to: string): string => {
  expect(base).toContain(from);
  return base.replace(from, to);
};

describe("the lock file", () => {
  it("records ids, numbers, names and types", async () => {
    expect(formatLock(await lockAfter(base))).toBe(`{
  "version": 1,
  "calls": {
    "1": { "name": "test.S.Do", "kind": "command" },
    "2": { "name": "test.S.Told", "kind": "push" }
  },
  "methods": {
    "1": { "name": "test.N.Ask", "kind": "method" }
  },
  "messages": {
    "test.A": {
      "1": { "name": "a", "type": "int32" },
      "2": { "name": "b", "type": "repeated string" },
      "3": { "name": "c", "type": "map<string, test.A>" },
      "4": { "name": "d", "type": "test.Color" }
    }
  },
  "enums": {
    "test.Color": {
      "0": { "names": ["COLOR_NONE"] },
      "1": { "names": ["COLOR_RED"] }
    }
  }
}
`);
  });

  it("reads what it wrote", async () => {
    const lock = await lockAfter(base, changed("int32 a = 1;", ""), changed("int32 a = 1", "int32 a = 1"));
    const renamed = updateLock(await modelOfText(changed("int32 a = 1", "int32 z = 1")), lock);
    for (const each of [emptyLock, lock, renamed]) {
      expect(parseLock(formatLock(each))).toEqual({ lock: each, diagnostics: [] });
    }
  });

  it("stays as it is when the schema does", async () => {
    expect(formatLock(await lockAfter(base, base))).toBe(formatLock(await lockAfter(base)));
  });

  it("takes what is new", async () => {
    const more = changed("Color d = 4;", "Color d = 4; bytes e = 5;");
    const lock = await lockAfter(base, more);
    expect(lock.messages.get("test.A")?.fields.get(5)).toMatchObject({ name: "e", type: "bytes" });
  });

  it("refuses an id of another command, also after that was removed", async () => {
    const renamed = changed("rpc Do(", "rpc Other(");
    const removed = changed("rpc Do(A) returns (A) { option (photinus.command) = { id: 1 }; }", "");
    expect(await problems([base], renamed)).toEqual([
      "PH091 the id 1 of the command test.S.Other already belongs to the command test.S.Do",
    ]);
    expect(await problems([base, removed], renamed)).toEqual([
      "PH091 the id 1 of the command test.S.Other already belongs to the command test.S.Do, which was removed",
    ]);
    expect(await problems([base, removed], base)).toEqual([]);
  });

  it("advises to rename the service where its calls kept their names", async () => {
    const lock = await lockAfter(base);
    const helps = async (text: string) =>
      checkLock(await modelOfText(text), lock).map(({ code, help }) => `${code} ${help}`);
    const advice = (names: string) =>
      `PH091 use an id that was never used; if it was only renamed, restore the former name and run photinus rename ${names}`;
    expect(new Set(await helps(changed("service S {", "service T {")))).toEqual(
      new Set([advice("test.S T")]),
    );
    expect(await helps(changed("rpc Do(", "rpc Go("))).toEqual([advice("test.S.Do Go")]);
  });

  it("refuses a push under the id of a command, and a method under that of another", async () => {
    const kinds = changed("id: 1 }; }\n    rpc Told", "id: 3 }; }\n    rpc Told").replace(
      "(photinus.push) = { id: 2 }",
      "(photinus.push) = { id: 1 }",
    );
    expect(await problems([base], kinds)).toEqual([
      "PH091 the id 1 of the push test.S.Told already belongs to the command test.S.Do",
    ]);
    expect(await problems([base], changed("rpc Ask", "rpc Tell"))).toEqual([
      "PH091 the id 1 of the method test.N.Tell already belongs to the method test.N.Ask",
    ]);
  });

  it("refuses a field number with another type", async () => {
    expect(await problems([base], changed("int32 a = 1", "sint32 a = 1"))).toEqual([
      "PH092 the number 1 of test.A.a had the type int32 and now has sint32",
    ]);
    expect(await problems([base], changed("repeated string b", "string b"))).toEqual([
      "PH092 the number 2 of test.A.b had the type repeated string and now has string",
    ]);
    expect(await problems([base], changed("int32 a = 1", "optional int32 a = 1"))).toEqual([]);
  });

  describe("of tables", () => {
    const hero = (name: string, message = "Hero", fields = "int32 gold = 2;") => `message ${message} {
      option (photinus.table) = { ${name} };
      uint64 id = 1 [(photinus.column) = { primary_key: true }];
      ${fields}
    }`;
    const formerIn = async (texts: readonly string[], last: string, message = "test.Hero") => {
      const lock = await lockAfter(...texts, last);
      expect(parseLock(formatLock(lock))).toEqual({ lock, diagnostics: [] });
      const messages = (await modelOfText(last)).files.flatMap((file) => file.messages);
      const { table } = messages.find(({ fullName }) => fullName === message)!;
      return formerTables(lock.messages.get(message), table!, messages);
    };

    it("remembers what each table was called and where it was, the last first", async () => {
      const texts = ['name: "hero"', 'name: "player"', 'name: "player" database: "shop"'].map((name) =>
        hero(name),
      );
      const lock = await lockAfter(...texts);
      expect(formatLock(lock)).toContain('      "tables": ["hero", "player", "shop/player"],\n');
      expect(await formerIn(texts, hero('name: "champion" database: "shop"'))).toEqual([
        { database: "shop", name: "player" },
        { database: "main", name: "player" },
        { database: "main", name: "hero" },
      ]);
      // Back again.
      expect(await formerIn(texts, hero('name: "hero"'))).toEqual([
        { database: "shop", name: "player" },
        { database: "main", name: "player" },
      ]);
    });

    it("knows a table whose message was renamed with it, and its fields", async () => {
      const before = hero('name: "hero"', "Hero", "int32 gold = 2; int32 level = 3;");
      const without = hero('name: "hero"', "Hero", "int32 gold = 2;");
      const after = hero('name: "champion"', "Champion", "int64 coins = 2; string title = 4;");
      expect(await formerIn([before, without], after, "test.Champion")).toEqual([
        { database: "main", name: "hero" },
      ]);
      const { fields } = (await lockAfter(before, without, after)).messages.get("test.Champion")!;
      expect(fields.get(2)).toMatchObject({ name: "coins", was: ["gold"] });
      expect(fields.get(3)).toMatchObject({ name: "level", removed: true });
    });

    it("takes a new table for every one that has gone and that it could have been", async () => {
      const both = hero('name: "hero"') + hero('name: "villain"', "Villain");
      expect(await formerIn([both], hero('name: "champion"', "Champion"), "test.Champion")).toHaveLength(2);
      const other = hero('name: "champion"', "Champion", "string title = 2;");
      expect(await formerIn([both], other, "test.Champion")).toEqual([]);
      // Its message alone was renamed.
      expect(await formerIn([both], hero('name: "hero"', "Champion"), "test.Champion")).toEqual([]);
    });

    it("refuses the name of a table for another one, also after that was removed", async () => {
      const first = hero('name: "hero"');
      const villain = hero('name: "hero"', "Villain", "string title = 2;");
      expect(await problems([first], villain)).toEqual([
        "PH095 the table hero of test.Villain already belongs to test.Hero",
      ]);
      expect(await problems([first, "message Other {}"], villain)).toEqual([
        "PH095 the table hero of test.Villain already belongs to test.Hero, which was removed",
      ]);
      expect(await problems([first], hero('name: "champion"') + villain)).toHaveLength(1);
      // Only its message was renamed, or the table is in another database.
      expect(await problems([first], hero('name: "hero"', "Champion"))).toEqual([]);
      expect(
        await problems([first], hero('name: "hero" database: "shop"', "Villain", "string title = 2;")),
      ).toEqual([]);
    });

    it("reads a lock file that knows no tables yet", async () => {
      const lock = await lockAfter(hero('name: "hero"'));
      const text = formatLock(lock).replace('      "tables": ["hero"],\n', "");
      const old = parseLock(text).lock!;
      expect(old.messages.get("test.Hero")).toMatchObject({ tables: [] });
      expect(updateLock(await modelOfText(hero('name: "hero"')), old)).toEqual(lock);
    });
  });

  const widenable = (type: string, other = "int32") => `
    message Bag { ${other} slot = 1; }
    message Hero {
      option (photinus.table) = { name: "hero" };
      uint64 id = 1 [(photinus.column) = { primary_key: true }];
      ${type} gold = 2;
      repeated Bag bags = 3;
    }
    message Shown { Bag bag = 1; }
    service S {
      option (photinus.service) = { role: "s" };
      rpc Told(Shown) returns (photinus.Push) { option (photinus.push) = { id: 2 }; }
    }`;

  it.each([
    ["int32", "int64"],
    ["uint32", "uint64"],
    ["uint32", "int64"],
    ["sint32", "sint64"],
    ["optional int32", "int64"],
    ["repeated sint32", "repeated sint64"],
    ["map<string, uint32>", "map<string, int64>"],
  ])("lets %s become %s, warns, and never takes it back", async (before, after) => {
    const lock = await lockAfter(widenable(before));
    const schema = await modelOfText(widenable(after));
    expect(checkLock(schema, lock)).toMatchObject([{ code: "PH094", severity: "warning" }]);
    const next = updateLock(schema, lock);
    expect(checkLock(schema, next)).toEqual([]);
    const back = await modelOfText(widenable(before));
    expect(checkLock(back, next)).toMatchObject([{ code: "PH092", severity: "error" }]);
  });

  it.each([
    ["int32", "uint64"],
    ["int32", "uint32"],
    ["int32", "sint64"],
    ["sint32", "int64"],
    ["uint32", "sint64"],
    ["fixed32", "fixed64"],
    ["sfixed32", "sfixed64"],
    ["bool", "int32"],
    ["bool", "int64"],
    ["int64", "uint64"],
    ["float", "double"],
    ["int32", "repeated int64"],
    ["map<int32, string>", "map<int64, string>"],
  ])("does not let %s become %s", async (before, after) => {
    expect(await problems([widenable(before)], widenable(after))).toEqual([expect.stringMatching(/^PH092 /)]);
  });

  it("says where a whole number became wider, and what is to be done first", async () => {
    const lock = await lockAfter(widenable("int32"));
    const [slot, gold] = checkLock(await modelOfText(widenable("int64", "int64")), lock);
    expect(gold).toMatchObject({
      message: "the number 2 of test.Hero.gold had the type int32 and now has the wider int64",
      help:
        "run photinus data migrate before nodes of this schema start; nodes of the earlier schema fail to read rows with " +
        "values beyond int32 (OUT_OF_RANGE), and keep them; replace these programs before such values exist; generated " +
        "code may give the field a wider type; [jstype = JS_NUMBER] keeps a plain number, exact up to 2^53",
    });
    expect(gold?.location.line).toBeGreaterThan(slot!.location.line);
    expect(slot?.help).toMatch(
      /^nodes of the earlier schema fail to read rows .*; clients .* truncate such values; /,
    );
  });

  it("lets a field be renamed, and remembers its names", async () => {
    const lock = await lockAfter(
      base,
      changed("int32 a = 1", "int32 x = 1"),
      changed("int32 a = 1", "int32 y = 1"),
    );
    expect(lock.messages.get("test.A")?.fields.get(1)).toEqual({
      name: "y",
      type: "int32",
      was: ["a", "x"],
      oneofs: [],
      removed: false,
    });
    const back = updateLock(await modelOfText(base), lock);
    expect(back.messages.get("test.A")?.fields.get(1)).toMatchObject({ name: "a", was: ["x", "y"] });
  });

  it("knows the columns that a table had once: removed ones, renamed oneofs, and those that are in a oneof now", async () => {
    const table = (fields: string) => `message Hero {
      option (photinus.table) = { name: "hero" };
      uint64 id = 1 [(photinus.column) = { primary_key: true }];
      ${fields}
    }`;
    const lock = await lockAfter(
      table("int32 gold = 2; int32 level = 3; oneof home { string town = 4; string cave = 5; }"),
      table("int32 level = 3; oneof house { string town = 4; int32 gold = 2; }"),
    );
    expect(parseLock(formatLock(lock)).lock).toEqual(lock);
    const now = "oneof house { string town = 4; int32 gold = 2; } int32 mana = 6;";
    const schema = await modelOfText(table(now));
    const files = generate(schema, [typescriptServer], { lock: updateLock(schema, lock) });
    const text = files.map((file) => file.text).find((each) => each.includes("retired:"))!;
    const [, list] = /retired: (\[[^\]]*\])/.exec(text)!;
    expect(JSON.parse(list!).sort()).toEqual(["2", "3", "4", "5", "o:home"]);
    // Without a lock nothing is known of what was.
    const bare = generate(schema, [typescriptServer]).map((file) => file.text);
    expect(bare.filter((each) => each.includes("defineTable<"))).toHaveLength(1);
    expect(bare.join()).not.toContain("retired:");
  });

  it("refuses the number of a removed field under another name", async () => {
    const removed = changed("int32 a = 1;", "");
    expect(await problems([base, removed], changed("int32 a = 1", "int32 z = 1"))).toEqual([
      "PH092 the number 1 of test.A.z already belongs to a, which was removed",
    ]);
    expect(await problems([base, removed], base)).toEqual([]);
    const lock = await lockAfter(base, removed);
    expect(lock.messages.get("test.A")?.fields.get(1)?.removed).toBe(true);
  });

  it("remembers the fields of a removed message", async () => {
    const more = `${base} message Gone { int32 a = 1; }`;
    const lock = await lockAfter(more, base);
    expect(lock.messages.get("test.Gone")).toMatchObject({ removed: true });
    expect(await problems([more, base], `${base} message Gone { string a = 1; }`)).toHaveLength(1);
    expect(await problems([more, base], more)).toEqual([]);
  });

  it("refuses an enum number with another name, but takes an alias", async () => {
    expect(await problems([base], changed("COLOR_RED = 1", "COLOR_BLUE = 1"))).toEqual([
      "PH093 the number 1 of COLOR_BLUE already belongs to COLOR_RED",
    ]);
    const alias = changed("COLOR_RED = 1;", "COLOR_RED = 1; COLOR_ROUGE = 1; option allow_alias = true;");
    const lock = await lockAfter(base, alias, base);
    expect(lock.enums.get("test.Color")?.values.get(1)?.names).toEqual(["COLOR_RED", "COLOR_ROUGE"]);
  });

  it.each([
    ["not JSON", "{ <<<<<<< ours"],
    ["not an object", "[]"],
    ["of another version", '{ "version": 2, "calls": {}, "methods": {}, "messages": {}, "enums": {} }'],
    ["without a section", '{ "version": 1, "calls": {}, "methods": {}, "messages": {} }'],
    [
      "with a key that is no number",
      '{ "version": 1, "calls": { "x": {} }, "methods": {}, "messages": {}, "enums": {} }',
    ],
    [
      "with an entry without name",
      '{ "version": 1, "calls": { "1": {} }, "methods": {}, "messages": {}, "enums": {} }',
    ],
    [
      "with an unknown kind",
      '{ "version": 1, "calls": { "1": { "name": "a", "kind": "b" } }, "methods": {}, "messages": {}, "enums": {} }',
    ],
  ])("is refused when it is %s", (_what, text) => {
    const { lock, diagnostics } = parseLock(text);
    expect(lock).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: "PH090", location: { file: "photinus.lock.json", line: 1 } }]);
  });

  it("is written beside the schema, and found stale when the schema changed", async () => {
    const root = await mkdtemp(path.join(tmpdir(), "photinus-lock-"));
    try {
      const schema = await modelOfText(base);
      const first = await lockSchema(schema, root);
      expect(first).toMatchObject({ diagnostics: [], stale: true });
      await writeLock(root, first.text ?? "");
      expect(await readFile(lockPath(root), "utf8")).toBe(first.text);
      expect(await lockSchema(schema, root)).toMatchObject({ stale: false });
      expect(await lockSchema(await modelOfText(`${base} message More {}`), root)).toMatchObject({
        stale: true,
      });
      const wider = await lockSchema(await modelOfText(changed("int32 a = 1", "int64 a = 1")), root);
      expect(wider).toMatchObject({ stale: true, diagnostics: [{ code: "PH094" }] });
      const bad = await lockSchema(await modelOfText(changed("int32 a = 1", "bool a = 1")), root);
      expect(bad).toMatchObject({ text: undefined, diagnostics: [{ code: "PH092" }] });
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
