import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import mysql from "mysql2/promise";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TableLayout } from "../../../runtime/cache/descriptor.ts";
import { EmbeddedStore } from "../../../runtime/cache/embedded/store.ts";
import type { MigrationDatabase } from "../../../runtime/cache/migrate/database/database.ts";
import { openMysql } from "../../../runtime/cache/migrate/database/mysql.ts";
import { openSqlite } from "../../../runtime/cache/migrate/database/sqlite.ts";
import { type MigrateOptions, migrate } from "../../../runtime/cache/migrate/migrate.ts";
import * as fixtures from "../../conformance/cache/fixtures/server/index.ts";
import { tablesOfSchema } from "../../setup/schema-tables.ts";
import { type MySql, openMySql } from "../../setup/servers/mariadb.ts";

/** An empty database of one kind. */
interface Place {
  open(isReadOnly: boolean): Promise<MigrationDatabase>;
  /** Runs a statement of a person's, past the migration. */
  run(statement: string): Promise<unknown[]>;
  quote(name: string): string;
}

let server: MySql;
let folder: string;
const openPlaces: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await openMySql();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "photinus-migrate-"));
});
afterEach(async () => {
  for (const close of openPlaces.splice(0)) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function mariaPlace(): Promise<Place> {
  const database = await server.createDatabase();
  const { url } = database;
  const connection = await mysql.createConnection(url);
  openPlaces.push(async () => {
    await connection.end();
    await database.drop();
  });
  return {
    open: () => openMysql("main", url),
    run: async (statement) => {
      const [rows] = await connection.query(statement);
      return Array.isArray(rows) ? rows : [];
    },
    quote: (name) => `\`${name.replaceAll("`", "``")}\``,
  };
}

async function sqlitePlace(): Promise<Place> {
  const file = join(folder, "game.sqlite");
  return {
    open: async (isReadOnly) => openSqlite({ name: "main", file, isReadOnly }),
    run: async (statement) => {
      const database = new DatabaseSync(file);
      try {
        return database.prepare(statement).all();
      } finally {
        database.close();
      }
    },
    quote: (name) => `"${name.replaceAll('"', '""')}"`,
  };
}

async function bring(place: Place, tables: readonly TableLayout[], options: MigrateOptions = {}) {
  const database = await place.open(options.isDry === true);
  try {
    return await migrate([database], tables, options);
  } finally {
    await database.close();
  }
}

const hero = (fields: string, options = "") =>
  tablesOfSchema(`message Hero {
    option (photinus.table) = { name: "hero" ${options} };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    ${fields}
  }`);

const allTables: readonly TableLayout[] = Object.entries(fixtures)
  .filter(([name]) => name.endsWith("Table"))
  .map(([, table]) => table as unknown as TableLayout);

describe.each([
  { kind: "MariaDB", makePlace: mariaPlace },
  { kind: "SQLite", makePlace: sqlitePlace },
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
    expect(await bring(place, allTables)).toEqual({ steps: [], refusals: [], applied: [] });
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
    expect(await bring(place, after)).toEqual({ steps: [], refusals: [], applied: [] });
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
    const shape = await schemaOf(place);
    const after = await hero(
      "int64 gold = 2; string name = 3; int64 luck = 4; bytes note = 6; int32 added = 7;",
    );
    const { refusals, applied } = await bring(place, after);
    expect(applied).toEqual([]);
    expect(await schemaOf(place)).toEqual(shape);
    const reasons = refusals.map(({ reason }) => reason);
    expect(reasons).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^the column gold is .* null, where the schema has .* not null/),
        expect.stringMatching(/^the column luck is \w+ not null, where the schema has \w+ not null/),
        "the schema has no column old",
        expect.stringMatching(/^the schema has no index .*name on \(name\)$/),
      ]),
    );
    // A person who has read them runs them, until there is nothing left to refuse.
    for (let round = 0; round < 8; round++) {
      const [next] = (await bring(place, after)).refusals;
      if (next === undefined) break;
      for (const statement of next.sql) await runAlone(place, next.sql, statement);
    }
    const end = await bring(place, after);
    expect(end).toEqual({ steps: [], refusals: [], applied: [] });
    const rows = await place.run("SELECT id, gold, luck, added FROM hero");
    expect(rows).toMatchObject([{ id: 7, gold: 0, luck: 1, added: 0 }]);
  });

  test("with the rest refused, additive steps are applied when that is asked for", async () => {
    await bring(place, await hero("int64 old = 2;"));
    const after = await hero("int64 added = 3;");
    const { applied, refusals } = await bring(place, after, { isPartial: true });
    expect(applied.map(({ change }) => change.split(",")[0])).toEqual(["add the column added"]);
    expect(refusals.map(({ reason }) => reason)).toEqual(["the schema has no column old"]);
    expect((await bring(place, after, { isPartial: true })).applied).toEqual([]);
  });

  test("a change of the primary key is refused", async () => {
    await bring(place, await hero("uint32 slot = 2;"));
    const after = await hero("uint32 slot = 2 [(photinus.column) = { primary_key: true }];");
    const { refusals, applied } = await bring(place, after);
    expect(applied).toEqual([]);
    expect(refusals.map(({ reason }) => reason)).toEqual([
      "the primary key is (id), where the schema has (id, slot)",
    ]);
    for (const statement of refusals[0]!.sql) await runAlone(place, refusals[0]!.sql, statement);
    expect(await bring(place, after)).toEqual({ steps: [], refusals: [], applied: [] });
  });

  test("a unique index that rows stand in the way of is refused before anything is run", async () => {
    await bring(place, await hero("int64 gold = 2;"));
    await place.run("INSERT INTO hero (id, gold) VALUES (7, 70), (8, 70)");
    const after = await hero("int64 gold = 2 [(photinus.column) = { unique: true }]; int64 added = 3;");
    const { refusals, applied } = await bring(place, after);
    expect(applied).toEqual([]);
    expect(refusals.map(({ reason }) => reason)).toEqual([
      "several rows would have the same (gold), which the schema wants unique",
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
    const shape = await schemaOf(place);
    const after = await hero("int64 gold = 2 [(photinus.column) = { unique: true }]; string name = 3;");
    const dry = await bring(place, after, { isDry: true });
    expect(await schemaOf(place)).toEqual(shape);
    expect((await bring(place, after)).applied).toEqual(dry.steps);
  });

  test("tables that the schema does not know are left alone, whatever they are called", async () => {
    const hostile = "x'; DROP TABLE hero; -- \"`y";
    await bring(place, await hero("int64 gold = 2;"));
    await place.run(`CREATE TABLE ${place.quote(hostile)} (a INTEGER)`);
    await place.run(`INSERT INTO ${place.quote(hostile)} VALUES (1)`);
    expect(await bring(place, await hero("int64 gold = 2;"))).toEqual({
      steps: [],
      refusals: [],
      applied: [],
    });
    expect(await place.run(`SELECT a FROM ${place.quote(hostile)}`)).toMatchObject([{ a: 1 }]);
  });

  test("columns and indexes with hostile names are named rightly in the statement for a person", async () => {
    const tables = await hero("int64 gold = 2;");
    await bring(place, tables);
    const [column, index] = ['a`; DROP TABLE hero; -- "b', "i\"x`y'z"].map((name) => place.quote(name));
    await place.run(`ALTER TABLE hero ADD COLUMN ${column} INTEGER`);
    await place.run(`CREATE INDEX ${index} ON hero (${column}, gold)`);
    const { refusals } = await bring(place, tables);
    expect(refusals).toHaveLength(2);
    for (const { sql } of refusals) for (const statement of sql) await place.run(statement);
    expect(await bring(place, tables)).toEqual({ steps: [], refusals: [], applied: [] });
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
    expect(await bring(place, after)).toEqual({ steps: [], refusals: [], applied: [] });
  });
});

