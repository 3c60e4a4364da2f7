import { describe, expect, test } from "vitest";
import type { FoundTable } from "../../../../runtime/tables/migrate/found-table.ts";
import { planTables } from "../../../../runtime/tables/migrate/migration-plan.ts";
import { mysqlDialect } from "../../../../runtime/tables/migrate/mysql-dialect.ts";
import { sqliteDialect } from "../../../../runtime/tables/migrate/sqlite-dialect.ts";
import { tablesOfSchema } from "../../../setup/schema-tables.ts";
import { dialects, foundOf, linesOf, planBetween, tableOf } from "./found-tables.ts";

const id = "uint64 id = 1 [(photinus.column) = { primary_key: true }];";
const gold = "int64 gold = 2;";

describe.each(dialects)("in $name", (dialect) => {
  test("a table that is not there is created by the generated statements", async () => {
    const table = await tableOf(`${id} ${gold}`);
    const { steps, refusals } = planTables([table], new Map(), dialect);
    expect(refusals).toEqual([]);
    expect(steps).toEqual([
      { database: "main", table: "hero", change: "create the table", sql: dialect.statements(table).create },
    ]);
  });

  test("a table that is as the schema has it needs nothing, however its names are written", async () => {
    const table = await tableOf(`${id} string name = 2 [(photinus.column) = { unique: true }];`);
    const found = foundOf(table, dialect);
    const loud: FoundTable = {
      ...found,
      columns: found.columns.map((column) => ({ ...column, name: column.name.toUpperCase() })),
      key: found.key.map((name) => name.toUpperCase()),
      indexes: found.indexes.map((index) => ({
        ...index,
        name: "made_by_hand",
        columns: index.columns.map((name) => name.toUpperCase()),
      })),
    };
    expect(linesOf(planBetween(table, table, dialect))).toEqual([]);
    expect(linesOf(planBetween(loud, table, dialect))).toEqual([]);
  });

  test("a column and an index are added by the generated statements", async () => {
    const before = await tableOf(id);
    const after = await tableOf(`${id} uint64 guild = 2 [(photinus.column) = { index: true }];`);
    const { addColumn, createIndex } = dialect.statements(after);
    const { steps, refusals } = planBetween(before, after, dialect);
    expect(refusals).toEqual([]);
    expect(steps.map(({ sql }) => sql)).toEqual([[addColumn(1)], [createIndex[0]]]);
    expect(steps[1]).not.toHaveProperty("obstacle");
  });

  test("a unique index is added only if no rows stand in its way", async () => {
    const before = await tableOf(`${id} ${gold}`);
    const after = await tableOf(`${id} int64 gold = 2 [(photinus.column) = { unique: true }];`);
    const [step] = planBetween(before, after, dialect).steps;
    const [table, column] = [dialect.quote("hero"), dialect.quote("gold")];
    expect(step?.obstacle?.query).toBe(
      `SELECT ${column}, COUNT(*) FROM ${table} WHERE ${column} IS NOT NULL GROUP BY ${column} HAVING COUNT(*) > 1 LIMIT 1`,
    );
  });

  test("a unique index on a column that is added alike to all rows needs a table with one row at most", async () => {
    const before = await tableOf(id);
    const field = "int64 gold = 2 [(photinus.column) = { unique: true }];";
    const [, step] = planBetween(before, await tableOf(`${id} ${field}`), dialect).steps;
    expect(step?.obstacle?.query).toBe(`SELECT 1 FROM ${dialect.quote("hero")} LIMIT 1 OFFSET 1`);
    const [, free] = planBetween(before, await tableOf(`${id} optional ${field}`), dialect).steps;
    expect(free).not.toHaveProperty("obstacle");
  });

  test("a table that is called otherwise now is to be renamed, not made anew", async () => {
    const text = (name: string) =>
      `message Hero { option (photinus.table) = { name: "${name}" }; ${id} ${gold} }`;
    const [table] = await tablesOfSchema(text("champion"), [], text("hero"));
    const [old, name] = [dialect.quote("hero"), dialect.quote("champion")];
    const isThere = (one: string) => one === "hero";
    const missing = planTables([table!], new Map(), dialect, isThere);
    expect(missing.steps).toEqual([]);
    expect(missing.refusals).toMatchObject([
      {
        reason: expect.stringMatching(
          /^the table champion still has its former name hero: stop the game once/,
        ),
        sql: [`ALTER TABLE ${old} RENAME TO ${name}`],
      },
    ]);
    const made = planTables([table!], new Map([[table!, foundOf(table!, dialect)]]), dialect, isThere);
    expect(made).toMatchObject({ steps: [], refusals: [] });
    expect(made.doubts).toMatchObject([
      {
        query: `SELECT 1 FROM ${old} WHERE NOT EXISTS (SELECT 1 FROM ${name}) LIMIT 1`,
        refusal: { sql: [`DROP TABLE ${name}`, `ALTER TABLE ${old} RENAME TO ${name}`] },
      },
    ]);
    expect(planTables([table!], new Map(), dialect).steps).toHaveLength(1);
  });

  test("a column of the key that has another name now is to be renamed, and nothing else", async () => {
    const text = (name: string) =>
      `message Hero { option (photinus.table) = { name: "hero" }; string ${name} = 1 [(photinus.column) = { primary_key: true unique: true }]; }`;
    const [before] = await tablesOfSchema(text("name"));
    const [after] = await tablesOfSchema(text("title"), [], text("name"));
    const quoted = ["hero", "name", "title"].map((name) => dialect.quote(name));
    expect(linesOf(planBetween(before!, after!, dialect))).toEqual([
      expect.stringMatching(
        `! the column title still has its former name name: .*: ALTER TABLE ${quoted[0]} RENAME COLUMN ${quoted[1]} TO ${quoted[2]}$`,
      ),
    ]);
    const both: FoundTable = {
      ...foundOf(after!, dialect),
      columns: [...foundOf(after!, dialect).columns, foundOf(before!, dialect).columns[0]!],
    };
    expect(linesOf(planBetween(both, after!, dialect))).toEqual([
      expect.stringMatching("[?] the column name"),
    ]);
  });

  test("a column that may be null from now on is widened", async () => {
    const before = await tableOf(`${id} ${gold}`);
    const after = await tableOf(`${id} optional ${gold}`);
    const { steps, refusals } = planBetween(before, after, dialect);
    expect(refusals).toEqual([]);
    expect(steps[0]?.change).toMatch(/^widen the column gold from \w+ not null to \w+ null$/);
  });

  test("a column that may be null no more, or is of another type, is refused", async () => {
    const kinds = [`optional ${gold}`, "string gold = 2;", "bytes gold = 2;", "double gold = 2;"];
    for (const kind of kinds) {
      const before = await tableOf(`${id} ${kind}`);
      const { steps, refusals } = planBetween(before, await tableOf(`${id} ${gold}`), dialect);
      expect(steps).toEqual([]);
      expect(refusals).toHaveLength(1);
      expect(refusals[0]?.reason).toMatch(/^the column gold is .*; the schema has \w+ not null$/);
      expect(refusals[0]?.sql).not.toEqual([]);
    }
  });

  test.each([
    { nullable: false, hasDefault: false, isRefused: true },
    { nullable: true, hasDefault: false, isRefused: false },
    { nullable: false, hasDefault: true, isRefused: false },
  ])(
    "a column that the schema has no more stays, and is refused where a row needs it: $isRefused",
    async ({ isRefused, ...column }) => {
      const table = await tableOf(id);
      const found = foundOf(table, dialect);
      const hostile = 'x`; DROP TABLE hero; -- "y';
      const columns = [...found.columns, { name: hostile, type: "int", ...column }];
      const { steps, refusals, leftovers } = planBetween({ ...found, columns }, table, dialect);
      expect(steps).toEqual([]);
      const quoted =
        dialect === mysqlDialect ? '`x``; DROP TABLE hero; -- "y`' : '"x`; DROP TABLE hero; -- ""y"';
      const drop = [[`ALTER TABLE ${dialect.quote("hero")} DROP COLUMN ${quoted}`]];
      expect(refusals.map(({ sql }) => sql)).toEqual(isRefused ? drop : []);
      expect(leftovers.map(({ sql }) => sql)).toEqual(isRefused ? [] : drop);
    },
  );

  test("an index that the schema has no more stays, and is refused when it is unique", async () => {
    const table = await tableOf(id);
    const name = 'a`b"c';
    const drop =
      dialect === mysqlDialect ? 'ALTER TABLE `hero` DROP INDEX `a``b"c`' : 'DROP INDEX IF EXISTS "a`b""c"';
    const linesWith = (unique: boolean) => {
      const indexes = [{ name, columns: ["id"], unique }];
      return linesOf(planBetween({ ...foundOf(table, dialect), indexes }, table, dialect));
    };
    expect(linesWith(false)).toEqual([`? the index a\`b"c on (id): ${drop}`]);
    expect(linesWith(true)).toEqual([
      `! the schema has no unique index a\`b"c on (id), which rejects rows that the schema allows: ${drop}`,
    ]);
  });

  test("an index that is to be unique takes the place of the one that is not", async () => {
    const before = await tableOf(`${id} int64 gold = 2 [(photinus.column) = { index: true }];`);
    const after = await tableOf(`${id} int64 gold = 2 [(photinus.column) = { unique: true }];`);
    const { steps, refusals } = planBetween(before, after, dialect);
    expect(refusals).toEqual([]);
    expect(steps.map(({ change, sql }) => [change, ...sql])).toEqual([
      [
        "make the index on (gold) unique",
        ...(dialect === mysqlDialect
          ? ["ALTER TABLE `hero` DROP INDEX `gold`, ADD UNIQUE KEY `gold` (`gold`)"]
          : ['DROP INDEX IF EXISTS "hero.gold"', dialect.statements(after).createIndex[0]]),
      ],
    ]);
    expect(steps[0]?.obstacle?.query).toContain("HAVING COUNT(*) > 1");
  });

  test("a unique index that is to be a plain one, and one of the same name over other columns, are refused", async () => {
    const before = await tableOf(`${id} int64 gold = 2 [(photinus.column) = { unique: true }];`);
    const after = await tableOf(`${id} int64 gold = 2 [(photinus.column) = { index: true }];`);
    const other = foundOf(after, dialect);
    const indexes = other.indexes.map((index) => ({ ...index, columns: ["id"] }));
    for (const found of [before, { ...other, indexes }]) {
      const { steps, refusals } = planBetween(found, after, dialect);
      expect(steps).toEqual([]);
      expect(refusals.map(({ reason }) => reason)).toEqual([
        expect.stringMatching(/^the index \S*gold is an? /),
      ]);
    }
  });

  test("an index over part of a column is not the schema's", async () => {
    const after = await tableOf(`${id} string name = 2 [(photinus.column) = { index: true }];`);
    const found = foundOf(after, dialect);
    const indexes = found.indexes.map((index) => ({ ...index, columns: ["name(10)"] }));
    expect(planBetween({ ...found, indexes }, after, dialect).refusals).toHaveLength(1);
  });

  test("another primary key is refused, and its columns are not added", async () => {
    const before = await tableOf(id);
    const after = await tableOf(`${id} uint32 slot = 2 [(photinus.column) = { primary_key: true }];`);
    const { steps, refusals } = planBetween(before, after, dialect);
    expect(steps).toEqual([]);
    expect(refusals.map(({ reason }) => reason)).toEqual([
      "the primary key is (id); the schema has (id, slot)",
    ]);
  });

  test("an index waits for a column that waits for a person", async () => {
    const before = await tableOf(`${id} string gold = 2;`);
    const after = await tableOf(
      `${id} int64 gold = 2 [(photinus.column) = { index: true }]; int32 added = 3;`,
    );
    const { steps, refusals } = planBetween(before, after, dialect);
    expect(refusals).toHaveLength(1);
    expect(steps.map(({ change }) => change.split(",")[0])).toEqual(["add the column added"]);
  });

  test("a table made by hand gets the column of versions", async () => {
    const table = await tableOf(id);
    const found = foundOf(table, dialect);
    const columns = found.columns.filter(({ name }) => name !== "_version");
    expect(planBetween({ ...found, columns }, table, dialect).steps.map(({ change }) => change)).toEqual([
      "add the column _version",
    ]);
  });

  test("a table or column whose name no schema can have is refused at once", async () => {
    const table = await tableOf(id);
    for (const name of ["a`b", 'a"b', "a b", "", "a\0b", "a;b", "ä", "x".repeat(65)]) {
      const named = { ...table, name };
      expect(() => planTables([named], new Map(), dialect)).toThrow("is not the name of a generated table");
      const column = { ...table, columns: [{ ...table.columns[0]!, name }] };
      expect(() => planTables([column], new Map(), dialect)).toThrow("is not the name of a generated table");
    }
  });

  test("the names of indexes are those that the generated statements give", async () => {
    const [table] = await tablesOfSchema(`message Hero {
      option (photinus.table) = { name: "hero" index: { columns: ["guild", "level"] } };
      ${id} uint64 guild = 2 [(photinus.column) = { index: true }]; uint32 level = 3;
    }`);
    for (const [at, index] of table!.indexes.entries()) {
      const name = dialect.quote(dialect.indexName(table!, index));
      expect(dialect.statements(table!).createIndex[at]).toContain(name);
    }
    expect(table!.indexes).toHaveLength(2);
  });
});

