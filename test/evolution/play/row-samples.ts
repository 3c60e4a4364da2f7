import { propertyName } from "../../../codegen/typescript/naming.ts";
import type { Field, Message, ScalarType, Schema } from "../../../schema/model.ts";
import { sampleCount, sampleMessage } from "./samples.ts";

/**
 * Rows of a table: ordinary ones, extremes, and defaults. Keys and unique columns differ in each row; values of other columns occur
 * twice, so that an index that becomes unique finds them.
 */
export function rowSamples(schema: Schema, message: Message): Record<string, unknown>[] {
  return Array.from({ length: sampleCount }, (_none, turn) => {
    const row = sampleMessage(schema, message.fullName, turn, 0);
    for (const field of message.fields) {
      const property = propertyName(field.name);
      if (isDistinct(message, field)) row[property] = distinct(field, turn);
      else if (field.column?.foreignKey !== undefined) row[property] = 1n;
      else if (property in row) row[property] = clipped(row[property], field.column?.maxLength);
    }
    return row;
  });
}

function isDistinct({ table }: Message, { name, column }: Field): boolean {
  const isUnique = table?.indexes.some((index) => index.unique && index.columns.includes(name)) ?? false;
  return column?.primaryKey === true || column?.unique === true || isUnique;
}

function distinct({ type, column, jsNumber }: Field, turn: number): unknown {
  if (type.kind !== "scalar") throw new Error("keys and unique columns of the corpus are scalars");
  // Every second text is as long as its column allows.
  if (type.scalar === "string")
    return `row ${turn}`.padEnd(turn % 2 === 0 ? 0 : (column?.maxLength ?? 0), "x");
  const isLast = turn === sampleCount - 1 && column?.autoIncrement !== true;
  const number = isLast ? (largest[type.scalar] ?? BigInt(turn + 1)) : BigInt(turn + 1);
  if (jsNumber) return Math.min(Number(number), Number.MAX_SAFE_INTEGER);
  return /64$/.test(type.scalar) ? number : Number(number);
}

/** Largest values of whole numbers; keys that the database numbers stay small. */
const largest: Readonly<Partial<Record<ScalarType, bigint>>> = {
  int32: 2n ** 31n - 1n,
  sint32: 2n ** 31n - 1n,
  sfixed32: 2n ** 31n - 1n,
  uint32: 2n ** 32n - 1n,
  fixed32: 2n ** 32n - 1n,
  int64: 2n ** 63n - 1n,
  sint64: 2n ** 63n - 1n,
  sfixed64: 2n ** 63n - 1n,
  uint64: 2n ** 64n - 1n,
  fixed64: 2n ** 64n - 1n,
};

function clipped(value: unknown, length: number | undefined): unknown {
  if (length === undefined || !(typeof value === "string" || value instanceof Uint8Array)) return value;
  return value.slice(0, length);
}
