import { malformed } from "./codec-limits.ts";

/** Shared by all calls: without streaming, encoder and decoder keep no state. */
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Longest string, in characters, that a loop writes faster than TextEncoder. */
export const shortChars = 64;
/** Longest text, in bytes, that `fromCharCode` reads faster than TextDecoder. */
export const shortBytes = 32;

/** Most bytes that a string needs in UTF-8. */
export function maxUtf8Bytes(text: string): number {
  return text.length * 3;
}

/**
 * Writes a string at `at` and returns the position after it. The caller has made room for {@link maxUtf8Bytes}.
 * A lone surrogate is written as U+FFFD.
 */
export function putUtf8(bytes: Uint8Array, at: number, text: string): number {
  const length = text.length;
  if (length <= shortChars && putAscii(bytes, at, text)) return at + length;
  return at + encoder.encodeInto(text, bytes.subarray(at)).written;
}

/** Writes an ASCII string. Returns false for other strings, and leaves bytes to be overwritten. Four characters a step take half the time. */
export function putAscii(bytes: Uint8Array, at: number, text: string): boolean {
  const { length } = text;
  let union = 0;
  let index = 0;
  for (; index + 4 <= length; index += 4) {
    const c0 = text.charCodeAt(index);
    const c1 = text.charCodeAt(index + 1);
    const c2 = text.charCodeAt(index + 2);
    const c3 = text.charCodeAt(index + 3);
    union |= c0 | c1 | c2 | c3;
    bytes[at + index] = c0;
    bytes[at + index + 1] = c1;
    bytes[at + index + 2] = c2;
    bytes[at + index + 3] = c3;
  }
  for (; index < length; index++) {
    const code = text.charCodeAt(index);
    union |= code;
    bytes[at + index] = code;
  }
  return union < 0x80;
}

/**
 * Reads the string in bytes[start, end).
 * @throws PhotinusError INVALID_ARGUMENT when it is not valid UTF-8.
 */
export function utf8(bytes: Uint8Array, start: number, end: number): string {
  const size = end - start;
  if (size <= shortBytes && isAscii(bytes, start, end)) {
    if (size <= 16) return ascii16(bytes, start, size);
    return ascii16(bytes, start, 16) + ascii16(bytes, start + 16, size - 16);
  }
  try {
    // A new Uint8Array, because `subarray` of a Buffer makes a Buffer, which takes longer.
    return decoder.decode(new Uint8Array(bytes.buffer, bytes.byteOffset + start, size));
  } catch (error) {
    throw malformed("a string field is not valid UTF-8", error);
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let union = 0;
  for (let at = start; at < end; at++) union |= bytes[at]!;
  return union < 0x80;
}

/**
 * Reads at most 16 ASCII characters. `fromCharCode` with a fixed number of arguments builds a flat string at once;
 * concatenation builds a tree.
 */
function ascii16(b: Uint8Array, p: number, size: number): string {
  const text = String.fromCharCode;
  if (size < 4) {
    if (size === 0) return "";
    if (size === 1) return text(b[p]!);
    return size === 2 ? text(b[p]!, b[p + 1]!) : text(b[p]!, b[p + 1]!, b[p + 2]!);
  }
  const c0 = b[p]!;
  const c1 = b[p + 1]!;
  const c2 = b[p + 2]!;
  const c3 = b[p + 3]!;
  if (size < 8) {
    if (size === 4) return text(c0, c1, c2, c3);
    if (size === 5) return text(c0, c1, c2, c3, b[p + 4]!);
    if (size === 6) return text(c0, c1, c2, c3, b[p + 4]!, b[p + 5]!);
    return text(c0, c1, c2, c3, b[p + 4]!, b[p + 5]!, b[p + 6]!);
  }
  const c4 = b[p + 4]!;
  const c5 = b[p + 5]!;
  const c6 = b[p + 6]!;
  const c7 = b[p + 7]!;
  if (size < 12) {
    if (size === 8) return text(c0, c1, c2, c3, c4, c5, c6, c7);
    if (size === 9) return text(c0, c1, c2, c3, c4, c5, c6, c7, b[p + 8]!);
    if (size === 10) return text(c0, c1, c2, c3, c4, c5, c6, c7, b[p + 8]!, b[p + 9]!);
    return text(c0, c1, c2, c3, c4, c5, c6, c7, b[p + 8]!, b[p + 9]!, b[p + 10]!);
  }
  const c8 = b[p + 8]!;
  const c9 = b[p + 9]!;
  const c10 = b[p + 10]!;
  const c11 = b[p + 11]!;
  if (size === 12) return text(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11);
  const c12 = b[p + 12]!;
  if (size === 13) return text(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12);
  const c13 = b[p + 13]!;
  if (size === 14) return text(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13);
  const c14 = b[p + 14]!;
  if (size === 15) return text(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14);
  return text(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, b[p + 15]!);
}
