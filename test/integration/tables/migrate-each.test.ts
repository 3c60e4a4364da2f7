import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { migrate } from "../../../runtime/tables/migrate/migrate.ts";
import { openMysql } from "../../../runtime/tables/migrate/mysql-migrations.ts";
import { openSqlite } from "../../../runtime/tables/migrate/sqlite-migrations.ts";
import { EmbeddedStore } from "../../../runtime/tables/sqlite/embedded-store.ts";
import * as fixtures from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { tablesOfSchema } from "../../setup/schema-tables.ts";
import { type MySql, openMySql } from "../../setup/servers/mariadb.ts";
import { allTables, bring, hero, nothingToDo, Places } from "./migration-places.ts";

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

test("two migrations of one database at once wait for each other", async () => {
  const place = await places.maria();
  const tables = await hero("int64 gold = 2;");
  const reports = await Promise.all([bring(place, tables), bring(place, tables), bring(place, tables)]);
  expect(reports.map(({ applied }) => applied.length).sort()).toEqual([0, 0, 1]);
});

test("a text of MariaDB gets longer, then an index, and keeps its letters", async () => {
  const place = await places.maria();
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
  expect(await bring(place, longer)).toEqual(nothingToDo);
  const short = await hero(
    "string name = 2 [(photinus.column) = { max_length: 30 unique: true }]; int32 n = 3;",
  );
  expect((await bring(place, short)).refusals.map(({ reason }) => reason)).toEqual([
    "the column name is varbinary(160) not null; the schema has varbinary(120) not null",
    "the column n is bigint not null; the schema has int not null",
  ]);
});

test("a text of MariaDB loses its index and gets it back, and keeps its letters; bytes that are no text stay", async () => {
  const place = await places.maria();
  const name = (options: string) => hero(`string name = 2 [(photinus.column) = { ${options} }];`);
  const [plain, indexed] = [await name("max_length: 40"), await name("max_length: 40 index: true")];
  await bring(place, indexed);
  await place.run("INSERT INTO hero (id, name) VALUES (7, 'Zoë 🐝'), (8, 'Zoë 🐝 '), (9, x'C3')");
  const { refusals } = await bring(place, plain);
  expect(refusals.map(({ reason }) => reason)).toEqual([
    "rows have values of name that varchar(40) cannot hold",
  ]);
  expect(await place.run(refusals[0]!.sql[0]!)).toMatchObject([{ name: Buffer.from([0xc3]) }]);
  await place.run("DELETE FROM hero WHERE id = 9");
  expect((await bring(place, plain)).applied).toHaveLength(1);
  const rows = await place.run("SELECT name FROM hero ORDER BY id");
  expect(rows).toMatchObject([{ name: "Zoë 🐝" }, { name: "Zoë 🐝 " }]);
  expect((await bring(place, plain)).steps).toEqual([]);
  expect((await bring(place, indexed)).applied).toHaveLength(1);
  const again = await place.run("SELECT name FROM hero WHERE id = 8");
  expect(again).toMatchObject([{ name: Buffer.from("Zoë 🐝 ") }]);
});

test("a long text of MariaDB gets an index, and loses it when a person drops it", async () => {
  const place = await places.maria();
  const name = (options: string) => hero(`string name = 2 [(photinus.column) = { ${options} }];`);
  const [plain, indexed] = [await name("max_length: 300"), await name("max_length: 300 index: true")];
  await bring(place, plain);
  await place.run("INSERT INTO hero (id, name) VALUES (7, 'Zoë'), (8, REPEAT('x', 1201))");
  expect((await bring(place, indexed)).refusals.map(({ reason }) => reason)).toEqual([
    "rows have values of name that varbinary(1200) cannot hold",
  ]);
  await place.run("DELETE FROM hero WHERE id = 8");
  expect((await bring(place, indexed)).applied).toHaveLength(2);
  expect(await bring(place, indexed)).toEqual(nothingToDo);
  const { refusals } = await bring(place, plain);
  expect(refusals).toHaveLength(1);
  await place.runAll(refusals[0]!.sql);
  expect(await bring(place, plain)).toEqual(nothingToDo);
  expect(await place.run("SELECT name FROM hero")).toMatchObject([{ name: "Zoë" }]);
});

