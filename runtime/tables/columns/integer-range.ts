import { fail, type PhotinusError } from "../../../schema/errors.ts";
import type { ColumnDescriptor, ColumnKind, ColumnValue, TableLayout } from "../table-layout.ts";

/** Range of an integer column, inclusive. */
export interface IntegerRange {
  /** Smallest number. */
  readonly least: bigint;
  /** Greatest number. */
  readonly most: bigint;
}

type IntegerKind = Extract<ColumnKind, "int32" | "uint32" | "int64" | "uint64">;

/** Ranges by kind of column. */
export const integerRanges: Readonly<Record<IntegerKind, IntegerRange>> = Object.freeze({
  int32: { least: -(2n ** 31n), most: 2n ** 31n - 1n },
  uint32: { least: 0n, most: 2n ** 32n - 1n },
  int64: { least: -(2n ** 63n), most: 2n ** 63n - 1n },
  uint64: { least: 0n, most: 2n ** 64n - 1n },
});

/** Range of an integer column; undefined for other columns. */
export function integerRangeOf(kind: ColumnKind): IntegerRange | undefined {
  return Object.hasOwn(integerRanges, kind) ? integerRanges[kind as IntegerKind] : undefined;
}

/**
 * Whether a 32-bit column holds the number. A process of a newer schema, in which the column is wider, may have stored a
 * number that it does not hold. Stores keep such a number as a bigint, which is exact and which no property of the column
 * can have.
 */
export function isHeld(kind: "int32" | "uint32", value: number | bigint): boolean {
  return kind === "int32"
    ? value >= -0x8000_0000 && value <= 0x7fff_ffff
    : value >= 0 && value <= 0xffff_ffff;
}

/** Stored number of a 32-bit column: a number if the column holds it, else a bigint. */
export function storedWhole(kind: "int32" | "uint32", value: number | bigint | string): number | bigint {
  const number = Number(value);
  return isHeld(kind, number) ? number : BigInt(value);
}

const mostSafe = BigInt(Number.MAX_SAFE_INTEGER);

/** Whether a column's property can represent the stored value. */
export function isPresentable({ kind, asNumber = false }: ColumnDescriptor, value: ColumnValue): boolean {
  if (typeof value !== "bigint") return true;
  if (asNumber) return value <= mostSafe && value >= -mostSafe;
  return kind !== "int32" && kind !== "uint32";
}

/** Error of a value that a process of a newer schema stored and that this schema's column cannot hold. */
export function beyondColumn(table: TableLayout, column: number): PhotinusError {
  const { property, kind, asNumber = false } = table.columns[column]!;
  const type = asNumber ? `the exact integers of a number (${kind})` : kind;
  return fail(
    "OUT_OF_RANGE",
    `${table.name}.${property} has a value beyond ${type}; a process of a newer schema wrote it`,
  );
}
