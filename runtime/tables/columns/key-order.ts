import type { ColumnKind, ColumnValue, TableLayout } from "../table-layout.ts";

/** Compares keys as databases do: numbers by value, texts and bytes by their bytes; the first difference decides. */
export function compareKeys(
  table: TableLayout,
  one: readonly ColumnValue[],
  other: readonly ColumnValue[],
): number {
  for (let at = 0; at < table.key.length; at++) {
    const order = compare(table.columns[table.key[at]!]!.kind, one[at] ?? null, other[at] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

/** Compares column values; bytes by content. */
export function isSameValue(one: ColumnValue, other: ColumnValue): boolean {
  return one instanceof Uint8Array && other instanceof Uint8Array
    ? Buffer.compare(one, other) === 0
    : one === other;
}

function compare(kind: ColumnKind, one: ColumnValue, other: ColumnValue): number {
  if (one === null || other === null) return Number(other === null) - Number(one === null);
  if (kind === "string") return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other);
  return one < other ? -1 : Number(one > other);
}