test("two migrations of one database at once wait for each other", async () => {
  const place = await mariaPlace();
  const tables = await hero("int64 gold = 2;");
  const reports = await Promise.all([bring(place, tables), bring(place, tables), bring(place, tables)]);
  expect(reports.map(({ applied }) => applied.length).sort()).toEqual([0, 0, 1]);
});

test("a text of MariaDB gets longer, then an index, and keeps its letters", async () => {
  const place = await mariaPlace();
  await bring(place, await hero("string name = 2 [(photinus.column) = { max_length: 8 }]; int32 n = 3;"));
  await place.run("INSERT INTO hero (id, name) VALUES (7, 'Zoë 🐝'), (8, 'Zoë 🐝 ')");
  const longer = await hero(
    "string name = 2 [(photinus.column) = { max_length: 40 unique: true }]; int64 n = 3;",
  );
  const { applied, refusals } = await bring(place, longer);
  expect(refusals).toEqual([]);
  expect(applied.map(({ change }) => change)).toEqual([
    "widen the column name from varchar(8) not null to varbinary(160) not null",
    "widen the column n from int not null to bigint not null",
    "add the unique index on (name)",
  ]);
  expect(await place.run("SELECT CONVERT(name USING utf8mb4) AS name FROM hero ORDER BY id")).toMatchObject([
    { name: "Zoë 🐝" },
    { name: "Zoë 🐝 " },
  ]);
  expect(await bring(place, longer)).toEqual({ steps: [], refusals: [], applied: [] });
  const short = await hero(
    "string name = 2 [(photinus.column) = { max_length: 30 unique: true }]; int32 n = 3;",
  );
  expect((await bring(place, short)).refusals.map(({ reason }) => reason)).toEqual([
    "the column name is varbinary(160) not null, where the schema has varbinary(120) not null",
    "the column n is bigint not null, where the schema has int not null",
  ]);
});

