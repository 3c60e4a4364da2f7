import type { TableLayout } from "../table-layout.ts";
import type { FoundIndex, FoundTable } from "./found-table.ts";

/** Asks a SQLite file: the rows, each with its values in order. */
export type SqliteQuery = (text: string, values: readonly string[]) => readonly (readonly unknown[])[];

/** What a SQLite file has under the names of these tables; those that are not there are left out. */
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

/** Tells whether a SQLite file has a table of a name. */
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
    /** From 1 on; 0 outside of the key. */
    placeInKey: Number(pk),
    // What is not plain is hidden in a virtual table, or generated.
    hasDefault: fallback !== null || Number(hidden) !== 0,
  }));
  const key = columns
    .filter(({ placeInKey }) => placeInKey > 0)
    .sort((one, other) => one.placeInKey - other.placeInKey);
  // An integer that alone is the key is the number of the row: it is never null, whatever was declared.
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

/** 3053004 of "3.53.4". */
function versionNumber(text: string): number {
  const [major = 0, minor = 0, patch = 0] = text.split(".").map(Number);
  return major * 1_000_000 + minor * 1_000 + patch;
}