test("a table of MariaDB that was made by hand in another collation is not changed without a person", async () => {
  const place = await places.maria();
  await place.run(
    "CREATE TABLE hero (id BIGINT UNSIGNED PRIMARY KEY, name VARCHAR(40) NOT NULL) ENGINE=InnoDB CHARSET latin1",
  );
  const tables = await hero("string name = 2 [(photinus.column) = { max_length: 40 }]; string note = 3;");
  const { refusals } = await bring(place, tables);
  expect(refusals.map(({ reason }) => reason)).toEqual([
    "the column name is varchar(40) collate latin1_swedish_ci not null; the schema has varchar(40) not null",
  ]);
  for (const statement of refusals[0]!.sql) await place.run(statement);
  expect((await bring(place, tables)).applied).toHaveLength(3);
  expect(await bring(place, tables)).toEqual(nothingToDo);
});

test("the embedded store works on tables that a migration made, and a migration has nothing to do on its tables", async () => {
  const rowOf = (name: string) => fixtures.heroTable.valuesOf(fixtures.heroTable.newRow({ name }));
  const place = await places.sqlite();
  await bring(place, allTables);
  const migrated = new EmbeddedStore({ file: places.file });
  expect(await migrated.create(fixtures.heroTable, rowOf("Ann"))).toMatchObject({ version: 1 });
  await migrated.close();
  expect(await bring(place, allTables)).toEqual(nothingToDo);
  const file = join(places.folder, "own.sqlite");
  const own = new EmbeddedStore({ file });
  for (const table of allTables) await own.page(table, undefined, 1);
  const database = openSqlite({ name: "main", file, isReadOnly: true });
  const { steps, refusals } = await migrate([database], allTables, { isDry: true });
  await database.close();
  await own.close();
  expect({ steps, refusals }).toEqual({ steps: [], refusals: [] });
});

test("a dry run does not make a SQLite file", async () => {
  const file = join(places.folder, "none.sqlite");
  const database = openSqlite({ name: "main", file, isReadOnly: true });
  const { steps } = await migrate([database], await hero("int64 gold = 2;"), { isDry: true });
  await database.close();
  expect(steps).toHaveLength(1);
  expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
});

test("a failed statement leaves a SQLite file as it was", async () => {
  const place = await places.sqlite();
  await bring(place, await hero("int64 gold = 2;"));
  const before = await place.schema();
  const [good] = await hero("int64 gold = 2; int64 added = 3;");
  const [bad] = await tablesOfSchema(`message Bad {
    option (photinus.table) = { name: "bad" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
  }`);
  const broken = { ...bad!, sqlite: { ...bad!.sqlite, create: ["CREATE TABLE bad (id nonsense) STRICT"] } };
  await expect(bring(place, [good!, broken])).rejects.toThrow(
    /at bad: create the table\n.*\n {2}nothing was changed/,
  );
  expect(await place.schema()).toEqual(before);
});

test("a statement that is taken but does nothing is no success", async () => {
  const place = await places.sqlite();
  const [table] = await hero("int64 gold = 2 [(photinus.column) = { index: true }];");
  await bring(place, await hero("int64 gold = 2;"));
  await place.run("CREATE TABLE other (a integer)");
  await place.run('CREATE INDEX "hero.gold" ON other (a)');
  await expect(bring(place, [table!])).rejects.toThrow(
    "this change is still missing: hero: add the index on (gold)",
  );
});

test("a server that is away, a file that is no database, and a URL without a database are told", async () => {
  await expect(openMysql("main", "mysql://root:secret@127.0.0.1:1/game")).rejects.toThrow(
    /^UNAVAILABLE: no connection to MySQL at 127\.0\.0\.1:1\/game: .*ECONNREFUSED/,
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
