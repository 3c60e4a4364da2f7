import type { TableLayout } from "../table-layout.ts";
import type { FoundIndex, FoundTable } from "./found-table.ts";

/** Runs a query on a SQLite file. Returns rows as arrays of values. */
export type SqliteQuery = (text: string, values: readonly string[]) => readonly (readonly unknown[])[];

/** Describes the tables that a SQLite file has under these names; missing tables are left out. */
export function findInSqlite(
  query: SqliteQuery,
  tables: readonly TableLayout[],
): Map<TableLayout, FoundTable> {
  const library = versionNumber(String(query("SELECT sqlite_version()", [])[0]?.[0]));
  const found = new Map<TableLayout, FoundTable>();
  for (const table of tables) {
    const [there] = query(
      "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name = ? COLLATE NOCASE",
      [table.name],
    );
    if (there === undefined) continue;
    const [name, strict] = there;
    found.set(table, {
      ...shapeOf(query, String(name)),
      traits: { isStrict: Number(strict) === 1, library },
    });
  }
  return found;
}

/** Returns a function that tells whether a SQLite file has a table of a name. */
export function namesInSqlite(query: SqliteQuery): (name: string) => boolean {
  const rows = query("SELECT name FROM sqlite_schema WHERE type = 'table'", []);
  const names = new Set(rows.map(([name]) => String(name).toLowerCase()));
  return (name) => names.has(name.toLowerCase());
}

function shapeOf(query: SqliteQuery, table: string): Omit<FoundTable, "traits"> {
  const rows = query(
    'SELECT name, lower(type), "notnull", pk, dflt_value, hidden FROM pragma_table_xinfo(?)',
    [table],
  );
  const columns = rows.map(([name, type, notNull, pk, fallback, hidden]) => ({
    name: String(name),
    type: String(type),
    isNotNull: Number(notNull) !== 0,
    /** Position in the primary key from 1; 0 for other columns. */
    placeInKey: Number(pk),
    // Columns with a `hidden` value are hidden columns of virtual tables, or generated.
    hasDefault: fallback !== null || Number(hidden) !== 0,
  }));
  const key = columns
    .filter(({ placeInKey }) => placeInKey > 0)
    .sort((one, other) => one.placeInKey - other.placeInKey);
  // An integer column that alone is the key is SQLite's row id, which is never null, whatever was declared.
  const isRowNumber = key.length === 1 && key[0]!.type === "integer";
  const indexes = query(
    "SELECT name, \"unique\", partial FROM pragma_index_list(?) WHERE origin <> 'pk' ORDER BY name",
    [table],
  );
  return {
    columns: columns.map(({ name, type, isNotNull, placeInKey, hasDefault }) => ({
      name,
      type,
      nullable: !isNotNull && !(isRowNumber && placeInKey > 0),
      hasDefault,
    })),
    key: key.map(({ name }) => name),
    indexes: indexes.map(([name, unique, partial]) => ({
      name: String(name),
      columns: partsOf(query, String(name), Number(partial) !== 0),
      unique: Number(unique) === 1,
    })),
  };
}

function partsOf(query: SqliteQuery, index: string, isPartial: boolean): FoundIndex["columns"] {
  const parts = query("SELECT name, coll FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno", [index]);
  const columns = parts.map(([name, collation]) => {
    if (name === null) return "(expression)";
    return collation === "BINARY" ? String(name) : `${name} collate ${collation}`;
  });
  return isPartial ? [...columns, "(where)"] : columns;
}

/** Converts "3.53.4" to 3053004. */
function versionNumber(text: string): number {
  const [major = 0, minor = 0, patch = 0] = text.split(".").map(Number);
  return major * 1_000_000 + minor * 1_000 + patch;
}
