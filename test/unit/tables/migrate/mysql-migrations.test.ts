import { expect, test } from "vitest";
import { mysqlDialect, mysqlType } from "../../../../runtime/tables/migrate/mysql-dialect.ts";
import { foundOf, linesOf, planBetween, tableOf } from "./found-tables.ts";

const id = "uint64 id = 1 [(photinus.column) = { primary_key: true }];";

test("types are read as the generated statements write them", () => {
  expect(mysqlType("bigint(20) unsigned", null)).toBe("bigint unsigned");
  expect(mysqlType("int(11)", null)).toBe("int");
  expect(mysqlType("TINYINT(1)", null)).toBe("tinyint");
  expect(mysqlType("varchar(32)", "utf8mb4_bin")).toBe("varchar(32)");
  expect(mysqlType("varchar(32)", "latin1_swedish_ci")).toBe("varchar(32) collate latin1_swedish_ci");
  expect(mysqlType("int(10) unsigned zerofill", null)).toBe("int unsigned zerofill");
});

test.each([
  ["int", "bigint"],
  ["tinyint", "int"],
  ["int unsigned", "bigint"],
  ["int unsigned", "bigint unsigned"],
  ["float", "double"],
  ["varchar(32)", "varchar(64)"],
  ["varchar(32)", "varbinary(128)"],
  ["varchar(255)", "text"],
  ["text", "mediumtext"],
  ["text", "blob"],
  ["varbinary(16)", "blob"],
  ["blob", "mediumblob"],
])("%s fits into %s, and not the other way round", (narrow, wide) => {
  expect(mysqlDialect.isWider(narrow, wide)).toBe(true);
  expect(mysqlDialect.isWider(wide, narrow)).toBe(false);
});

test.each([
  ["int", "int unsigned"],
  ["int unsigned", "int"],
  ["bigint unsigned", "bigint"],
  ["bigint", "double"],
  ["int", "varchar(20)"],
  ["varchar(33)", "varbinary(128)"],
  ["varbinary(128)", "varchar(128)"],
  ["text", "varchar(255)"],
  ["decimal(10,2)", "bigint"],
  ["decimal(10,2)", "double"],
  ["char(4)", "varchar(4)"],
  ["datetime", "bigint"],
  ["enum('a')", "varchar(10)"],
  ["double", "float"],
  ["double unsigned", "double"],
  ["int unsigned zerofill", "bigint unsigned"],
  ["varchar(8) collate latin1_swedish_ci", "varchar(16)"],
  ["json", "longtext"],
  ["", "int"],
])("%s does not fit into %s", (found, wanted) => {
  expect(mysqlDialect.isWider(found, wanted)).toBe(false);
});

test("a text that gets longer is widened, and one that gets shorter is refused", async () => {
  const name = (length: number) =>
    tableOf(`${id} string name = 2 [(photinus.column) = { max_length: ${length} }];`);
  const [short, long] = [await name(32), await name(64)];
  expect(linesOf(planBetween(short, long, mysqlDialect))).toEqual([
    "+ widen the column name from varchar(32) not null to varchar(64) not null: ALTER TABLE `hero` MODIFY COLUMN `name` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ''",
  ]);
  expect(linesOf(planBetween(long, short, mysqlDialect))).toEqual([
    "! the column name is varchar(64) not null; the schema has varchar(32) not null: ALTER TABLE `hero` MODIFY COLUMN `name` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ''",
  ]);
});

test("a text that gets an index is kept as bytes from then on", async () => {
  const before = await tableOf(`${id} string name = 2 [(photinus.column) = { max_length: 32 }];`);
  const after = await tableOf(`${id} string name = 2 [(photinus.column) = { max_length: 32 unique: true }];`);
  const { steps, refusals } = planBetween(before, after, mysqlDialect);
  expect(refusals).toEqual([]);
  expect(steps.map(({ sql }) => sql[0])).toEqual([
    "ALTER TABLE `hero` MODIFY COLUMN `name` varbinary(128) NOT NULL DEFAULT ''",
    "ALTER TABLE `hero` ADD UNIQUE KEY `name` (`name`)",
  ]);
  // Two texts that differ in trailing spaces are not the same text.
  expect(steps[1]?.obstacle?.query).toContain("GROUP BY CAST(`name` AS BINARY)");
});

