/** FNV-1a with 32 bits (draft-eastlake-fnv), which ids, keys and shards are made of. */
const basis = 0x811c9dc5;
const prime = 0x01000193;

/**
 * The hash of a text's UTF-16 code units, 32 bits with a sign. Its low and its high bits are poor for short texts: mix them
 * before some are taken.
 */
export function fnvOfText(text: string): number {
  let hash = basis;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), prime);
  return hash;
}

/** The hash of the bytes from `start` to before `end`, 32 bits with a sign. */
export function fnvOfBytes(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let hash = basis;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, prime);
  return hash;
}
