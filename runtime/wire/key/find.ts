/**
 * Finds one field in an encoded protobuf message without decoding the rest: how a gate reads routing keys from bodies that
 * it never decodes. Nothing is allocated, and time is linear in the bytes. Bytes are hostile: every length is checked,
 * and whatever is malformed has no field.
 *
 * Format: https://protobuf.dev/programming-guides/encoding/
 */

/** The most bytes that a varint has. */
const maxVarintBytes = 10;

/** The path of a field that lies directly in the message. */
const here: readonly number[] = [];

/**
 * Where the value of a field begins (behind its tag), or -1 when the message has none or is malformed. Of several the
 * last counts, as for a decoder, which also merges a message field that comes in parts. The value, with its length prefix
 * if it has one, lies within `end`. Another member of its oneof does not take a field away.
 *
 * @param tag field number << 3 | wire type; a field of that number and another wire type is another field
 * @param inside when the field found is a message, the tags that lead on in it
 */
export function findField(
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
  inside: readonly number[] = here,
  level = 0,
): number {
  let found = -1;
  let groups = 0;
  let at = start;
  while (at < end) {
    let current = bytes[at]!;
    let value = at + 1;
    if (current >= 0x80) {
      value = varintEnd(bytes, at, end);
      if (value < 0) return -1;
      current = varintLow(bytes, at) >>> 0;
    }
    if (current < 8) return -1;
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
        const size = bytes[value]!;
        at = content + (size < 0x80 ? size : varintLow(bytes, value) >>> 0);
        break;
      }
      case 3:
        groups++;
        at = value;
        break;
      case 4:
        if (--groups < 0) return -1;
        at = value;
        break;
      case 5:
        at = value + 4;
        break;
      default:
        return -1;
    }
    if (at > end) return -1;
    if (current !== tag || groups !== 0) continue;
    const next = inside[level];
    if (next === undefined) {
      found = value;
    } else {
      const deeper = findField(bytes, contentStart(bytes, value), at, next, inside, level + 1);
      if (deeper >= 0) found = deeper;
    }
  }
  return groups === 0 ? found : -1;
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
  if (at < end && bytes[at]! < 0x80) return at + 1;
  const limit = Math.min(end, at + maxVarintBytes);
  while (at < limit) {
    if (bytes[at++]! < 0x80) return at;
  }
  return -1;
}
