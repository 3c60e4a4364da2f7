import type { Field, ScalarType } from "../../../schema/model.ts";
import type { RuntimeName } from "../runtime-names.ts";

/** How the numbers, texts and bytes of one kind are typed, written and read. */
export interface Scalar {
  readonly type: "number" | "bigint" | "boolean" | "string" | "Uint8Array";
  /** The proto3 default, as an expression. */
  readonly zero: string;
  readonly wireType: 0 | 1 | 2 | 5;
  /** Method of Writer that writes a whole field. */
  readonly write: string;
  /** Method of Reader that reads a value. */
  readonly read: string;
  /** Of those whose size has a bound: how they are put at `at`, where `maxBytes` are free. */
  readonly put?: Put;
}

/** A function of the runtime, a method of DataView, or (a bool) one byte. */
export type Put = { readonly maxBytes: number } & (
  | {
      readonly how: "function";
      readonly name: RuntimeName;
      readonly on: "bytes" | "view";
      readonly zigzag?: true;
    }
  | { readonly how: "view"; readonly name: string }
  | { readonly how: "byte" }
);

function varint(name: RuntimeName, maxBytes: number): Put {
  return { how: "function", name, on: "bytes", maxBytes };
}

function view(name: string, maxBytes: number): Put {
  return { how: "view", name, maxBytes };
}

const number = { type: "number", zero: "0" } as const;
const bigint = { type: "bigint", zero: "0n" } as const;

const scalars: Readonly<Record<ScalarType, Scalar>> = {
  double: { ...number, wireType: 1, write: "double", read: "double", put: view("setFloat64", 8) },
  float: { ...number, wireType: 5, write: "float", read: "float", put: view("setFloat32", 4) },
  int32: { ...number, wireType: 0, write: "int32", read: "int32", put: varint("putInt32", 10) },
  int64: { ...bigint, wireType: 0, write: "uint64", read: "int64", put: varint("putVarint64", 10) },
  uint32: { ...number, wireType: 0, write: "uint32", read: "uint32", put: varint("putVarint32", 5) },
  uint64: { ...bigint, wireType: 0, write: "uint64", read: "uint64", put: varint("putVarint64", 10) },
  sint32: {
    ...number,
    wireType: 0,
    write: "sint32",
    read: "sint32",
    put: { how: "function", name: "putVarint32", on: "bytes", zigzag: true, maxBytes: 5 },
  },
  sint64: { ...bigint, wireType: 0, write: "sint64", read: "sint64", put: varint("putZigzag64", 10) },
  fixed32: { ...number, wireType: 5, write: "fixed32", read: "fixed32", put: view("setUint32", 4) },
  fixed64: { ...bigint, wireType: 1, write: "fixed64", read: "fixed64", put: view("setBigUint64", 8) },
  sfixed32: { ...number, wireType: 5, write: "fixed32", read: "sfixed32", put: view("setInt32", 4) },
  sfixed64: { ...bigint, wireType: 1, write: "fixed64", read: "sfixed64", put: view("setBigInt64", 8) },
  bool: {
    type: "boolean",
    zero: "false",
    wireType: 0,
    write: "bool",
    read: "bool",
    put: { how: "byte", maxBytes: 1 },
  },
  string: { type: "string", zero: '""', wireType: 2, write: "string", read: "string" },
  bytes: { type: "Uint8Array", zero: "new Uint8Array()", wireType: 2, write: "octets", read: "octets" },
};

const fixed53: Put = { how: "function", name: "putFixed53", on: "view", maxBytes: 8 };

/** 64-bit fields with `jstype = JS_NUMBER`. */
const asNumbers: Partial<Readonly<Record<ScalarType, Scalar>>> = {
  int64: { ...number, wireType: 0, write: "uint53", read: "int53", put: varint("putVarint53", 10) },
  uint64: { ...number, wireType: 0, write: "uint53", read: "uint53", put: varint("putVarint53", 10) },
  sint64: { ...number, wireType: 0, write: "sint53", read: "sint53", put: varint("putZigzag53", 10) },
  fixed64: { ...number, wireType: 1, write: "fixed53", read: "fixed53", put: fixed53 },
  sfixed64: { ...number, wireType: 1, write: "fixed53", read: "sfixed53", put: fixed53 },
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
