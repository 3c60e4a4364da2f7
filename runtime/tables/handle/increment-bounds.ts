import { fail } from "../../../schema/errors.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { object, optional, type Rule, type RulesOf } from "../../options/option-rules.ts";
import { integerRangeOf } from "../columns/integer-range.ts";
import type { TableLayout } from "../table-layout.ts";
import type { Increment } from "../table-store.ts";

/** Bounds of a sum. */
export interface Bounds<N extends number | bigint> {
  /** Minimum of the sum. Default: the column's minimum. */
  readonly min?: N;
  /** Maximum of the sum. Default: the column's maximum. */
  readonly max?: N;
}

/** Rule of a bound. The type that a column needs is checked by {@link incrementOf}. */
const bound: Rule<number | bigint> = Object.freeze({
  kind: "number",
  expected: "a finite number or a bigint",
  least: Number.NEGATIVE_INFINITY,
  most: Number.POSITIVE_INFINITY,
  accepts: (value: unknown) => typeof value === "bigint" || Number.isFinite(value),
});

/** Rule of {@link Bounds}. */
export const boundsRule = object({
  min: optional(bound),
  max: optional(bound),
} satisfies RulesOf<Bounds<number | bigint>>);

const unbounded: Bounds<number | bigint> = Object.freeze({});

/**
 * Converts a caller's numbers to an {@link Increment}. Throws INVALID_ARGUMENT for a column that is not a required number,
 * for a number of the wrong type, and for unknown bounds.
 */
export function incrementOf(
  table: TableLayout,
  column: number,
  delta: number | bigint,
  bounds: Bounds<number | bigint> | undefined,
): Increment {
  const { property, kind, nullable, asNumber = false } = table.columns[column]!;
  const place = `${table.name}.${property}`;
  const range = integerRangeOf(kind);
  const isReal = kind === "double" || kind === "float";
  if (nullable || (range === undefined && !isReal)) {
    throw fail(
      "INVALID_ARGUMENT",
      `${place} is ${nullable ? "optional" : `a ${kind}`}; expected a required number`,
    );
  }
  const { min, max } =
    bounds === undefined ? unbounded : resolveOptions(`increment of ${place}`, boundsRule, bounds);
  const isBig = kind === "int64" || kind === "uint64";
  const take = (value: number | bigint, what: string): number | bigint => {
    const isExact =
      typeof value === "number" && (isReal ? Number.isFinite(value) : Number.isSafeInteger(value));
    const isRight = isBig && !asNumber ? typeof value === "bigint" : isExact;
    if (!isRight) {
      const type = isBig && !asNumber ? "a bigint" : isReal ? "a finite number" : "a whole number";
      throw fail("INVALID_ARGUMENT", `invalid ${what} of ${place}; expected ${type}`);
    }
    return isBig ? BigInt(value) : value;
  };
  const safe = BigInt(Number.MAX_SAFE_INTEGER);
  const least = min === undefined ? (asNumber && kind === "int64" ? -safe : undefined) : take(min, "minimum");
  const most = max === undefined ? (asNumber ? safe : undefined) : take(max, "maximum");
  return {
    column,
    delta: take(delta, "delta"),
    ...(least === undefined ? {} : { min: least }),
    ...(most === undefined ? {} : { max: most }),
  };
}
