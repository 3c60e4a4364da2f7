import { fail } from "../../../schema/errors.ts";
import { integerRangeOf } from "../columns/integer-range.ts";
import type { TableLayout } from "../table-layout.ts";
import type { Increment } from "../table-store.ts";

/** What a sum must not leave. */
export interface Bounds<N extends number | bigint> {
  /** Default: the least that the column holds. */
  readonly min?: N;
  /** Default: the most that the column holds. */
  readonly max?: N;
}

/**
 * An increment as stores take it, from the numbers of a caller. Throws INVALID_ARGUMENT for a column without numbers and
 * for a number of the wrong type.
 */
export function incrementOf(
  table: TableLayout,
  column: number,
  delta: number | bigint,
  { min, max }: Bounds<number | bigint>,
): Increment {
  const { property, kind, nullable, asNumber = false } = table.columns[column]!;
  const place = `${table.name}.${property}`;
  const range = integerRangeOf(kind);
  const isReal = kind === "double" || kind === "float";
  if (nullable || (range === undefined && !isReal)) {
    throw fail(
      "INVALID_ARGUMENT",
      `${place} cannot be counted: it is ${nullable ? "optional" : `a ${kind}`}`,
    );
  }
  const isBig = kind === "int64" || kind === "uint64";
  const take = (value: number | bigint, what: string): number | bigint => {
    const isExact =
      typeof value === "number" && (isReal ? Number.isFinite(value) : Number.isSafeInteger(value));
    const isRight = isBig && !asNumber ? typeof value === "bigint" : isExact;
    if (!isRight) {
      const type = isBig && !asNumber ? "a bigint" : isReal ? "a finite number" : "a whole number";
      throw fail("INVALID_ARGUMENT", `the ${what} of ${place} must be ${type}`);
    }
    return isBig ? BigInt(value) : value;
  };
  const safe = BigInt(Number.MAX_SAFE_INTEGER);
  const least = min === undefined ? (asNumber && kind === "int64" ? -safe : undefined) : take(min, "least");
  const most = max === undefined ? (asNumber ? safe : undefined) : take(max, "most");
  return {
    column,
    delta: take(delta, "change"),
    ...(least === undefined ? {} : { min: least }),
    ...(most === undefined ? {} : { max: most }),
  };
}
