import { fail, type PhotinusError } from "../../../schema/errors.ts";
import type { ColumnValue, TableLayout } from "../table-layout.ts";
import type { Increment } from "../table-store.ts";
import { beyondColumn, integerRangeOf, isPresentable } from "./integer-range.ts";

/**
 * Applies an increment to a column's value. Throws OUT_OF_RANGE when the sum is beyond the bounds or the column's range,
 * INVALID_ARGUMENT when the value is not a number of the delta's type.
 */
export function sumOf(table: TableLayout, increment: Increment, value: ColumnValue): bigint | number {
  const { delta, min, max } = increment;
  const column = table.columns[increment.column]!;
  const { kind, property } = column;
  if (!isPresentable(column, value)) throw beyondColumn(table, increment.column);
  const sum = add(kind === "float", value, delta);
  if (sum === undefined) {
    const place = `${table.name}.${property}`;
    throw fail("INVALID_ARGUMENT", `${place} is not a column that a ${typeof delta} can be added to`);
  }
  const range = integerRangeOf(kind);
  const isHeld = range === undefined ? Number.isFinite(sum) : sum >= range.least && sum <= range.most;
  if (isHeld && (min === undefined || sum >= min) && (max === undefined || sum <= max)) return sum;
  throw outOfRange(table, increment);
}

/** Error of an increment whose sum is beyond its bounds or the column's range. */
export function outOfRange(table: TableLayout, { column, min, max }: Increment): PhotinusError {
  const { kind, property } = table.columns[column]!;
  const range = integerRangeOf(kind);
  const least = min !== undefined && (range === undefined || min >= range.least) ? min : range?.least;
  const most = max !== undefined && (range === undefined || max <= range.most) ? max : range?.most;
  const bounds = [
    ...(least === undefined ? [] : [`at least ${least}`]),
    ...(most === undefined ? [] : [`at most ${most}`]),
  ];
  const told = bounds.length === 0 ? "" : `: ${bounds.join(", ")}`;
  return fail("OUT_OF_RANGE", `${table.name}.${property} would leave its bounds${told}`);
}

function add(isSingle: boolean, value: ColumnValue, delta: bigint | number): bigint | number | undefined {
  if (typeof value === "bigint" && typeof delta === "bigint") return value + delta;
  if (typeof value !== "number" || typeof delta !== "number") return undefined;
  // Negative zero becomes zero, as in every column.
  return (isSingle ? Math.fround(value + delta) : value + delta) + 0;
}
