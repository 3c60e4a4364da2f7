import { storedWhole } from "../columns/integer-range.ts";
import type { ColumnKind, ColumnValue, TableLayout } from "../table-layout.ts";
import type { StoredRow } from "../table-store.ts";
import type { SqliteValue } from "./sqlite-connection.ts";

/** Converts a column value for SQLite. Its integers are signed, so a uint64 is stored as the int64 with the same bits. */
export function toSqlite(kind: ColumnKind, value: ColumnValue): SqliteValue {
  if (typeof value === "boolean") return value ? 1 : 0;
  return kind === "uint64" && typeof value === "bigint" ? BigInt.asIntN(64, value) : value;
}

/** Converts a value of SQLite to a column value, the inverse of {@link toSqlite}. */
export function fromSqlite(kind: ColumnKind, value: SqliteValue): ColumnValue {
  if (typeof value !== "bigint") return value;
  switch (kind) {
    case "uint64":
      return BigInt.asUintN(64, value);
    case "bool":
      return value !== 0n;
    case "int64":
    case "timestamp":
      return value;
    case "int32":
    case "uint32":
      return storedWhole(kind, value);
    default:
      return Number(value);
  }
}

/** Parameters of a statement for values of some columns. */
export function bind(
  table: TableLayout,
  columns: readonly number[],
  values: readonly ColumnValue[],
): SqliteValue[] {
  return columns.map((column, at) => toSqlite(table.columns[column]!.kind, values[at] ?? null));
}

/** Parameters of a statement for a row: all columns, then the version. */
export function bindRow(table: TableLayout, { values, version }: StoredRow): SqliteValue[] {
  const bound = table.columns.map(({ kind }, at) => toSqlite(kind, values[at] ?? null));
  bound.push(version);
  return bound;
}

/** Row of a SELECT result: the version, then all columns. */
export function storedRow(table: TableLayout, row: readonly SqliteValue[]): StoredRow {
  const values = table.columns.map(({ kind }, at) => fromSqlite(kind, row[at + 1] ?? null));
  return { version: Number(row[0]), values };
}
