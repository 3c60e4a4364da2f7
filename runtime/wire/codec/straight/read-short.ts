import { shortCopyBytes } from "../codec-limits.ts";
import { shortBytes, utf8 } from "../utf8.ts";

/**
 * Copies bytes[start, end): a value of a `bytes` field. A loop copies a few bytes faster than the engine, which needs a view of them.
 */
export function readBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const size = end - start;
  if (size > shortCopyBytes) return new Uint8Array(bytes.subarray(start, end));
  const copy = new Uint8Array(size);
  for (let at = 0; at < size; at++) copy[at] = bytes[start + at]!;
  return copy;
}

/**
 * Reads the string in bytes[start, end) as {@link utf8} does, but faster and with more code: for servers, whose code no page
 * loads.
 * @throws PhotinusError INVALID_ARGUMENT when it is not valid UTF-8.
 */
export function readText(bytes: Uint8Array, view: DataView, start: number, end: number): string {
  const size = end - start;
  if (size <= 16) return shortText(bytes, view, start, size) ?? utf8(bytes, start, end);
  if (size <= shortBytes) {
    const head = shortText(bytes, view, start, 16);
    const tail = head && shortText(bytes, view, start + 16, size - 16);
    if (tail) return head + tail;
  }
  return utf8(bytes, start, end);
}

/** Bits that no ASCII character has, in four of them. */
const notAscii = 0x80808080;

/**
 * Reads at most 16 bytes, four at once, into a flat string; undefined when they are not ASCII. The last characters come from the
 * last four bytes, so that nothing outside of the string is read.
 */
function shortText(bytes: Uint8Array, view: DataView, at: number, size: number): string | undefined {
  const text = String.fromCharCode;
  if (size < 4) {
    if (size === 0) return "";
    const c0 = bytes[at]!;
    const c1 = size > 1 ? bytes[at + 1]! : 0;
    const c2 = size > 2 ? bytes[at + 2]! : 0;
    if ((c0 | c1 | c2) > 0x7f) return undefined;
    if (size === 1) return text(c0);
    return size === 2 ? text(c0, c1) : text(c0, c1, c2);
  }
  const last = view.getInt32(at + size - 4, true);
  const z1 = (last >>> 8) & 0xff;
  const z2 = (last >>> 16) & 0xff;
  const z3 = last >>> 24;
  const first = view.getInt32(at, true);
  const c0 = first & 0xff;
  const c1 = (first >>> 8) & 0xff;
  const c2 = (first >>> 16) & 0xff;
  const c3 = first >>> 24;
  if (size < 8) {
    if (((first | last) & notAscii) !== 0) return undefined;
    if (size === 4) return text(c0, c1, c2, c3);
    if (size === 5) return text(c0, c1, c2, c3, z3);
    if (size === 6) return text(c0, c1, c2, c3, z2, z3);
    return text(c0, c1, c2, c3, z1, z2, z3);
  }
  const second = view.getInt32(at + 4, true);
  const c4 = second & 0xff;
  const c5 = (second >>> 8) & 0xff;
  const c6 = (second >>> 16) & 0xff;
  const c7 = second >>> 24;
  if (size < 12) {
    if (((first | second | last) & notAscii) !== 0) return undefined;
    if (size === 8) return text(c0, c1, c2, c3, c4, c5, c6, c7);
    if (size === 9) return text(c0, c1, c2, c3, c4, c5, c6, c7, z3);
    if (size === 10) return text(c0, c1, c2, c3, c4, c5, c6, c7, z2, z3);
    return text(c0, c1, c2, c3, c4, c5, c6, c7, z1, z2, z3);
  }
  const third = view.getInt32(at + 8, true);
  const c8 = third & 0xff;
  const c9 = (third >>> 8) & 0xff;
  const c10 = (third >>> 16) & 0xff;
  const c11 = third >>> 24;
  if (((first | second | third | last) & notAscii) !== 0) return undefined;
  if (size === 12) return text(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11);
  if (size === 13) return text(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, z3);
  if (size === 14) return text(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, z2, z3);
  if (size === 15) return text(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, z1, z2, z3);
  return text(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, last & 0xff, z1, z2, z3);
}
