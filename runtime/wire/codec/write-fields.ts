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
 * Fields of numbers and bools: tag and value, at the writer's position. Each throws when the value is not of the field's type;
 * `encodeInto` then takes back what was written. They are functions, so that a bundle has only those that its messages need.
 */

export function writeUint32(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putVarint32(writer.bytes, at, checkUint32(value));
}

/** Also enums. */
export function writeInt32(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putInt32(writer.bytes, at, checkInt32(value));
}

export function writeSint32(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putVarint32(writer.bytes, at, (checkInt32(value) << 1) ^ (value >> 31));
}

export function writeUint64(writer: Writer, tag: number, value: bigint): void {
  const at = writer.tag(tag);
  writer.position = putVarint64(writer.bytes, at, checkUint64(value));
}

export function writeInt64(writer: Writer, tag: number, value: bigint): void {
  const at = writer.tag(tag);
  writer.position = putVarint64(writer.bytes, at, checkInt64(value));
}

export function writeSint64(writer: Writer, tag: number, value: bigint): void {
  const at = writer.tag(tag);
  writer.position = putZigzag64(writer.bytes, at, checkInt64(value));
}

/** uint64 held in a number. */
export function writeUint53(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putVarint53(writer.bytes, at, checkUint53(value));
}

/** int64 held in a number. */
export function writeInt53(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putVarint53(writer.bytes, at, checkInt53(value));
}

/** sint64 held in a number. */
export function writeSint53(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putZigzag53(writer.bytes, at, checkInt53(value));
}

export function writeBool(writer: Writer, tag: number, value: boolean): void {
  const at = writer.tag(tag);
  writer.bytes[at] = checkBool(value) ? 1 : 0;
  writer.position = at + 1;
}

export function writeFixed32(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.view.setUint32(at, checkUint32(value), true);
  writer.position = at + 4;
}

export function writeSfixed32(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.view.setInt32(at, checkInt32(value), true);
  writer.position = at + 4;
}

export function writeFixed64(writer: Writer, tag: number, value: bigint): void {
  const at = writer.tag(tag);
  writer.view.setBigUint64(at, checkUint64(value), true);
  writer.position = at + 8;
}

export function writeSfixed64(writer: Writer, tag: number, value: bigint): void {
  const at = writer.tag(tag);
  writer.view.setBigInt64(at, checkInt64(value), true);
  writer.position = at + 8;
}

/** fixed64 held in a number. */
export function writeFixed53(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putFixed53(writer.view, at, checkUint53(value));
}

/** sfixed64 held in a number. */
export function writeSfixed53(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.position = putFixed53(writer.view, at, checkInt53(value));
}

export function writeFloat(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.view.setFloat32(at, checkFloat(value), true);
  writer.position = at + 4;
}

export function writeDouble(writer: Writer, tag: number, value: number): void {
  const at = writer.tag(tag);
  writer.view.setFloat64(at, checkDouble(value), true);
  writer.position = at + 8;
}
