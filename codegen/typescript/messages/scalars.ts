import type { Field, ScalarType } from "../../../schema/model.ts";
import type { RuntimeName } from "../runtime-names.ts";

/** How the numbers, texts and bytes of one kind are typed, written and read. */
export interface Scalar {
  readonly type: "number" | "bigint" | "boolean" | "string" | "Uint8Array";
  /** The proto3 default, as an expression. */
  readonly zero: string;
  readonly wireType: 0 | 1 | 2 | 5;
  /** Method of Reader that reads a value; of texts and bytes, also that of Writer that writes a whole field. */
  readonly method: string;
  /** Of those whose size has a bound: how they are checked, and put at `at`, where `maxBytes` are free. */
  readonly put?: Put;
}

/** A function of the runtime, a method of DataView, or (a bool) one byte. */
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
const zigzag32: Put = {
  how: "function",
  name: "putVarint32",
  on: "bytes",
  zigzag: true,
  check: "checkInt32",
  maxBytes: 5,
};

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
  bytes: { type: "Uint8Array", zero: "new Uint8Array()", wireType: 2, method: "octets" },
};

function fixed53(check: RuntimeName): Put {
  return { how: "function", name: "putFixed53", on: "view", check, maxBytes: 8 };
}

/** 64-bit fields with `jstype = JS_NUMBER`. */
const asNumbers: Partial<Readonly<Record<ScalarType, Scalar>>> = {
  int64: { ...number, wireType: 0, method: "int53", put: varint("putVarint53", "checkInt53", 10) },
  uint64: { ...number, wireType: 0, method: "uint53", put: varint("putVarint53", "checkUint53", 10) },
  sint64: { ...number, wireType: 0, method: "sint53", put: varint("putZigzag53", "checkInt53", 10) },
  fixed64: { ...number, wireType: 1, method: "fixed53", put: fixed53("checkUint53") },
  sfixed64: { ...number, wireType: 1, method: "sfixed53", put: fixed53("checkInt53") },
};

export function scalarOf(type: ScalarType, jsNumber = false): Scalar {
  return (jsNumber ? asNumbers[type] : undefined) ?? scalars[type];
}

/** How the values of a field go over the wire; undefined when they are messages. Enums are int32. */
export function valueScalar(field: Field): Scalar | undefined {
  const { type } = field;
  if (type.kind === "scalar") return scalarOf(type.scalar, field.jsNumber);
  return type.kind === "enum" ? scalars.int32 : undefined;
}

/** The function of the runtime that writes a whole field of numbers of a kind, or of bools. */
export function writeFunction({ method }: Scalar): RuntimeName {
  return `write${method.charAt(0).toUpperCase()}${method.slice(1)}` as RuntimeName;
}

/** A field's number and wire type, as one number. */
export function tagOf(number: number, wireType: number): number {
  return number * 8 + wireType;
}

/** As generated code writes tags: 0x0a. */
export function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}

/** The wire type of a single value. */
export function wireTypeOf(field: Field): number {
  return valueScalar(field)?.wireType ?? 2;
}

/** The bytes of a tag on the wire. */
export function tagBytes(tag: number): number[] {
  const bytes: number[] = [];
  let rest = tag;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}
