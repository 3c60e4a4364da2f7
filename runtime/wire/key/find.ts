/**
 * Finds one field in an encoded protobuf message without decoding the rest: how a gate reads routing keys from bodies that
 * it never decodes. Nothing is allocated, and time is linear in the bytes. Bytes are hostile: every length is checked,
 * and whatever is malformed has no field.
 *
 * Format: https://protobuf.dev/programming-guides/encoding/
 */

/** The most bytes that a varint has. */
const maxVarintBytes = 10;

/**
 * Where the value of a field begins (behind its tag), or -1 when the message has none or is malformed. Of several the
 * last counts, as for a decoder. The value, with its length prefix if it has one, lies within `end`.
 *
 * @param tag field number << 3 | wire type; a field of that number and another wire type is another field.
 */
export function findField(bytes: Uint8Array, start: number, end: number, tag: number): number {
  let found = -1;
  let depth = 0;
  let at = start;
  while (at < end) {
    const tagEnd = varintEnd(bytes, at, end);
    if (tagEnd < 0) return -1;
    const current = varintLow(bytes, at) >>> 0;
    if (current < 8) return -1;
    const value = tagEnd;
    switch (current & 7) {
      case 0:
        at = varintEnd(bytes, value, end);
        if (at < 0) return -1;
        break;
      case 1:
        at = value + 8;
        break;
      case 2: {
        const content = varintEnd(bytes, value, end);
        if (content < 0) return -1;
        at = content + (varintLow(bytes, value) >>> 0);
        break;
      }
      case 3:
        depth++;
        at = value;
        break;
      case 4:
        if (--depth < 0) return -1;
        at = value;
        break;
      case 5:
        at = value + 4;
        break;
      default:
        return -1;
    }
    if (at > end) return -1;
    if (current === tag && depth === 0) found = value;
  }
  return depth === 0 ? found : -1;
}

/** The same inside a message field that {@link findField} found at `at`; -1 when it found none. */
export function findInside(bytes: Uint8Array, at: number, tag: number): number {
  if (at < 0) return -1;
  const start = contentStart(bytes, at);
  return findField(bytes, start, start + (varintLow(bytes, at) >>> 0), tag);
}

/** Where the content of a length-prefixed value begins that {@link findField} found at `at`. */
export function contentStart(bytes: Uint8Array, at: number): number {
  return varintEnd(bytes, at, bytes.length);
}

/** The lower 32 bits of a varint that was checked before, signed. */
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

/** The upper 32 bits of a varint that was checked before, signed. */
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

/** Behind a varint, or -1 when it does not end in time. */
function varintEnd(bytes: Uint8Array, at: number, end: number): number {
  const limit = Math.min(end, at + maxVarintBytes);
  while (at < limit) {
    if (bytes[at++]! < 0x80) return at;
  }
  return -1;
}
