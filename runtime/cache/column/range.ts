import type { ColumnKind } from "../descriptor.ts";

/** Which whole numbers a column holds. */
export interface IntegerRange {
  readonly least: bigint;
  readonly most: bigint;
}

type IntegerKind = Extract<ColumnKind, "int32" | "uint32" | "int64" | "uint64">;

/** By kind of column. */
export const integerRanges: Readonly<Record<IntegerKind, IntegerRange>> = Object.freeze({
  int32: { least: -(2n ** 31n), most: 2n ** 31n - 1n },
  uint32: { least: 0n, most: 2n ** 32n - 1n },
  int64: { least: -(2n ** 63n), most: 2n ** 63n - 1n },
  uint64: { least: 0n, most: 2n ** 64n - 1n },
});

/** What a column of whole numbers holds; undefined for other columns. */
export function integerRangeOf(kind: ColumnKind): IntegerRange | undefined {
  return Object.hasOwn(integerRanges, kind) ? integerRanges[kind as IntegerKind] : undefined;
}