test("SQLite that cannot drop NOT NULL gets a new table from a person", async () => {
  const after = await tableOf(`${id} optional ${gold}`);
  const found = foundOf(await tableOf(`${id} ${gold}`), sqliteDialect);
  const old = { ...found, traits: { isStrict: true, library: 3_050_004 } };
  const { steps, refusals } = planBetween(old, after, sqliteDialect);
  expect(steps).toEqual([]);
  expect(refusals[0]?.sql).toEqual([
    "BEGIN IMMEDIATE",
    'CREATE TABLE "hero_next" ("id" integer NOT NULL DEFAULT 0, "gold" integer NULL, "_version" integer NOT NULL DEFAULT 1, PRIMARY KEY ("id")) STRICT',
    'INSERT INTO "hero_next" ("id", "gold", "_version") SELECT "id", "gold", "_version" FROM "hero"',
    'DROP TABLE "hero"',
    'ALTER TABLE "hero_next" RENAME TO "hero"',
    "COMMIT",
  ]);
});

test("a new table of SQLite that would be without a column says so", async () => {
  const after = await tableOf(`${id} string gold = 2;`);
  const found = foundOf(await tableOf(`${id} ${gold} int32 old = 3;`), sqliteDialect);
  expect(planBetween(found, after, sqliteDialect).refusals.map(({ reason }) => reason)).toEqual([
    "the column gold is integer not null; the schema has text not null; the rebuilt table would lack old",
  ]);
});

test("SQLite drops a column together with the indexes over it", async () => {
  const after = await tableOf(id);
  const found = foundOf(
    await tableOf(`${id} ${gold} int32 old = 3 [(photinus.column) = { index: true }];`),
    sqliteDialect,
  );
  expect(planBetween(found, after, sqliteDialect).leftovers.map(({ sql }) => sql)).toEqual([
    ['DROP INDEX IF EXISTS "hero.old"'],
    ['ALTER TABLE "hero" DROP COLUMN "gold"'],
    ['DROP INDEX IF EXISTS "hero.old"', 'ALTER TABLE "hero" DROP COLUMN "old"'],
  ]);
});

test("a table of SQLite that is not strict is refused", async () => {
  const table = await tableOf(id);
  const loose = { ...foundOf(table, sqliteDialect), traits: { isStrict: false, library: 3_053_004 } };
  expect(planBetween(loose, table, sqliteDialect).refusals[0]?.reason).toMatch(/^the table is not STRICT/);
});
