import { isAscii, type Text } from "./column-text.ts";

const basis = 0x811c9dc5;
const prime = 0x01000193;

/** FNV-1a of a text, 32 bits with a sign, not mixed yet: a text that follows goes on from it. */
export function fnvOf(text: string): number {
  let hash = basis;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), prime);
  return hash;
}

/** Mixes an FNV-1a, as its low bits alone are poor. */
export function mixed(fnv: number): number {
  return (fnv ^ (fnv >>> 16)) >>> 0;
}

/** Appends the two hashes by which a value is in a Bloom filter: of its bytes, whether it is given as text or bytes. */
export function pushHashes(args: Text[], value: Text): void {
  const text = bytewise(value);
  let [a, b] = [basis, prime];
  for (let at = 0; at < text.length; at++) {
    const byte = text.charCodeAt(at);
    a = Math.imul(a ^ byte, prime);
    b = Math.imul(b ^ byte, 0x5bd1e995);
    b ^= b >>> 15;
  }
  args.push(String(mixed(a)), String(mixed(b)));
}

/** A letter for each byte. */
function bytewise(text: Text): string {
  if (typeof text !== "string") return text.toString("latin1");
  return isAscii(text) ? text : Buffer.from(text).toString("latin1");
}
