import { expect, test } from "vitest";
import { defineTable } from "../../../../runtime/tables/handle/define-table.ts";
import type { TableDescriptor } from "../../../../runtime/tables/table-layout.ts";
import { Everything, Star } from "../../../conformance/tables/fixtures/server/tables.messages.ts";
import * as fixtures from "../../../conformance/tables/fixtures/server/tables.tables.ts";

const { everythingTable, heroTable, itemTable, starTable, ticketTable } = fixtures;
const tables = Object.values(fixtures as Readonly<Record<string, unknown>>).filter(isTable);

function isTable(value: unknown): value is TableDescriptor<object, unknown> {
  return typeof value === "object" && value !== null && "valuesOf" in value;
}

const everything = Everything.create({
  id: -7n,
  aDouble: 1.5,
  aString: "héllo",
  someBytes: new Uint8Array([1, 2]),
  aNumber: 12,
  aTime: { seconds: 5n, nanos: 7000 },
  aPlace: { x: 1, y: 2, name: "here" },
  someStrings: ["a", "b"],
  aMap: new Map([["a", 1n]]),
  choice: { case: "aWord", value: "word" },
  maybeInt32: 3,
  maybeNumber: 4,
});

test("a property alone becomes the value that it becomes in a whole row", () => {
  expect(tables.length).toBeGreaterThan(8);
  for (const table of tables) {
    const filled = table.name === everythingTable.name ? [everything] : [];
    for (const row of [table.newRow(), ...filled]) {
      const each = table.columns.map(({ property }, at) => table.valueOf(at, Reflect.get(row, property)));
      expect(each, table.name).toEqual(table.valuesOf(row));
    }
  }
});

test("a key becomes its values and a key again, of one column or several", () => {
  for (const table of tables) {
    const key = table.keyOf(table.newRow());
    expect(table.keyFrom(table.keyValues(key)), table.name).toEqual(key);
    expect(table.keyValues(key)).toEqual(table.key.map((at) => table.valuesOf(table.newRow())[at]));
  }
  expect(itemTable.keyValues({ hero: 5n, slot: 2 })).toEqual([5n, 2]);
  expect(itemTable.keyFrom([5n, 2])).toEqual({ hero: 5n, slot: 2 });
  expect(ticketTable.keyValues(5)).toEqual([5n]);
  expect(ticketTable.keyFrom([5n])).toBe(5);
});

test("values of an index come in its order, null for what is undefined", () => {
  const at = heroTable.indexes.findIndex(({ property }) => property === "guildLevel");
  expect(heroTable.indexValues(at, { level: 3, guild: 4n })).toEqual([4n, 3]);
  expect(heroTable.indexValues(at, { level: 3, guild: undefined })).toEqual([null, 3]);
});

test("a column, an index or a value that cannot be is refused", () => {
  expect(() => heroTable.valueOf(99, 1)).toThrow("unknown column index 99 of the table hero");
  expect(() => heroTable.indexValues(99, 1)).toThrow("unknown index 99");
  expect(() => heroTable.keyValues(-1n)).toThrow("hero.id is out of range");
  expect(() => heroTable.valueOf(1, "x".repeat(41))).toThrow(
    "hero.name has 41 characters; expected at most 40",
  );
});

test("what a definition leaves out has its default, and the SQL of a database is made when it is asked for", () => {
  const column = {
    property: "id",
    field: "1",
    name: "id",
    kind: "uint64",
    mysql: "bigint unsigned",
  } as const;
  const table = defineTable<fixtures.StarTable>({
    name: "star",
    ttlMs: 1000,
    columns: [column],
    key: [0],
    message: Star,
    entity: starTable.entity,
    valuesOf: starTable.valuesOf,
    rowOf: starTable.rowOf,
  });
  expect(table).toMatchObject({
    database: "main",
    durability: "write-behind",
    autoIncrement: -1,
    indexes: [],
    retired: [],
    columns: [{ ...column, nullable: false, maxLength: 0, asNumber: false, former: [] }],
  });
  expect(table.sqlite).toBe(table.sqlite);
  expect(table.mysql.selectOne).toBe("SELECT `_version`, `id` FROM `star` WHERE `id` = ?");
});
