/**
 * Writers of protobuf's number formats. Each writes at a position of a buffer with enough room and returns the position after
 * the number. They are functions over bytes, not methods, so that generated code keeps bytes and position in registers.
 */

/** Most bytes of a 32-bit varint; an `int32` or enum needs {@link maxVarint64Bytes}. */
export const maxVarint32Bytes = 5;
/** Most bytes of a 64-bit varint. */
export const maxVarint64Bytes = 10;

const two32 = 0x1_0000_0000;

/** Writes a uint32, or a sint32 in zigzag form: `putVarint32(bytes, at, (value << 1) ^ (value >> 31))`. Wraps modulo 2^32. */
export function putVarint32(bytes: Uint8Array, at: number, value: number): number {
  let rest = value >>> 0;
  if (rest < 0x80) {
    bytes[at] = rest;
    return at + 1;
  }
  if (rest < 0x4000) {
    bytes[at] = rest | 0x80;
    bytes[at + 1] = rest >>> 7;
    return at + 2;
  }
  while (rest > 0x7f) {
    bytes[at++] = rest | 0x80;
    rest >>>= 7;
  }
  bytes[at] = rest;
  return at + 1;
}

/** Writes an int32 or enum. A negative value is extended to 64 bits: ten bytes. */
export function putInt32(bytes: Uint8Array, at: number, value: number): number {
  const whole = value | 0;
  return whole >= 0 ? putVarint32(bytes, at, whole) : putWords(bytes, at, whole, -1);
}

/** Writes a uint64 or int64. Wraps modulo 2^64. */
export function putVarint64(bytes: Uint8Array, at: number, value: bigint): number {
  const whole = BigInt.asUintN(64, value);
  if (whole < 0x8000_0000n) return putVarint32(bytes, at, Number(whole));
  return putWords(
    bytes,
    at,
    Number(BigInt.asUintN(32, whole)) | 0,
    Number(BigInt.asUintN(32, whole >> 32n)) | 0,
  );
}

/** Writes a sint64. Wraps modulo 2^64. */
export function putZigzag64(bytes: Uint8Array, at: number, value: bigint): number {
  const whole = BigInt.asIntN(64, value);
  return putVarint64(bytes, at, (whole << 1n) ^ (whole >> 63n));
}

/** Writes a number as uint64 or int64. Exact within 2^53; NaN is written as 0. */
export function putVarint53(bytes: Uint8Array, at: number, value: number): number {
  if (value >= 0 && value < two32) return putVarint32(bytes, at, value);
  const whole = Math.trunc(value);
  return putWords(bytes, at, whole | 0, Math.floor(whole / two32) | 0);
}

/** Writes a number as sint64. */
export function putZigzag53(bytes: Uint8Array, at: number, value: number): number {
  const whole = Math.trunc(value);
  const low = whole | 0;
  const high = Math.floor(whole / two32) | 0;
  const sign = high >> 31;
  return putWords(bytes, at, (low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign);
}

/** Writes a number as fixed64 or sfixed64: eight bytes. */
export function putFixed53(view: DataView, at: number, value: number): number {
  const whole = Math.trunc(value);
  view.setUint32(at, whole, true);
  view.setUint32(at + 4, Math.floor(whole / two32), true);
  return at + 8;
}

/** Writes a 64-bit varint, given as two signed words. */
export function putWords(bytes: Uint8Array, at: number, low: number, high: number): number {
  let rest = low;
  let above = high;
  while (above !== 0) {
    bytes[at++] = rest | 0x80;
    rest = (rest >>> 7) | (above << 25);
    above >>>= 7;
  }
  return putVarint32(bytes, at, rest);
}

/** Number of bytes that {@link putVarint32} writes. */
export function sizeOfVarint32(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}
