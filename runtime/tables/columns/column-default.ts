import type { ColumnDescriptor, ColumnValue } from "../table-layout.ts";

/**
 * The value of a column in a row that was stored before the column was there: null where it may be, else the default of
 * the field's type, which is also what a migration gives such rows.
 */
export function zeroOf({ kind, nullable }: ColumnDescriptor): ColumnValue {
  if (nullable) return null;
  switch (kind) {
    case "string":
      return "";
    case "bytes":
    case "message":
      return new Uint8Array(0);
    case "bool":
      return false;
    case "int64":
    case "uint64":
    case "timestamp":
      return 0n;
    default:
      return 0;
  }
}
