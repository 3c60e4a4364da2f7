import { littleInt32 } from "../uint32.ts";
import { contentStart, varintHigh, varintLow } from "./find-field.ts";

/** Keeps a byte order mark: without it two different keys would be equal. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const twoTo32 = 4_294_967_296;

/**
 * Readers of the value that `findField` found at `at`, by type of the field: keys of LATEST pushes. A missing field gives the
 * type's default. A 64-bit value is a number where that is exact, otherwise a bigint.
 */
export const fieldKey = {
  uint32: (bytes: Uint8Array, at: number): number => (at < 0 ? 0 : varintLow(bytes, at) >>> 0),
  int32: (bytes: Uint8Array, at: number): number => (at < 0 ? 0 : varintLow(bytes, at)),
  sint32(bytes: Uint8Array, at: number): number {
    if (at < 0) return 0;
    const value = varintLow(bytes, at);
    return (value >>> 1) ^ -(value & 1);
  },
  uint64: (bytes: Uint8Array, at: number): number | bigint =>
    at < 0 ? 0 : unsigned(varintLow(bytes, at), varintHigh(bytes, at)),
  int64: (bytes: Uint8Array, at: number): number | bigint =>
    at < 0 ? 0 : signed(varintLow(bytes, at), varintHigh(bytes, at)),
  sint64(bytes: Uint8Array, at: number): number | bigint {
    if (at < 0) return 0;
    const low = varintLow(bytes, at);
    const high = varintHigh(bytes, at);
    const sign = -(low & 1);
    return signed(((low >>> 1) | (high << 31)) ^ sign, (high >>> 1) ^ sign);
  },
  fixed32: (bytes: Uint8Array, at: number): number => (at < 0 ? 0 : littleInt32(bytes, at) >>> 0),
  sfixed32: (bytes: Uint8Array, at: number): number => (at < 0 ? 0 : littleInt32(bytes, at)),
  fixed64: (bytes: Uint8Array, at: number): number | bigint =>
    at < 0 ? 0 : unsigned(littleInt32(bytes, at), littleInt32(bytes, at + 4)),
  sfixed64: (bytes: Uint8Array, at: number): number | bigint =>
    at < 0 ? 0 : signed(littleInt32(bytes, at), littleInt32(bytes, at + 4)),
  bool: (bytes: Uint8Array, at: number): number =>
    at >= 0 && (varintLow(bytes, at) | varintHigh(bytes, at)) !== 0 ? 1 : 0,
  string(bytes: Uint8Array, at: number): string {
    return at < 0 ? "" : utf8.decode(content(bytes, at));
  },
  /** Reads bytes as hex, two digits for each byte. */
  bytes(bytes: Uint8Array, at: number): string {
    if (at < 0) return "";
    let digits = "";
    for (const byte of content(bytes, at)) digits += (byte + 0x100).toString(16).slice(1);
    return digits;
  },
} as const;

function content(bytes: Uint8Array, at: number): Uint8Array {
  const start = contentStart(bytes, at);
  return bytes.subarray(start, start + (varintLow(bytes, at) >>> 0));
}

function unsigned(low: number, high: number): number | bigint {
  const upper = high >>> 0;
  if (upper < 0x200000) return upper * twoTo32 + (low >>> 0);
  return (BigInt(upper) << 32n) | BigInt(low >>> 0);
}

function signed(low: number, high: number): number | bigint {
  if (high >= -0x200000 && high < 0x200000) {
    const value = high * twoTo32 + (low >>> 0);
    if (Number.isSafeInteger(value)) return value;
  }
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}
