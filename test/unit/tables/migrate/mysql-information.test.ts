import { expect, test } from "vitest";
import { planTables } from "../../../../runtime/tables/migrate/migration-plan.ts";
import { mysqlDialect } from "../../../../runtime/tables/migrate/mysql-dialect.ts";
import {
  type InformationRow,
  rowOfTable,
  tableFrom,
} from "../../../../runtime/tables/migrate/mysql-information.ts";
import { tableOf } from "./found-tables.ts";

/** What two servers tell of the table that was generated from {@link fields}, in the order of {@link headings}. */
const fields = `
  uint64 id = 1 [(photinus.column) = { primary_key: true }];
  string name = 2 [(photinus.column) = { max_length: 32 }];
  string tag = 3 [(photinus.column) = { max_length: 16 unique: true }];
  int32 level = 4;
  bool rich = 5;
  optional int64 guild = 6 [(photinus.column) = { index: true }];
  string note = 7 [(photinus.column) = { max_length: 1000 }];
  repeated int64 friends = 8;
  double luck = 9;`;
const headings = ["name", "type", "collation", "nullable", "fallback", "extra"] as const;
type Told = readonly [string, string, string | null, "YES" | "NO", string | null, string];

/** MariaDB 10.11, as it was seen. */
const mariadb: readonly Told[] = [
  ["id", "bigint(20) unsigned", null, "NO", "0", ""],
  ["name", "varchar(32)", "utf8mb4_bin", "NO", "''", ""],
  ["tag", "varbinary(64)", null, "NO", "''", ""],
  ["level", "int(11)", null, "NO", "0", ""],
  ["rich", "tinyint(4)", null, "NO", "0", ""],
  ["guild", "bigint(20)", null, "YES", "NULL", ""],
  ["note", "text", "utf8mb4_bin", "NO", "''", ""],
  ["friends", "mediumblob", null, "NO", "''", ""],
  ["luck", "double", null, "NO", "0", ""],
  ["_version", "bigint(20) unsigned", null, "NO", "1", ""],
];
/** MySQL 8, by its manual: no display widths, defaults without quotes, expressions marked as such. */
const mysql8: readonly Told[] = [
  ["id", "bigint unsigned", null, "NO", "0", ""],
  ["name", "varchar(32)", "utf8mb4_bin", "NO", "", ""],
  ["tag", "varbinary(64)", null, "NO", "", ""],
  ["level", "int", null, "NO", "0", ""],
  ["rich", "tinyint", null, "NO", "0", ""],
  ["guild", "bigint", null, "YES", null, ""],
  ["note", "text", "utf8mb4_bin", "NO", "_utf8mb4\\'\\'", "DEFAULT_GENERATED"],
  ["friends", "mediumblob", null, "NO", "_utf8mb4\\'\\'", "DEFAULT_GENERATED"],
  ["luck", "double", null, "NO", "0", ""],
  ["_version", "bigint unsigned", null, "NO", "1", ""],
];

const rowsOf = (told: readonly Told[]): InformationRow[] =>
  told.map((values) => Object.fromEntries(headings.map((heading, at) => [heading, values[at]])));
const parts: readonly InformationRow[] = [
  { name: "guild", plain: 1, part: "guild", length: null },
  { name: "PRIMARY", plain: 0, part: "id", length: null },
  { name: "tag", plain: 0, part: "tag", length: null },
];
const innodb = { name: "hero", engine: "InnoDB", collation: "utf8mb4_bin", folding: 0 };

async function planOf(columns: readonly InformationRow[], indexes = parts) {
  const table = await tableOf(fields);
  return planTables([table], new Map([[table, tableFrom(innodb, columns, indexes)]]), mysqlDialect);
}

test.each([
  ["MariaDB 10.11", mariadb],
  ["MySQL 8", mysql8],
])("a table as %s tells it is that of the schema", async (_server, told) => {
  expect(await planOf(rowsOf(told))).toEqual({ steps: [], refusals: [], leftovers: [], doubts: [] });
  const asBytes = rowsOf(told).map((row) => ({ ...row, type: Buffer.from(String(row["type"])) }));
  expect(tableFrom(innodb, asBytes, parts)).toEqual(tableFrom(innodb, rowsOf(told), parts));
});

test.each([
  ["null", ["old", "int", null, "YES", null, ""], true],
  ["a default", ["old", "varchar(9)", "utf8mb4_bin", "NO", "", ""], true],
  ["an expression for a default", ["old", "json", null, "NO", "json_array()", "DEFAULT_GENERATED"], true],
  ["a value of other columns", ["old", "int", null, "NO", null, "STORED GENERATED"], true],
  ["a number of its own", ["old", "bigint unsigned", null, "NO", null, "auto_increment"], true],
  ["nothing", ["old", "int", null, "NO", null, ""], false],
] as const)(
  "a column that the schema does not have and that rows leave out with %s",
  async (_what, told, stays) => {
    const { refusals, leftovers } = await planOf(rowsOf([...mysql8, told]));
    expect([refusals.length, leftovers.length]).toEqual(stays ? [0, 1] : [1, 0]);
  },
);

test("an index of MySQL 8 over an expression, and one over part of a column, are not the schema's", async () => {
  const { steps, leftovers } = await planOf(rowsOf(mysql8), [
    ...parts.slice(1),
    { name: "lower_name", plain: 1, part: null, length: null },
    { name: "part", plain: 1, part: "guild", length: 4 },
  ]);
  expect(steps.map(({ change }) => change)).toEqual(["add the index on (guild)"]);
  expect(leftovers.map(({ what }) => what)).toEqual([
    "the index lower_name on ((expression))",
    "the index part on (guild(4))",
  ]);
});

test("texts of MySQL 8's own collation are not the schema's, unless it compares by bytes", async () => {
  const withCollation = (collation: string) =>
    rowsOf(
      mysql8.map(
        (told) => (told[0] === "name" ? [...told.slice(0, 2), collation, ...told.slice(3)] : told) as Told,
      ),
    );
  expect((await planOf(withCollation("utf8mb4_0900_ai_ci"))).refusals.map(({ reason }) => reason)).toEqual([
    "the column name is varchar(32) collate utf8mb4_0900_ai_ci not null; the schema has varchar(32) not null",
  ]);
  expect(await planOf(withCollation("utf8mb4_0900_bin"))).toEqual({
    steps: [],
    refusals: [],
    leftovers: [],
    doubts: [],
  });
});

test("tables are told apart by capitals only where the server does", () => {
  const rows = (folding: number) => [{ name: "Hero", folding }];
  expect(rowOfTable(rows(0), "hero")).toBeUndefined();
  expect(rowOfTable(rows(1), "hero")).toBeDefined();
  expect(rowOfTable(rows(2), "hero")).toBeDefined();
});
