/** Offset basis of 32-bit FNV-1a (draft-eastlake-fnv), the hash of ids, keys and shards. */
const basis = 0x811c9dc5;
const prime = 0x01000193;

/**
 * Hashes the UTF-16 code units of a text to a signed 32-bit number. Low and high bits are poor for short texts: mix the
 * number before using a part of its bits.
 */
export function fnvOfText(text: string): number {
  let hash = basis;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), prime);
  return hash;
}

/** Hashes the bytes from `start` to before `end` to a signed 32-bit number. */
export function fnvOfBytes(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let hash = basis;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, prime);
  return hash;
}
