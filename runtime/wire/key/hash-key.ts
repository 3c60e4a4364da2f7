import { fail } from "../../../schema/errors.ts";
import { fnvOfBytes } from "../../../schema/fnv.ts";
import { littleInt32 } from "../uint32.ts";
import { contentStart, varintHigh, varintLow } from "./find-field.ts";

/**
 * Hashes a value to an unsigned 32-bit key, for routing. Equal values have equal keys in every type: 7 as int32, fixed64 or
 * sint64, a text as string or bytes. {@link fieldHash} returns the same key for encoded fields.
 *
 * @throws PhotinusError INVALID_ARGUMENT for a number that is not a whole one.
 */
export function hashKey(value: number | bigint | string | boolean | Uint8Array): number {
  if (typeof value === "string") return hashText(new TextEncoder().encode(value));
  if (value instanceof Uint8Array) return hashText(value);
  if (typeof value === "number" && !Number.isInteger(value)) {
    throw fail(
      "INVALID_ARGUMENT",
      `hashKey: found ${value}; expected a whole number, a string, bytes, or true or false`,
    );
  }
  const whole = BigInt(value);
  return mix(Number(BigInt.asIntN(32, whole)), Number(BigInt.asIntN(32, whole >> 32n)));
}

/** Hashes the value that `findField` found at `at`, by type of the field. A missing field hashes as the type's default. */
export const fieldHash = {
  uint32: (bytes: Uint8Array, at: number): number => mix(at < 0 ? 0 : varintLow(bytes, at), 0),
  int32: (bytes: Uint8Array, at: number): number => signed(at < 0 ? 0 : varintLow(bytes, at)),
  sint32: (bytes: Uint8Array, at: number): number => signed(at < 0 ? 0 : zigzag(varintLow(bytes, at))),
  uint64: varint64,
  int64: varint64,
  sint64(bytes: Uint8Array, at: number): number {
    if (at < 0) return mix(0, 0);
    const low = varintLow(bytes, at);
    const high = varintHigh(bytes, at);
    const sign = -(low & 1);
    return mix(((low >>> 1) | (high << 31)) ^ sign, (high >>> 1) ^ sign);
  },
  fixed32: (bytes: Uint8Array, at: number): number => mix(at < 0 ? 0 : littleInt32(bytes, at), 0),
  sfixed32: (bytes: Uint8Array, at: number): number => signed(at < 0 ? 0 : littleInt32(bytes, at)),
  fixed64: word64,
  sfixed64: word64,
  bool(bytes: Uint8Array, at: number): number {
    return mix(at >= 0 && (varintLow(bytes, at) | varintHigh(bytes, at)) !== 0 ? 1 : 0, 0);
  },
  string: text,
  bytes: text,
} as const;

function varint64(bytes: Uint8Array, at: number): number {
  return at < 0 ? mix(0, 0) : mix(varintLow(bytes, at), varintHigh(bytes, at));
}

function word64(bytes: Uint8Array, at: number): number {
  return at < 0 ? mix(0, 0) : mix(littleInt32(bytes, at), littleInt32(bytes, at + 4));
}

function text(bytes: Uint8Array, at: number): number {
  if (at < 0) return hashText(bytes, 0, 0);
  const start = contentStart(bytes, at);
  return hashText(bytes, start, start + (varintLow(bytes, at) >>> 0));
}

function signed(value: number): number {
  return mix(value, value >> 31);
}

function zigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

/** FNV-1a, then mixed, because its upper bits are poor for short texts. */
function hashText(bytes: Uint8Array, start = 0, end = bytes.length): number {
  return mix(fnvOfBytes(bytes, start, end), 0);
}

/** Finalizer of MurmurHash3 (Austin Appleby, public domain), over both halves of a 64-bit value. */
function mix(low: number, high: number): number {
  let hash = low ^ Math.imul(high, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
