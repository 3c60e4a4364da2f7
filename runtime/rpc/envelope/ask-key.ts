import { IllegalMessageError } from "./kinds.ts";

/** The longest `_key`, with its msgpack head. It is held while its call is served. */
export const longestKeyBytes = 256;

/** The fixstr "_key": its head, then the letters. */
const keyHead = 0xa4;
const keyName = "_key";

/**
 * The msgpack bytes of an ASK's `_key`, as a copy, so that the answer carries the key exactly as it came, whatever the
 * languages at both ends make of integers, floats and texts. The message must be a map that `checkShape` has passed. Throws
 * {@link IllegalMessageError} "key" unless it is an integer, a float, a text or a binary of at most {@link longestKeyBytes}:
 * an ASK that cannot be answered is none.
 */
export function askKey(bytes: Uint8Array, start: number, end: number): Uint8Array {
  let at = start;
  const head = bytes[at++]!;
  let entries = head & 0x0f;
  if (head === 0xde || head === 0xdf) {
    const size = head === 0xde ? 2 : 4;
    entries = big(bytes, at, size);
    at += size;
  }
  let from = -1;
  let to = -1;
  for (; entries > 0; entries--) {
    const value = skip(bytes, at);
    const next = skip(bytes, value);
    // Of two, the later one counts, as for a library that unpacks into a table.
    if (isKeyName(bytes, at)) {
      from = value;
      to = next;
    }
    at = next;
  }
  if (from < 0 || to > end || to - from > longestKeyBytes || !isKey(bytes[from]!)) {
    throw new IllegalMessageError("key");
  }
  return new Uint8Array(bytes.subarray(from, to));
}

function isKeyName(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== keyHead) return false;
  for (let n = 0; n < keyName.length; n++) if (bytes[at + 1 + n] !== keyName.charCodeAt(n)) return false;
  return true;
}

/** Integers, floats, texts and binaries. */
function isKey(head: number): boolean {
  if (head < 0x80 || head >= 0xe0) return true;
  return (
    (head >= 0xa0 && head <= 0xbf) ||
    (head >= 0xc4 && head <= 0xc6) ||
    (head >= 0xca && head <= 0xdb && !isFixExt(head))
  );
}

function isFixExt(head: number): boolean {
  return head >= 0xd4 && head <= 0xd8;
}

/** Where the value that begins at `at` ends. */
function skip(bytes: Uint8Array, at: number): number {
  let next = at;
  for (let left = 1; left > 0; left--) {
    const head = bytes[next++]!;
    if (head < 0x80 || head >= 0xe0) continue;
    if (head < 0x90) left += (head & 0x0f) * 2;
    else if (head < 0xa0) left += head & 0x0f;
    else if (head < 0xc0) next += head & 0x1f;
    else {
      const [lengthBytes, fixedBytes, valuesEach] = layouts[head - 0xc0]!;
      const length = big(bytes, next, lengthBytes);
      next += lengthBytes + fixedBytes;
      if (valuesEach > 0) left += length * valuesEach;
      else next += length;
    }
  }
  return next;
}

/**
 * Of the heads 0xc0 to 0xdf, three digits each: bytes of a length, bytes beside what the length counts (in base 18), values
 * for each that the length counts.
 */
const layouts = [
  ...["000", "000", "000", "000"], // nil, unused, false, true
  ...["100", "200", "400"], // bin
  ...["110", "210", "410"], // ext
  ...["040", "080"], // float
  ...["010", "020", "040", "080", "010", "020", "040", "080"], // uint, int
  ...["020", "030", "050", "090", "0h0"], // fixext
  ...["100", "200", "400"], // str
  ...["201", "401"], // array
  ...["202", "402"], // map
].map((digits) => [...digits].map((digit) => Number.parseInt(digit, 18)) as [number, number, number]);

function big(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let n = 0; n < size; n++) value = value * 256 + bytes[at + n]!;
  return value;
}
