import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { tablesOfSchema } from "../../setup/schema-tables.ts";
import { type MySql, openMySql } from "../../setup/servers/mariadb.ts";
import { allTables, bring, hero, nothingToDo, type Place, Places } from "./migration-places.ts";

let server: MySql;
let places: Places;

beforeAll(async () => {
  server = await openMySql();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  places = new Places(server);
});
afterEach(() => places.close());

describe.each([
  { kind: "MariaDB", makePlace: () => places.maria() },
  { kind: "SQLite", makePlace: () => places.sqlite() },
])("in $kind", ({ makePlace }) => {
  let place: Place;
  beforeEach(async () => {
    place = await makePlace();
  });

  test("tables with columns of every type and indexes of every kind are created, and a second run does nothing", async () => {
    expect(allTables.length).toBeGreaterThan(4);
    const first = await bring(place, allTables);
    expect(first.refusals).toEqual([]);
    expect(first.applied.map(({ table }) => table)).toEqual(allTables.map(({ name }) => name));
    expect(await bring(place, allTables)).toEqual(nothingToDo);
  });

  test("a column, an index and a table are added, and the rows stay", async () => {
    await bring(place, await hero("int64 gold = 2;"));
    await place.run("INSERT INTO hero (id, gold) VALUES (7, 70), (8, 80)");
    const after = [
      ...(await hero(
        `int64 gold = 2 [(photinus.column) = { unique: true }];
         string name = 3 [(photinus.column) = { index: true max_length: 40 }];
         optional bytes seal = 4; repeated int64 friends = 5; double luck = 6;`,
      )),
      ...(await tablesOfSchema(`message Guild {
        option (photinus.table) = { name: "guild" };
        string name = 1 [(photinus.column) = { primary_key: true max_length: 20 }];
      }`)),
    ];
    const { applied, refusals } = await bring(place, after);
    expect(refusals).toEqual([]);
    expect(applied.map(({ table, change }) => `${table}: ${change.split(",")[0]}`)).toEqual([
      "hero: add the column name",
      "hero: add the column seal",
      "hero: add the column friends",
      "hero: add the column luck",
      "hero: add the unique index on (gold)",
      "hero: add the index on (name)",
      "guild: create the table",
    ]);
    const rows = await place.run("SELECT id, gold, seal, luck, _version FROM hero ORDER BY id");
    expect(rows).toMatchObject([
      { id: 7, gold: 70, seal: null, luck: 0, _version: 1 },
      { id: 8, gold: 80, seal: null, luck: 0, _version: 1 },
    ]);
    expect(await bring(place, after)).toEqual(nothingToDo);
    await expect(place.run("INSERT INTO hero (id, gold) VALUES (9, 80)")).rejects.toThrow();
  });

  test("a column that may be null from now on takes nulls", async () => {
    await bring(place, await hero("int64 gold = 2;"));
    await place.run("INSERT INTO hero (id, gold) VALUES (7, 70)");
    const after = await hero("optional int64 gold = 2;");
    const { applied } = await bring(place, after);
    expect(applied.map(({ change }) => change)).toEqual([
      "widen the column gold from " +
        (place.quote("") === "``" ? "bigint not null to bigint null" : "integer not null to integer null"),
    ]);
    await place.run("INSERT INTO hero (id, gold) VALUES (8, NULL)");
    expect(await place.run("SELECT gold FROM hero ORDER BY id")).toMatchObject([
      { gold: 70 },
      { gold: null },
    ]);
    expect((await bring(place, after)).steps).toEqual([]);
  });

  test("nothing is dropped or narrowed, and nothing else is done either; what is told to a person does it", async () => {
    const before = await hero(
      `optional int64 gold = 2; string name = 3 [(photinus.column) = { index: true max_length: 40 }];
       double luck = 4; int64 old = 5; string note = 6;`,
    );
    await bring(place, before);
    await place.run(
      "INSERT INTO hero (id, gold, name, luck, old, note) VALUES (7, NULL, 'Ann', 1.0, 3, 'x')",
    );
    const shape = await place.schema();
    const after = await hero(
      "int64 gold = 2; string name = 3; int64 luck = 4; bytes note = 6; int32 added = 7;",
    );
    const { refusals, leftovers, applied } = await bring(place, after);
    expect(applied).toEqual([]);
    expect(await place.schema()).toEqual(shape);
    expect(leftovers.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^the index (hero\.)?name on \(name\)$/),
      expect.stringMatching(/^the column old \(\w+ not null\)$/),
    ]);
    const reasons = refusals.map(({ reason }) => reason);
    expect(reasons).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^the column gold is .* null; the schema has .* not null/),
        expect.stringMatching(/^the column luck is \w+ not null; the schema has \w+ not null/),
      ]),
    );
    // A person who has read them runs them, until there is nothing left to refuse.
    for (let round = 0; round < 8; round++) {
      const [next] = (await bring(place, after)).refusals;
      if (next === undefined) break;
      await place.runAll(next.sql);
    }
    for (const { sql } of (await bring(place, after)).leftovers) await place.runAll(sql);
    expect(await bring(place, after)).toEqual(nothingToDo);
    const rows = await place.run("SELECT id, gold, luck, added FROM hero");
    expect(rows).toMatchObject([{ id: 7, gold: 0, luck: 1, added: 0 }]);
  });

  test("with the rest refused, additive steps are applied when that is asked for", async () => {
    await bring(place, await hero("string gold = 2;"));
    const after = await hero("int64 gold = 2; int64 added = 3;");
    const { applied, refusals } = await bring(place, after, { isPartial: true });
    expect(applied.map(({ change }) => change.split(",")[0])).toEqual(["add the column added"]);
    expect(refusals.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^the column gold is .*; the schema has \w+ not null/),
    ]);
    expect((await bring(place, after, { isPartial: true })).applied).toEqual([]);
  });

  test("a column that the schema has no more stays, and is reported; rows are taken without it", async () => {
    await bring(place, await hero("int64 old = 2 [(photinus.column) = { index: true }];"));
    await place.run("INSERT INTO hero (id, old) VALUES (7, 70)");
    const after = await hero("int64 added = 3;");
    const { applied, refusals, leftovers } = await bring(place, after);
    expect(refusals).toEqual([]);
    expect(applied).toHaveLength(1);
    expect(leftovers.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^the index (hero\.)?old on \(old\)$/),
      expect.stringMatching(/^the column old \(\w+ not null\)$/),
    ]);
    await place.run("INSERT INTO hero (id, added) VALUES (8, 80)");
    expect(await place.run("SELECT old FROM hero ORDER BY id")).toMatchObject([{ old: 70 }, { old: 0 }]);
    expect((await bring(place, after)).steps).toEqual([]);
    for (const { sql } of leftovers) await place.runAll(sql);
    expect(await bring(place, after)).toEqual(nothingToDo);
  });

  test("a column that the schema does not have and without which no row is taken is refused", async () => {
    const table = await hero("int64 added = 3;");
    await bring(place, table);
    // SQLite adds no such column, but a table can be made with it.
    const { name, mysql, sqlite } = table[0]!;
    const create = place.quote("") === "``" ? mysql.create[0]! : sqlite.create[0]!;
    const [added, bare] = [place.quote("added"), place.quote("bare")];
    await place.run(`DROP TABLE ${name}`);
    await place.run(create.replace(added, `spare int, ${bare} integer NOT NULL, ${added}`));
    const { refusals, leftovers } = await bring(place, table);
    expect(leftovers.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^the column spare \(int.* null\)$/),
    ]);
    expect(refusals.map(({ reason }) => reason)).toEqual([
      "the schema has no column bare, but no new row can be written without it: drop it, give it a default, or make it nullable",
    ]);
    await place.runAll(refusals[0]!.sql);
    expect((await bring(place, table)).refusals).toEqual([]);
  });

  test("an index becomes unique in its place, and a unique one that the schema has no more is refused", async () => {
    const plain = await hero("int64 gold = 2 [(photinus.column) = { index: true }];");
    const unique = await hero("int64 gold = 2 [(photinus.column) = { unique: true }];");
    await bring(place, plain);
    await place.run("INSERT INTO hero (id, gold) VALUES (7, 70), (8, 70)");
    expect((await bring(place, unique)).refusals.map(({ reason }) => reason)).toEqual([
      "several rows would have the same (gold) in a unique index",
    ]);
    await place.run("UPDATE hero SET gold = 80 WHERE id = 8");
    const { applied } = await bring(place, unique);
    expect(applied.map(({ change }) => change)).toEqual(["make the index on (gold) unique"]);
    await expect(place.run("INSERT INTO hero (id, gold) VALUES (9, 80)")).rejects.toThrow();
    expect(await bring(place, unique)).toEqual(nothingToDo);
    const { refusals } = await bring(place, await hero("int64 gold = 2;"));
    expect(refusals.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^the schema has no unique index .* on \(gold\), which rejects rows/),
    ]);
    await place.runAll(refusals[0]!.sql);
    expect(await bring(place, await hero("int64 gold = 2;"))).toEqual(nothingToDo);
  });

  test("a change of the primary key is refused", async () => {
    await bring(place, await hero("uint32 slot = 2;"));
    const after = await hero("uint32 slot = 2 [(photinus.column) = { primary_key: true }];");
    const { refusals, applied } = await bring(place, after);
    expect(applied).toEqual([]);
    expect(refusals.map(({ reason }) => reason)).toEqual([
      "the primary key is (id); the schema has (id, slot)",
    ]);
    await place.runAll(refusals[0]!.sql);
    expect(await bring(place, after)).toEqual(nothingToDo);
  });

  test("a unique index that rows stand in the way of is refused before anything is run", async () => {
    await bring(place, await hero("int64 gold = 2;"));
    await place.run("INSERT INTO hero (id, gold) VALUES (7, 70), (8, 70)");
    const after = await hero("int64 gold = 2 [(photinus.column) = { unique: true }]; int64 added = 3;");
    const { refusals, applied } = await bring(place, after);
    expect(applied).toEqual([]);
    expect(refusals.map(({ reason }) => reason)).toEqual([
      "several rows would have the same (gold) in a unique index",
    ]);
    expect(await place.run(refusals[0]!.sql[0]!)).toMatchObject([{ gold: 70 }]);
    await place.run("UPDATE hero SET gold = 80 WHERE id = 8");
    expect((await bring(place, after)).applied).toHaveLength(2);
  });

  test("a dry run tells the same steps and changes nothing", async () => {
    const before = await hero("int64 gold = 2;");
    const dryFirst = await bring(place, before, { isDry: true });
    expect(dryFirst.steps.map(({ change }) => change)).toEqual(["create the table"]);
    expect(dryFirst.applied).toEqual([]);
    await bring(place, before);
    const shape = await place.schema();
    const after = await hero("int64 gold = 2 [(photinus.column) = { unique: true }]; string name = 3;");
    const dry = await bring(place, after, { isDry: true });
    expect(await place.schema()).toEqual(shape);
    expect((await bring(place, after)).applied).toEqual(dry.steps);
  });

  test("tables that the schema does not know are left alone, whatever they are called", async () => {
    const hostile = "x'; DROP TABLE hero; -- \"`y";
    await bring(place, await hero("int64 gold = 2;"));
    await place.run(`CREATE TABLE ${place.quote(hostile)} (a INTEGER)`);
    await place.run(`INSERT INTO ${place.quote(hostile)} VALUES (1)`);
    expect(await bring(place, await hero("int64 gold = 2;"))).toEqual(nothingToDo);
    expect(await place.run(`SELECT a FROM ${place.quote(hostile)}`)).toMatchObject([{ a: 1 }]);
  });

  test("columns and indexes with hostile names are named rightly in the statement for a person", async () => {
    const tables = await hero("int64 gold = 2;");
    await bring(place, tables);
    const [column, index] = ['a`; DROP TABLE hero; -- "b', "i\"x`y'z"].map((name) => place.quote(name));
    await place.run(`ALTER TABLE hero ADD COLUMN ${column} INTEGER`);
    await place.run(`CREATE INDEX ${index} ON hero (${column}, gold)`);
    const { leftovers } = await bring(place, tables);
    expect(leftovers).toHaveLength(2);
    for (const { sql } of leftovers) for (const statement of sql) await place.run(statement);
    expect(await bring(place, tables)).toEqual(nothingToDo);
  });

  test("names that SQL keeps for itself are names like others", async () => {
    const before = await tablesOfSchema(`message Order {
      option (photinus.table) = { name: "order" };
      uint64 select = 1 [(photinus.column) = { primary_key: true }];
    }`);
    const after = await tablesOfSchema(`message Order {
      option (photinus.table) = { name: "order" index: { columns: ["from", "where"] unique: true } };
      uint64 select = 1 [(photinus.column) = { primary_key: true }];
      string from = 2 [(photinus.column) = { max_length: 20 }];
      optional int32 where = 3;
    }`);
    await bring(place, before);
    expect((await bring(place, after)).applied).toHaveLength(3);
    expect(await bring(place, after)).toEqual(nothingToDo);
  });

  test("a column whose field has another name now is not left behind with its values: a person renames it", async () => {
    const gold = "int64 gold = 2 [(photinus.column) = { index: true }]; oneof pet { string cat = 3; }";
    const coins = "int64 coins = 2 [(photinus.column) = { index: true }]; oneof friend { string cat = 3; }";
    await bring(place, await hero(gold));
    await place.run("INSERT INTO hero (id, gold, pet) VALUES (7, 70, NULL)");
    const tables = await hero(`${coins} int32 level = 4;`, gold);
    const { refusals, leftovers } = await bring(place, tables);
    expect(leftovers).toEqual([]);
    expect(refusals.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^the column coins still has its former name gold: rename it .*name: "gold"$/),
      expect.stringContaining("the column friend still has its former name pet"),
    ]);
    const { applied } = await bring(place, tables, { isPartial: true });
    expect(applied.map(({ change }) => change)).toEqual([expect.stringContaining("add the column level")]);
    for (const { sql } of refusals) await place.runAll(sql);
    expect(await bring(place, tables)).toEqual(nothingToDo);
    expect(await place.run("SELECT coins FROM hero")).toMatchObject([{ coins: 70 }]);
    const kept = await hero('int64 money = 2 [(photinus.column) = { index: true name: "coins" }];', coins);
    expect((await bring(place, kept)).refusals).toEqual([]);
  });
});
