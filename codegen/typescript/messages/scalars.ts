import type { Field, ScalarType } from "../../../schema/model.ts";
import type { RuntimeName } from "../runtime-names.ts";

/** TypeScript type, wire format and runtime functions of a scalar type. */
export interface Scalar {
  readonly type: "number" | "bigint" | "boolean" | "string" | "Uint8Array";
  /** Expression of the proto3 default. That of bytes is a name of the runtime, which the emitter imports. */
  readonly zero: string;
  readonly wireType: 0 | 1 | 2 | 5;
  /** Method of Reader that reads a value. Strings and bytes are written by the method of Writer with this name. */
  readonly method: string;
  /** How a value of bounded size is checked and put at `at`, where `maxBytes` bytes are free; undefined for strings and bytes. */
  readonly put?: Put;
}

/** Way to put a value: a function of the runtime, a method of DataView, or one byte (a bool). */
export type Put = {
  readonly maxBytes: number;
  readonly check: RuntimeName;
} & (
  | {
      readonly how: "function";
      readonly name: RuntimeName;
      readonly on: "bytes" | "view";
      readonly zigzag?: true;
    }
  | { readonly how: "view"; readonly name: string }
  | { readonly how: "byte" }
);

function varint(name: RuntimeName, check: RuntimeName, maxBytes: number): Put {
  return { how: "function", name, on: "bytes", check, maxBytes };
}

function view(name: string, check: RuntimeName, maxBytes: number): Put {
  return { how: "view", name, check, maxBytes };
}

const number = { type: "number", zero: "0" } as const;
const bigint = { type: "bigint", zero: "0n" } as const;
/** sint32: the zigzag form is made inline, because the shifts are shorter than a call. */
const zigzag32: Put = {
  how: "function",
  name: "putVarint32",
  on: "bytes",
  zigzag: true,
  check: "checkInt32",
  maxBytes: 5,
};

/** Scalars of all protobuf types. A negative int32 takes ten bytes on the wire, as protobuf extends its sign to 64 bits. */
const scalars: Readonly<Record<ScalarType, Scalar>> = {
  double: { ...number, wireType: 1, method: "double", put: view("setFloat64", "checkDouble", 8) },
  float: { ...number, wireType: 5, method: "float", put: view("setFloat32", "checkFloat", 4) },
  int32: { ...number, wireType: 0, method: "int32", put: varint("putInt32", "checkInt32", 10) },
  int64: { ...bigint, wireType: 0, method: "int64", put: varint("putVarint64", "checkInt64", 10) },
  uint32: { ...number, wireType: 0, method: "uint32", put: varint("putVarint32", "checkUint32", 5) },
  uint64: { ...bigint, wireType: 0, method: "uint64", put: varint("putVarint64", "checkUint64", 10) },
  sint32: { ...number, wireType: 0, method: "sint32", put: zigzag32 },
  sint64: { ...bigint, wireType: 0, method: "sint64", put: varint("putZigzag64", "checkInt64", 10) },
  fixed32: { ...number, wireType: 5, method: "fixed32", put: view("setUint32", "checkUint32", 4) },
  fixed64: { ...bigint, wireType: 1, method: "fixed64", put: view("setBigUint64", "checkUint64", 8) },
  sfixed32: { ...number, wireType: 5, method: "sfixed32", put: view("setInt32", "checkInt32", 4) },
  sfixed64: { ...bigint, wireType: 1, method: "sfixed64", put: view("setBigInt64", "checkInt64", 8) },
  bool: {
    type: "boolean",
    zero: "false",
    wireType: 0,
    method: "bool",
    put: { how: "byte", check: "checkBool", maxBytes: 1 },
  },
  string: { type: "string", zero: '""', wireType: 2, method: "string" },
  bytes: { type: "Uint8Array", zero: "emptyBytes", wireType: 2, method: "octets" },
};

function fixed53(check: RuntimeName): Put {
  return { how: "function", name: "putFixed53", on: "view", check, maxBytes: 8 };
}

/** Scalars of 64-bit fields with `jstype = JS_NUMBER`. */
const asNumbers: Partial<Readonly<Record<ScalarType, Scalar>>> = {
  int64: { ...number, wireType: 0, method: "int53", put: varint("putVarint53", "checkInt53", 10) },
  uint64: { ...number, wireType: 0, method: "uint53", put: varint("putVarint53", "checkUint53", 10) },
  sint64: { ...number, wireType: 0, method: "sint53", put: varint("putZigzag53", "checkInt53", 10) },
  fixed64: { ...number, wireType: 1, method: "fixed53", put: fixed53("checkUint53") },
  sfixed64: { ...number, wireType: 1, method: "sfixed53", put: fixed53("checkInt53") },
};

/**
 * Returns the scalar of a protobuf type.
 *
 * @param jsNumber whether the field has `jstype = JS_NUMBER`; only 64-bit types differ
 */
export function scalarOf(type: ScalarType, jsNumber = false): Scalar {
  return (jsNumber ? asNumbers[type] : undefined) ?? scalars[type];
}

/** Returns the scalar of a field's values; undefined when they are messages. Enums are int32 on the wire. */
export function valueScalar(field: Field): Scalar | undefined {
  const { type } = field;
  if (type.kind === "scalar") return scalarOf(type.scalar, field.jsNumber);
  return type.kind === "enum" ? scalars.int32 : undefined;
}

/** Returns the runtime function that writes a whole numeric or bool field: "writeInt32". */
export function writeFunction({ method }: Scalar): RuntimeName {
  return `write${method.charAt(0).toUpperCase()}${method.slice(1)}` as RuntimeName;
}

/** Returns the tag of a field: number and wire type as one number. No bit operation, as a tag has up to 32 bits. */
export function tagOf(number: number, wireType: number): number {
  return number * 8 + wireType;
}

/** Prints a tag or a byte as generated code has it: 0x0a. */
export function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}

/** Returns the wire type of a single value of a field. */
export function wireTypeOf(field: Field): number {
  return valueScalar(field)?.wireType ?? 2;
}

/** Returns the varint bytes of a tag. */
export function tagBytes(tag: number): number[] {
  const bytes: number[] = [];
  let rest = tag;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}
