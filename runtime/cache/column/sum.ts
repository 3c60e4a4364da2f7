import { fail } from "../../../schema/errors.ts";
import type { ColumnValue, TableLayout } from "../descriptor.ts";
import type { Increment } from "../store.ts";
import { integerRangeOf } from "./range.ts";

/**
 * What an increment makes of a column's value. Throws OUT_OF_RANGE when that leaves the bounds or what the column holds,
 * INVALID_ARGUMENT when there is no number to add to.
 */
export function sumOf(table: TableLayout, increment: Increment, value: ColumnValue): bigint | number {
  const { column, delta, min, max } = increment;
  const { kind, property } = table.columns[column]!;
  const place = `${table.name}.${property}`;
  const sum = add(kind === "float", value, delta);
  if (sum === undefined)
    throw fail("INVALID_ARGUMENT", `${place} has no number that ${typeof delta} can be added to`);
  const range = integerRangeOf(kind);
  const isHeld = range === undefined ? Number.isFinite(sum) : sum >= range.least && sum <= range.most;
  if (isHeld && (min === undefined || sum >= min) && (max === undefined || sum <= max)) return sum;
  throw fail("OUT_OF_RANGE", `${place} would leave its bounds`);
}

function add(isSingle: boolean, value: ColumnValue, delta: bigint | number): bigint | number | undefined {
  if (typeof value === "bigint" && typeof delta === "bigint") return value + delta;
  if (typeof value !== "number" || typeof delta !== "number") return undefined;
  // Negative zero becomes zero, as in every column.
  return (isSingle ? Math.fround(value + delta) : value + delta) + 0;
}
