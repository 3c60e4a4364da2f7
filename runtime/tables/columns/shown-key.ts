import type { ColumnValue, TableLayout } from "../table-layout.ts";

/**
 * Formats the key of a row for logs and displays: values joined by ", ", bytes in hexadecimal. A value of a PERSONAL or SECRET
 * column is replaced by "(personal)" or "(secret)".
 */
export function shownKey({ key, columns }: TableLayout, values: readonly ColumnValue[]): string {
  return key
    .map((column, at) => {
      const { dataClass = "PLAIN" } = columns[column]!;
      return dataClass === "PLAIN" ? readable(values[at] ?? null) : `(${dataClass.toLowerCase()})`;
    })
    .join(", ");
}

function readable(value: ColumnValue): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value);
}
