import { fail } from "../../../schema/errors.ts";
import { versionColumn } from "../sql/table-statements.ts";
import type { ColumnDescriptor, TableLayout } from "../table-layout.ts";
import type { FoundColumn, FoundIndex, FoundTable } from "./found-table.ts";
import { type Dialect, isSameName, type Refusal, rebuildStart, type Step } from "./migration-step.ts";
import { formerNamesOf } from "./renamed-tables.ts";

/** First version of SQLite that can drop a column's NOT NULL: 3.53.0. */
const dropsNotNullFrom = 3_053_000;

/** Dialect of SQLite. Its few types have no length, so no column needs widening. */
export const sqliteDialect: Dialect = Object.freeze({
  name: "SQLite",
  statements: (table: TableLayout) => table.sqlite,
  quote,
  indexName: (table: TableLayout, index: { readonly name: string }) => `${table.name}.${index.name}`,
  addVersion: (table: TableLayout) =>
    `ALTER TABLE ${quote(table.name)} ADD COLUMN ${quote(versionColumn)} integer NOT NULL DEFAULT 1`,
  compared: ({ name }: ColumnDescriptor) => quote(name),
  isWider: () => false,
  keptOtherwise: () => undefined,
  changeColumn(table: TableLayout, at: number, { traits }: FoundTable) {
    if ((traits.library ?? 0) < dropsNotNullFrom) return undefined;
    const column = quote(table.columns[at]!.name);
    return [`ALTER TABLE ${quote(table.name)} ALTER COLUMN ${column} DROP NOT NULL`];
  },
  forceColumn: (table: TableLayout, _at: number, _column: FoundColumn, found: FoundTable) =>
    rebuild(table, found),
  forceKey: rebuild,
  dropIndex,
  // Index names are global to the file: the indexes of a renamed table would collide with those of a new table of the former
  // name.
  renameIndex(table: TableLayout, at: number, index: FoundIndex) {
    const isFormer = formerNamesOf(table).some((name) =>
      isSameName(index.name.slice(0, name.length + 1), `${name}.`),
    );
    if (!isFormer) return undefined;
    return [`DROP INDEX IF EXISTS ${quote(index.name)}`, table.sqlite.createIndex[at]!];
  },
  replaceIndex: (table: TableLayout, at: number, index: FoundIndex, found: FoundTable) =>
    isOfTable(index)
      ? rebuild(table, found)
      : [...dropIndex(table, index, found), table.sqlite.createIndex[at]!],
  dropColumn(table: TableLayout, name: string, found: FoundTable) {
    // SQLite refuses to drop a column that an index uses.
    const over = found.indexes.filter(({ columns }) => columns.some((column) => isSameName(column, name)));
    if (over.some(isOfTable)) return rebuild(table, found);
    return [
      ...over.flatMap((index) => dropIndex(table, index, found)),
      `ALTER TABLE ${quote(table.name)} DROP COLUMN ${quote(name)}`,
    ];
  },
  examine(table: TableLayout, found: FoundTable): (Step | Refusal)[] {
    if (found.traits.isStrict !== false) return [];
    const reason = "the table is not STRICT, so its columns can hold values of any type";
    return [{ database: table.database, table: table.name, reason, sql: rebuild(table, found) }];
  },
});

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Whether an index is part of the table's definition and cannot be dropped. */
function isOfTable({ name }: FoundIndex): boolean {
  return name.startsWith("sqlite_autoindex_");
}

function dropIndex(table: TableLayout, index: FoundIndex, found: FoundTable): readonly string[] {
  return isOfTable(index) ? rebuild(table, found) : [`DROP INDEX IF EXISTS ${quote(index.name)}`];
}

/** Statements for changes that ALTER TABLE cannot make in SQLite: a new table takes the rows and the name of the old one. */
function rebuild(table: TableLayout, found: FoundTable): string[] {
  const name = quote(table.name);
  const next = quote(`${table.name}_next`);
  const start = `CREATE TABLE IF NOT EXISTS ${name} `;
  const create = table.sqlite.create[0]!;
  if (!create.startsWith(start)) throw fail("INTERNAL", `not a statement that creates a table: ${create}`);
  const wanted = [...table.columns.map((column) => column.name), versionColumn];
  const kept = wanted.filter((column) => found.columns.some((one) => isSameName(one.name, column)));
  const values = kept.map((column) => copied(table, column, found));
  return [
    rebuildStart,
    `CREATE TABLE ${next} ${create.slice(start.length)}`,
    `INSERT INTO ${next} (${kept.map(quote).join(", ")}) SELECT ${values.join(", ")} FROM ${name}`,
    `DROP TABLE ${name}`,
    `ALTER TABLE ${next} RENAME TO ${name}`,
    ...table.sqlite.createIndex,
    "COMMIT",
  ];
}

/**
 * Expression for a column of the rebuilt table: a value of another type is cast, and a null in a NOT NULL column becomes the
 * type's zero.
 */
function copied(table: TableLayout, name: string, found: FoundTable): string {
  const at = table.columns.findIndex((column) => isSameName(column.name, name));
  const there = found.columns.find((column) => isSameName(column.name, name))!;
  const type = at < 0 ? "integer" : table.sqlite.types[at]!;
  const isSame = there.type === type && found.traits.isStrict !== false;
  const value = isSame ? quote(name) : `CAST(${quote(name)} AS ${type})`;
  const nullable = at >= 0 && table.columns[at]!.nullable;
  if (nullable || !there.nullable) return value;
  return `COALESCE(${value}, ${at < 0 ? "1" : (zeros[type] ?? "0")})`;
}

const zeros: Readonly<Record<string, string>> = { text: "''", blob: "x''" };
