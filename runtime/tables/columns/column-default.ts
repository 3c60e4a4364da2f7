import type { ColumnDescriptor, ColumnValue } from "../table-layout.ts";

/**
 * Value of a column in rows stored before the column existed: null if nullable, else the default of the field's type. A
 * migration fills existing rows with the same value.
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
