import { IllegalMessageError, maxDepth, maxElements } from "./message-kinds.ts";

/** Range of a member's packed value in its message. */
export interface MemberRange {
  start: number;
  /** Exclusive end; at or below `start` the member is absent. */
  end: number;
}

/**
 * Checks one msgpack value without unpacking it, so that a library may unpack it safely: recursion is bounded, and
 * nothing is allocated for bytes that never came. Throws {@link IllegalMessageError} unless the value fills exactly the
 * range, is at most {@link maxDepth} levels deep, has at most {@link maxElements} elements and no more than its bytes
 * allow, uses strings, binaries or integers as map keys, and has no extension except the timestamp.
 *
 * Returns the range of the member `_key` of the outermost map. Of two such members the later one counts, as in
 * libraries.
 */
export function checkShape(bytes: Uint8Array, start: number, end: number): MemberRange {
  const member: MemberRange = { start: 0, end: 0 };
  /** Values still to come on each level; for a map, keys and values together. */
  const left = new Uint32Array(maxDepth + 1);
  const isMap = new Uint8Array(maxDepth + 1);
  let depth = 0;
  let elements = 0;
  left[0] = 1;
  let at = start;

  function big(size: number): number {
    if (size > end - at) throw new IllegalMessageError("truncated");
    let value = 0;
    for (let n = 0; n < size; n++) value = value * 256 + bytes[at++]!;
    return value;
  }
  function skip(size: number): void {
    if (size > end - at) throw new IllegalMessageError("truncated");
    at += size;
  }
  function enter(count: number, map: boolean): void {
    const values = map ? count * 2 : count;
    // Each value takes at least one byte.
    elements += values;
    if (values > end - at || elements > maxElements) throw new IllegalMessageError("count");
    if (depth === maxDepth) throw new IllegalMessageError("depth");
    depth++;
    left[depth] = values;
    isMap[depth] = map ? 1 : 0;
  }

  for (;;) {
    while (depth > 0 && left[depth] === 0) depth--;
    if (left[depth] === 0) break;
    const key = isMap[depth] === 1 && left[depth]! % 2 === 0;
    left[depth]!--;
    if (key && depth === 1) {
      // The value before this key ends here.
      if (member.end < member.start) member.end = at;
      if (isKeyName(bytes, at)) {
        member.start = at + keyName.length;
        member.end = 0;
      }
    }
    const head = big(1);
    if (key && !isMapKey(head)) throw new IllegalMessageError("key");
    if (head < 0x80 || head >= 0xe0) continue;
    if (head < 0x90) enter(head & 0x0f, true);
    else if (head < 0xa0) enter(head & 0x0f, false);
    else if (head < 0xc0) skip(head & 0x1f);
    else {
      const size = fixedBytes[head - 0xc0]!;
      if (size > 0) skip(size);
      else if (head === 0xdc || head === 0xdd) enter(big(head === 0xdc ? 2 : 4), false);
      else if (head === 0xde || head === 0xdf) enter(big(head === 0xde ? 2 : 4), true);
      else if (head === 0xc4 || head === 0xd9) skip(big(1));
      else if (head === 0xc5 || head === 0xda) skip(big(2));
      else if (head === 0xc6 || head === 0xdb) skip(big(4));
      else if (head === 0xd6 || head === 0xd7) timestamp(head === 0xd6 ? 4 : 8);
      else if (head === 0xc7) timestamp(big(1));
      else if (head !== 0xc0 && head !== 0xc2 && head !== 0xc3) {
        throw new IllegalMessageError(head === 0xc1 ? "type" : "extension");
      }
    }
  }
  if (at !== end) throw new IllegalMessageError("trailing");
  if (member.end < member.start) member.end = at;
  return member;

  function timestamp(size: number): void {
    if (big(1) !== 0xff || (size !== 4 && size !== 8 && size !== 12)) {
      throw new IllegalMessageError("extension");
    }
    skip(size);
  }
}

/** Sizes of the floats and integers that follow the heads 0xc0 to 0xdf; 0 where the size is not fixed. */
const fixedBytes = new Uint8Array(32);
fixedBytes.set([4, 8, 1, 2, 4, 8, 1, 2, 4, 8], 0xca - 0xc0);

/** Whether the head is that of an integer, a string or a binary. */
export function isMapKey(head: number): boolean {
  if (head < 0x80 || head >= 0xe0) return true;
  return (
    (head >= 0xa0 && head < 0xc0) ||
    (head >= 0xc4 && head <= 0xc6) ||
    (head >= 0xcc && head <= 0xd3) ||
    (head >= 0xd9 && head <= 0xdb)
  );
}

/** The text "_key", packed. */
export const keyName: Uint8Array = Uint8Array.of(0xa4, 0x5f, 0x6b, 0x65, 0x79);

function isKeyName(bytes: Uint8Array, at: number): boolean {
  for (let n = 0; n < keyName.length; n++) if (bytes[at + n] !== keyName[n]) return false;
  return true;
}
