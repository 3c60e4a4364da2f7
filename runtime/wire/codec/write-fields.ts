import {
  checkBool,
  checkDouble,
  checkFloat,
  checkInt32,
  checkInt53,
  checkInt64,
  checkUint32,
  checkUint53,
  checkUint64,
} from "./check-values.ts";
import {
  putFixed53,
  putInt32,
  putVarint32,
  putVarint53,
  putVarint64,
  putZigzag53,
  putZigzag64,
} from "./varint.ts";
import type { Writer } from "./writer.ts";

/**
 * Writers of number and bool fields: tag and value, at the writer's position. Each throws for a value that the field cannot
 * hold; `encodeInto` then removes the partial bytes. They are functions, so that bundlers drop those that no message uses.
 */

/** Writes a uint32 field. */
export function writeUint32(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putVarint32(writer.bytes, at, checkUint32(value));
}

/** Writes an int32 or enum field. */
export function writeInt32(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putInt32(writer.bytes, at, checkInt32(value));
}

/** Writes a sint32 field. */
export function writeSint32(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putVarint32(writer.bytes, at, (checkInt32(value) << 1) ^ (value >> 31));
}

/** Writes a uint64 field. */
export function writeUint64(writer: Writer, tag: number, value: bigint): void {
  const at = writer.tag(tag);
  writer.position = putVarint64(writer.bytes, at, checkUint64(value));
}

/** Writes an int64 field. */
export function writeInt64(writer: Writer, tag: number, value: bigint): void {
  const at = writer.tag(tag);
  writer.position = putVarint64(writer.bytes, at, checkInt64(value));
}

/** Writes a sint64 field. */
export function writeSint64(writer: Writer, tag: number, value: bigint): void {
  const at = writer.tag(tag);
  writer.position = putZigzag64(writer.bytes, at, checkInt64(value));
}

/** Writes a uint64 field with `jstype = JS_NUMBER`. */
export function writeUint53(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putVarint53(writer.bytes, at, checkUint53(value));
}

/** Writes an int64 field with `jstype = JS_NUMBER`. */
export function writeInt53(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putVarint53(writer.bytes, at, checkInt53(value));
}

/** Writes a sint64 field with `jstype = JS_NUMBER`. */
export function writeSint53(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putZigzag53(writer.bytes, at, checkInt53(value));
}

/** Writes a bool field. */
export function writeBool(writer: Writer, tag: number, value: boolean): void {
  const at = writer.tag(tag);
  writer.bytes[at] = checkBool(value) ? 1 : 0;
  writer.position = at + 1;
}

/** Writes a fixed32 field. */
export function writeFixed32(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.view.setUint32(at, checkUint32(value), true);
  writer.position = at + 4;
}

/** Writes an sfixed32 field. */
export function writeSfixed32(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.view.setInt32(at, checkInt32(value), true);
  writer.position = at + 4;
}

/** Writes a fixed64 field. */
export function writeFixed64(writer: Writer, tag: number, value: bigint): void {
  const at = writer.tag(tag);
  writer.view.setBigUint64(at, checkUint64(value), true);
  writer.position = at + 8;
}

/** Writes an sfixed64 field. */
export function writeSfixed64(writer: Writer, tag: number, value: bigint): void {
  const at = writer.tag(tag);
  writer.view.setBigInt64(at, checkInt64(value), true);
  writer.position = at + 8;
}

/** Writes a fixed64 field with `jstype = JS_NUMBER`. */
export function writeFixed53(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putFixed53(writer.view, at, checkUint53(value));
}

/** Writes an sfixed64 field with `jstype = JS_NUMBER`. */
export function writeSfixed53(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putFixed53(writer.view, at, checkInt53(value));
}

/** Writes a float field. */
export function writeFloat(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.view.setFloat32(at, checkFloat(value), true);
  writer.position = at + 4;
}

/** Writes a double field. */
export function writeDouble(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.view.setFloat64(at, checkDouble(value), true);
  writer.position = at + 8;
}
