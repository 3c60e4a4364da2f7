import { fnvOfText } from "../../../schema/fnv.ts";
import { isAscii, type Text } from "./column-text.ts";

/** Start value of the second hash. Must never change, because filters in Redis hold the results. */
const secondStart = 0x1000193;

/** Mixes an FNV-1a hash, whose low bits alone are poorly distributed. */
export function mixed(fnv: number): number {
  return (fnv ^ (fnv >>> 16)) >>> 0;
}

/**
 * Appends the two hashes of a value for Bloom filters. Hashes the bytes, so that a text and its UTF-8 bytes give the same
 * hashes.
 */
export function pushHashes(args: Text[], value: Text): void {
  const text = bytewise(value);
  let second = secondStart;
  for (let at = 0; at < text.length; at++) {
    second = Math.imul(second ^ text.charCodeAt(at), 0x5bd1e995);
    second ^= second >>> 15;
  }
  args.push(String(mixed(fnvOfText(text))), String(mixed(second)));
}

/** Text with one character per byte. */
function bytewise(text: Text): string {
  if (typeof text !== "string") return text.toString("latin1");
  return isAscii(text) ? text : Buffer.from(text).toString("latin1");
}
