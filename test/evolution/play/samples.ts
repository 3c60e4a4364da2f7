import { propertyName } from "../../../codegen/typescript/naming.ts";
import type { BodyType, Field, FieldType, ScalarType, Schema } from "../../../schema/model.ts";
import { enumOf, messageOf } from "./lookup.ts";

/** Number of samples of each message: ordinary values first, then the extremes and the defaults. */
export const sampleCount = 8;

/** Message or bytes in the form that generated code takes and gives. */
export type Body = Readonly<Record<string, unknown>> | Uint8Array;

const text = "Grüße, 蛍";
const longText = "x".repeat(2_000);

/**
 * Values of each scalar type: two ordinary ones, then both extremes. The third text has several bytes in a character; the second
 * bytes are not UTF-8.
 */
const scalars: Readonly<Record<ScalarType, readonly unknown[]>> = {
  double: [1.5, -2.25, Number.MAX_VALUE, Number.MIN_VALUE],
  float: [0.5, -4, 3.4028234663852886e38, -1.401298464324817e-45],
  int32: [7, -3, 2 ** 31 - 1, -(2 ** 31)],
  sint32: [7, -3, 2 ** 31 - 1, -(2 ** 31)],
  sfixed32: [7, -3, 2 ** 31 - 1, -(2 ** 31)],
  uint32: [7, 300, 2 ** 32 - 1, 1],
  fixed32: [7, 300, 2 ** 32 - 1, 1],
  int64: [7n, -3n, 2n ** 63n - 1n, -(2n ** 63n)],
  sint64: [7n, -3n, 2n ** 63n - 1n, -(2n ** 63n)],
  sfixed64: [7n, -3n, 2n ** 63n - 1n, -(2n ** 63n)],
  uint64: [7n, 300n, 2n ** 64n - 1n, 1n],
  fixed64: [7n, 300n, 2n ** 64n - 1n, 1n],
  bool: [true, false, true, false],
  string: ["seven", "7", text, longText],
  bytes: [
    new Uint8Array([115, 101]),
    new Uint8Array([0xff, 0xfe, 0]),
    new Uint8Array(2_000).fill(0x80),
    new Uint8Array([0]),
  ],
};

const safeRange = { least: BigInt(Number.MIN_SAFE_INTEGER), most: BigInt(Number.MAX_SAFE_INTEGER) };

/** Defaults of scalars, as generated code creates them. */
export function zeroOf(scalar: ScalarType): unknown {
  const [first] = scalars[scalar];
  if (typeof first === "bigint") return 0n;
  if (typeof first === "number") return 0;
  if (typeof first === "boolean") return false;
  return first instanceof Uint8Array ? new Uint8Array() : "";
}

/** Sample of a body; `turn` chooses among the values of each field, from 0 to {@link sampleCount} - 1. */
export function sampleOf(schema: Schema, body: BodyType, turn: number): Body {
  if (body.kind === "raw") return scalars.bytes[turn % 4] as Uint8Array;
  return sampleMessage(schema, body.name, turn, 0);
}

/** Sample of a message. The last turn has all defaults. */
export function sampleMessage(
  schema: Schema,
  name: string,
  turn: number,
  depth: number,
): Record<string, unknown> {
  const { fields, oneofs } = messageOf(schema, name);
  const value: Record<string, unknown> = {};
  if (turn === sampleCount - 1 || depth > 2) return value;
  for (const [at, field] of fields.entries()) {
    if (field.oneof === undefined)
      value[propertyName(field.name)] = sampleField(schema, field, turn + at, depth);
  }
  for (const oneof of oneofs) {
    const chosen = oneof.fields[turn % oneof.fields.length];
    const field = fields.find((one) => one.name === chosen);
    if (field === undefined) continue;
    const sample = sampleType(schema, field, turn, depth);
    value[propertyName(oneof.name)] = { case: propertyName(field.name), value: sample };
  }
  return value;
}

function sampleField(schema: Schema, field: Field, turn: number, depth: number): unknown {
  if (field.label === "repeated")
    return Array.from({ length: turn % 4 }, (_none, at) => sampleType(schema, field, turn + at, depth));
  if (field.label === "map") {
    const keys = scalars[field.mapKey ?? "string"].slice(0, turn % 4);
    return new Map(keys.map((key, at) => [key, sampleType(schema, field, turn + at, depth)]));
  }
  if (field.label === "optional" && turn % 5 === 4) return undefined;
  return sampleType(schema, field, turn, depth);
}

function sampleType(schema: Schema, { type, jsNumber }: Field, turn: number, depth: number): unknown {
  const sample = sampleOfType(schema, type, turn, depth);
  if (!jsNumber || typeof sample !== "bigint") return sample;
  const { least, most } = safeRange;
  return Number(sample < least ? least : sample > most ? most : sample);
}

function sampleOfType(schema: Schema, type: FieldType, turn: number, depth: number): unknown {
  switch (type.kind) {
    case "scalar":
      return scalars[type.scalar][turn % 4];
    case "enum": {
      const { values } = enumOf(schema, type.name);
      return values[(turn + 1) % values.length]?.number ?? 0;
    }
    case "message":
      return sampleMessage(schema, type.name, turn, depth + 1);
  }
}
