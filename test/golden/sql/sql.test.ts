import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as duel from "../../../examples/duel/generated/server/duel/cards.tables.ts";
import * as meadow from "../../../generated/server/meadow/world.tables.ts";
import type { TableLayout, TableStatements } from "../../../runtime/tables/table-layout.ts";
import * as conformance from "../../conformance/tables/fixtures/server/tables.tables.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = fileURLToPath(new URL("./fixtures", import.meta.url));

/** Every statement that a table is created, read, written and migrated with. */
function linesOf(
  table: TableLayout,
  statements: TableStatements & { readonly updateOne?: string },
): string[] {
  const added = table.columns.flatMap((_column, at) => (table.key.includes(at) ? [] : [at]));
  return [
    ...statements.create,
    ...added.map((at) => statements.addColumn(at)),
    ...statements.createIndex,
    statements.selectOne,
    statements.selectMany(2),
    statements.selectFirst,
    statements.selectNext,
    ...statements.keysByIndex,
    statements.insertMany(1),
    statements.upsertMany(2),
    statements.deleteMany(2),
    ...(statements.updateOne === undefined ? [] : [statements.updateOne]),
    `-- ${statements.types.join(", ")}`,
  ];
}

function sqlOf(module: Readonly<Record<string, unknown>>): string {
  const tables = Object.values(module).filter(isTable);
  expect(tables.length).toBeGreaterThan(2);
  const parts = tables.flatMap((table) => [
    [`-- ${table.name}, MySQL`, ...linesOf(table, table.mysql)],
    [`-- ${table.name}, SQLite`, ...linesOf(table, table.sqlite)],
  ]);
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function isTable(value: unknown): value is TableLayout {
  return typeof value === "object" && value !== null && "columns" in value && "sqlite" in value;
}

/** Databases hold tables that were made by these texts, and servers have prepared them: a change is a migration. */
test.each(Object.entries({ duel, meadow, conformance }))(
  "the SQL of the tables of %s is as it was",
  async (name, module) => {
    await expect(sqlOf(module)).toMatchFileSnapshot(`${folder}/${name}.sql`);
  },
);

test("generated tables say each column once for each thing that is done with it, and hold no SQL", () => {
  const paths = globSync("{generated,examples/*/generated,test/*/tables/fixtures}/server/**/*.tables.ts", {
    cwd: root,
  });
  expect(paths.length).toBeGreaterThan(3);
  for (const path of paths) {
    const text = readFileSync(`${root}/${path}`, "utf8");
    expect(text, path).not.toMatch(/SELECT|INSERT|UPDATE|DELETE|ALTER|CREATE/);
    const columns = text.match(/^ {4}\{ property: /gm)?.length ?? 0;
    const tables = text.match(/ defineTable</g)?.length ?? 0;
    expect(text.split("\n").length, path).toBeLessThan(10 * columns + 50 * tables);
  }
});