test("a text that loses its index, and a long one that gets one, are kept otherwise if every value can be", async () => {
  const name = (options: string) =>
    tableOf(
      `${id} string name = 2 [(photinus.column) = { ${options} }]; bytes seal = 3 [(photinus.column) = { ${options} }];`,
    );
  const [plain, indexed] = [await name("max_length: 300"), await name("max_length: 300 index: true")];
  const there = planBetween(plain, indexed, mysqlDialect);
  expect(there.refusals).toEqual([]);
  expect(there.steps.map(({ change, obstacle }) => [change, obstacle?.query]).slice(0, 2)).toEqual([
    [
      "convert the column name from text not null to varbinary(1200) not null",
      "SELECT `name` FROM `hero` WHERE LENGTH(`name`) > 1200 LIMIT 1",
    ],
    [
      "convert the column seal from blob not null to varbinary(300) not null",
      "SELECT `seal` FROM `hero` WHERE LENGTH(`seal`) > 300 LIMIT 1",
    ],
  ]);
  // No index holds a text or blob of any length, so that it must be dropped first.
  const back = planBetween(indexed, plain, mysqlDialect);
  expect(back.steps).toEqual([]);
  expect(back.refusals.map(({ sql }) => sql[0])).toEqual([
    "ALTER TABLE `hero` DROP INDEX `name`",
    "ALTER TABLE `hero` DROP INDEX `seal`",
  ]);
  const [short, keyed] = [await name("max_length: 40"), await name("max_length: 40 index: true")];
  const { steps, refusals, leftovers } = planBetween(keyed, short, mysqlDialect);
  expect(refusals).toEqual([]);
  expect(steps.map(({ change, obstacle }) => [change, obstacle?.query])).toEqual([
    [
      "convert the column name from varbinary(160) not null to varchar(40) not null",
      "SELECT `name` FROM `hero` WHERE NOT (CONVERT(CONVERT(`name` USING utf8mb4) USING binary) <=> `name`) OR CHAR_LENGTH(CONVERT(`name` USING utf8mb4)) > 40 LIMIT 1",
    ],
  ]);
  expect(leftovers).toHaveLength(2);
  // A shorter text is narrower, whatever it is kept as.
  const shorter = planBetween(keyed, await name("max_length: 39"), mysqlDialect);
  expect(shorter.steps).toEqual([]);
  expect(shorter.refusals).toHaveLength(2);
});

test("nulls that may not be are filled before a person narrows the column", async () => {
  const before = await tableOf(`${id} optional string note = 2 [(photinus.column) = { max_length: 1000 }];`);
  const after = await tableOf(`${id} string note = 2 [(photinus.column) = { max_length: 1000 }];`);
  expect(planBetween(before, after, mysqlDialect).refusals[0]?.sql).toEqual([
    "UPDATE `hero` SET `note` = ('') WHERE `note` IS NULL",
    "ALTER TABLE `hero` MODIFY COLUMN `note` text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('')",
  ]);
});

test("a table of an engine without transactions is refused, and one of another collation gets ours for new columns", async () => {
  const table = await tableOf(id);
  const found = {
    ...foundOf(table, mysqlDialect),
    traits: { engine: "MyISAM", collation: "latin1_swedish_ci" },
  };
  expect(linesOf(planBetween(found, table, mysqlDialect))).toEqual([
    "+ change the default collation from latin1_swedish_ci to utf8mb4_bin: ALTER TABLE `hero` DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    "! the engine is MyISAM, which may lose committed changes; expected InnoDB: ALTER TABLE `hero` ENGINE=InnoDB",
  ]);
});
