import { SchemaIndex } from "../../../codegen/typescript/emit-context.ts";
import { propertyName } from "../../../codegen/typescript/naming.ts";
import type { Field, Schema } from "../../../schema/model.ts";
import fc from "../../setup/random.ts";
import type { AnyMessage } from "./message-types.ts";

/** Arbitrary messages of a schema, as generated code has them. */
export class Values {
  readonly index: SchemaIndex;
  readonly #maxEntries: number;

  /** With `maxEntries` 1, maps have no order that two encoders could differ in. */
  constructor(schema: Schema, maxEntries = 3) {
    this.index = new SchemaIndex(schema);
    this.#maxEntries = maxEntries;
  }

  /** Messages that nest at most `depth` levels deep. */
  message(name: string, depth = 2): fc.Arbitrary<AnyMessage> {
    const message = this.index.message(name);
    const properties: Record<string, fc.Arbitrary<unknown>> = {};
    for (const field of message.fields) {
      if (field.oneof === undefined) properties[propertyName(field.name)] = this.#field(field, depth);
    }
    for (const oneof of message.oneofs) {
      const cases = message.fields
        .filter((field) => field.oneof === oneof.name && this.#fits(field, depth))
        .map((field) =>
          fc.record({ case: fc.constant(propertyName(field.name)), value: this.#one(field, depth) }),
        );
      properties[propertyName(oneof.name)] = fc.oneof(fc.constant(undefined), ...cases);
    }
    return fc.record(properties);
  }

  #field(field: Field, depth: number): fc.Arbitrary<unknown> {
    const fits = this.#fits(field, depth);
    switch (field.label) {
      case "single":
        return this.#one(field, depth);
      case "optional":
        return fits ? fc.option(this.#one(field, depth), { nil: undefined }) : fc.constant(undefined);
      case "repeated":
        return fits
          ? fc.array(this.#one(field, depth), { maxLength: field.type.kind === "message" ? 2 : 5 })
          : fc.constant([]);
      case "map": {
        if (!fits) return fc.constant(new Map());
        const key = scalar(field.mapKey ?? "string", false);
        const entries = fc.array(fc.tuple(key, this.#one(field, depth)), { maxLength: this.#maxEntries });
        return entries.map((pairs) => new Map(pairs));
      }
    }
  }

  #fits(field: Field, depth: number): boolean {
    return field.type.kind !== "message" || depth > 0;
  }

  #one(field: Field, depth: number): fc.Arbitrary<unknown> {
    const { type } = field;
    if (type.kind === "scalar") return scalar(type.scalar, field.jsNumber);
    if (type.kind === "message") return this.message(type.name, depth - 1);
    const numbers = this.index.enum(type.name).values.map(({ number }) => number);
    return fc.oneof(fc.constantFrom(...numbers), fc.integer());
  }
}

const safe = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.constantFrom(0, 1, -1, 2 ** 31, 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
const safeNatural = fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.constantFrom(2 ** 31, 2 ** 32 - 1, 2 ** 32));
const int32 = fc.oneof(fc.integer(), fc.integer({ min: -300, max: 300 }));
const uint32 = fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.nat(300));
const int64 = fc.oneof(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), safe.map(BigInt));
const uint64 = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), safeNatural.map(BigInt));

function scalar(type: string, jsNumber: boolean): fc.Arbitrary<unknown> {
  switch (type) {
    case "double":
      return fc.double();
    case "float":
      return fc.float();
    case "int32":
    case "sint32":
    case "sfixed32":
      return int32;
    case "uint32":
    case "fixed32":
      return uint32;
    case "int64":
    case "sint64":
    case "sfixed64":
      return jsNumber ? safe : int64;
    case "uint64":
    case "fixed64":
      return jsNumber ? safeNatural : uint64;
    case "bool":
      return fc.boolean();
    case "string":
      return fc.oneof(
        fc.string(),
        fc.string({ unit: "binary" }),
        fc.string({ minLength: 40, maxLength: 200 }),
      );
    case "bytes":
      return fc.uint8Array({ maxLength: 80 });
    default:
      throw new Error(`no such scalar: ${type}`);
  }
}