test("a table of MariaDB that was made by hand in another collation is not changed without a person", async () => {
  const place = await mariaPlace();
  await place.run(
    "CREATE TABLE hero (id BIGINT UNSIGNED PRIMARY KEY, name VARCHAR(40) NOT NULL) ENGINE=InnoDB CHARSET latin1",
  );
  const tables = await hero("string name = 2 [(photinus.column) = { max_length: 40 }]; string note = 3;");
  const { refusals } = await bring(place, tables);
  expect(refusals.map(({ reason }) => reason)).toEqual([
    "the column name is varchar(40) collate latin1_swedish_ci not null, where the schema has varchar(40) not null",
  ]);
  for (const statement of refusals[0]!.sql) await place.run(statement);
  expect((await bring(place, tables)).applied).toHaveLength(3);
  expect(await bring(place, tables)).toEqual({ steps: [], refusals: [], applied: [] });
});

test("the embedded store works on tables that a migration made, and a migration has nothing to do on its tables", async () => {
  const rowOf = (name: string) => fixtures.heroTable.valuesOf(fixtures.heroTable.newRow({ name }));
  const place = await sqlitePlace();
  await bring(place, allTables);
  const migrated = new EmbeddedStore({ file: join(folder, "game.sqlite") });
  expect(await migrated.create(fixtures.heroTable, rowOf("Ann"))).toMatchObject({ version: 1 });
  await migrated.close();
  expect(await bring(place, allTables)).toEqual({ steps: [], refusals: [], applied: [] });
  const file = join(folder, "own.sqlite");
  const own = new EmbeddedStore({ file });
  for (const table of allTables) await own.page(table, undefined, 1);
  const database = openSqlite({ name: "main", file, isReadOnly: true });
  const { steps, refusals } = await migrate([database], allTables, { isDry: true });
  await database.close();
  await own.close();
  expect({ steps, refusals }).toEqual({ steps: [], refusals: [] });
});

test("a dry run does not make a SQLite file", async () => {
  const file = join(folder, "none.sqlite");
  const database = openSqlite({ name: "main", file, isReadOnly: true });
  const { steps } = await migrate([database], await hero("int64 gold = 2;"), { isDry: true });
  await database.close();
  expect(steps).toHaveLength(1);
  expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
});

test("a failed statement leaves a SQLite file as it was", async () => {
  const place = await sqlitePlace();
  await bring(place, await hero("int64 gold = 2;"));
  const before = await schemaOf(place);
  const [good] = await hero("int64 gold = 2; int64 added = 3;");
  const [bad] = await tablesOfSchema(`message Bad {
    option (photinus.table) = { name: "bad" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
  }`);
  const broken = { ...bad!, sqlite: { ...bad!.sqlite, create: ["CREATE TABLE bad (id nonsense) STRICT"] } };
  await expect(bring(place, [good!, broken])).rejects.toThrow(
    /at bad: create the table\n.*\n {2}nothing was changed/,
  );
  expect(await schemaOf(place)).toEqual(before);
});

test("a statement that is taken but does nothing is no success", async () => {
  const place = await sqlitePlace();
  const [table] = await hero("int64 gold = 2 [(photinus.column) = { index: true }];");
  await bring(place, await hero("int64 gold = 2;"));
  await place.run("CREATE TABLE other (a integer)");
  await place.run('CREATE INDEX "hero.gold" ON other (a)');
  await expect(bring(place, [table!])).rejects.toThrow("still lacks this: hero: add the index on (gold)");
});

test("a server that is away, a file that is no database, and a URL without a database are told", async () => {
  await expect(openMysql("main", "mysql://root:secret@127.0.0.1:1/game")).rejects.toThrow(
    /^UNAVAILABLE: 127\.0\.0\.1:1\/game: .*ECONNREFUSED/,
  );
  await expect(openMysql("main", "mysql://root:secret@127.0.0.1:1")).rejects.toThrow(/^INVALID_ARGUMENT/);
  await expect(openMysql("main", "nonsense")).rejects.toThrow(/^INVALID_ARGUMENT/);
  const self = new URL(import.meta.url).pathname;
  const text = readFileSync(self);
  expect(() => openSqlite({ name: "main", file: self, isReadOnly: false })).toThrow(
    /^DATA_LOSS: .*not a database/,
  );
  expect(readFileSync(self)).toEqual(text);
});

/** Everything that a database says of its tables. */
async function schemaOf(place: Place): Promise<unknown[]> {
  if (place.quote("") !== "``") return place.run("SELECT name, sql FROM sqlite_schema ORDER BY name");
  return place.run("SHOW CREATE TABLE hero");
}

/** A transaction of several statements needs one connection: SQLite's are run together by the first of them. */
async function runAlone(place: Place, all: readonly string[], statement: string): Promise<void> {
  if (!all.includes("COMMIT")) {
    await place.run(statement);
    return;
  }
  if (statement !== "BEGIN IMMEDIATE") return;
  const database = new DatabaseSync(join(folder, "game.sqlite"));
  database.exec(all.join(";\n"));
  database.close();
}
