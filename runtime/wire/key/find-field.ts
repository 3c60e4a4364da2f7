import { maxDepth } from "../codec/codec-limits.ts";

/**
 * Finds one field in an encoded protobuf message without decoding the rest: a gate reads routing keys so. Allocates nothing;
 * the time is linear in the bytes. Bytes are hostile: tags, lengths and groups follow the rules of `Reader`, so that gate and
 * node never read two different messages from one body.
 *
 * Format: https://protobuf.dev/programming-guides/encoding/
 */

/** Most bytes of a varint. */
const maxVarintBytes = 10;
/** Most bytes of a tag. */
const maxTagBytes = 5;

const absent = -1;
const malformed = -2;

/** Path of a field directly in the message. */
const here: readonly number[] = [];
/** Tags of the other members of the field's oneof, for each level of the path. */
const noRivals: readonly (readonly number[])[] = [];

/**
 * Finds where the value of a field begins (after its tag). Returns -1 when the field is absent or the message malformed. The
 * last occurrence counts, as in a decoder, which also merges a message field that comes in parts. The value, with any length
 * prefix, lies within `end`.
 *
 * @param tag field number << 3 | wire type; a field of that number and another wire type does not match
 * @param inside tags of the path inside of the found field, when it is a message
 * @param rivals tags of the other members of the field's oneof, each of which clears the field; one list for each level of the
 *   path, empty for a level outside of oneofs
 */
export function findField(
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
  inside: readonly number[] = here,
  rivals: readonly (readonly number[])[] = noRivals,
): number {
  const found = find(bytes, start, end, tag, inside, rivals, 0, absent);
  return found === malformed ? absent : found;
}

/** Searches one part of the message. `before` is the result of earlier parts. */
function find(
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
  inside: readonly number[],
  rivals: readonly (readonly number[])[],
  level: number,
  before: number,
): number {
  const others = rivals[level];
  let found = before;
  let at = start;
  while (at < end) {
    const value = tagEnd(bytes, at, end);
    if (value < 0) return malformed;
    const current = bytes[at]! < 0x80 ? bytes[at]! : varintLow(bytes, at) >>> 0;
    at = valueEnd(bytes, value, end, current, 0);
    if (at < 0) return malformed;
    if (current !== tag) {
      if (others?.includes(current)) found = absent;
      continue;
    }
    const next = inside[level];
    if (next === undefined) {
      found = value;
      continue;
    }
    found = find(bytes, contentStart(bytes, value), at, next, inside, rivals, level + 1, found);
    if (found === malformed) return malformed;
  }
  return found;
}

/** Position after the value that begins at `at`; negative when it is truncated or its wire type is invalid. */
function valueEnd(bytes: Uint8Array, at: number, end: number, tag: number, depth: number): number {
  let last: number;
  switch (tag & 7) {
    case 0:
      return varintEnd(bytes, at, end);
    case 1:
      last = at + 8;
      break;
    case 2: {
      last = varintEnd(bytes, at, end);
      if (last < 0) return malformed;
      const size = bytes[at]!;
      if (size < 0x80) {
        last += size;
        break;
      }
      const low = varintLow(bytes, at);
      if (low < 0 || varintHigh(bytes, at) !== 0) return malformed;
      last += low;
      break;
    }
    case 3:
      return groupEnd(bytes, at, end, tag, depth + 1);
    case 5:
      last = at + 4;
      break;
    default:
      return malformed;
  }
  return last > end ? malformed : last;
}

/** Position after the group that the tag `start` began; negative when it is truncated. */
function groupEnd(bytes: Uint8Array, from: number, end: number, start: number, depth: number): number {
  if (depth > maxDepth) return malformed;
  let at = from;
  while (at < end) {
    const value = tagEnd(bytes, at, end);
    if (value < 0) return malformed;
    const tag = varintLow(bytes, at) >>> 0;
    if (tag === start + 1) return value;
    at = valueEnd(bytes, value, end, tag, depth);
    if (at < 0) return malformed;
  }
  return malformed;
}

/** Position after a tag; negative when it is truncated, or its field number is 0 or above 2^29 - 1. */
function tagEnd(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return first < 8 ? malformed : at + 1;
  const value = varintEnd(bytes, at, end);
  if (value < 0 || value - at > maxTagBytes || varintHigh(bytes, at) !== 0) return malformed;
  return varintLow(bytes, at) >>> 0 < 8 ? malformed : value;
}

/** Start of the content of a length-prefixed value that {@link findField} found at `at`. */
export function contentStart(bytes: Uint8Array, at: number): number {
  return varintEnd(bytes, at, bytes.length);
}

/** Lower 32 bits of a checked varint, signed. */
export function varintLow(bytes: Uint8Array, at: number): number {
  let byte = bytes[at]!;
  if (byte < 0x80) return byte;
  let low = byte & 0x7f;
  for (let shift = 7; shift < 32; shift += 7) {
    byte = bytes[++at]!;
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return low;
}

/** Upper 32 bits of a checked varint, signed. */
export function varintHigh(bytes: Uint8Array, at: number): number {
  for (let skipped = 0; skipped < 4; skipped++) {
    if (bytes[at++]! < 0x80) return 0;
  }
  let byte = bytes[at]!;
  let high = (byte & 0x7f) >> 4;
  for (let shift = 3; byte >= 0x80 && shift < 32; shift += 7) {
    byte = bytes[++at]!;
    high |= (byte & 0x7f) << shift;
  }
  return high;
}

/** Position after a varint; negative when it is truncated. */
function varintEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at < end && bytes[at]! < 0x80) return at + 1;
  const limit = Math.min(end, at + maxVarintBytes);
  while (at < limit) {
    if (bytes[at++]! < 0x80) return at;
  }
  return malformed;
}
