import { fnvOfText } from "../../../schema/fnv.ts";
import { isAscii, type Text } from "./column-text.ts";

/** Where the second hash begins. Filters in Redis hold what it gives: never another number. */
const secondStart = 0x1000193;

/** Mixes an FNV-1a, as its low bits alone are poor. */
export function mixed(fnv: number): number {
  return (fnv ^ (fnv >>> 16)) >>> 0;
}

/** Appends the two hashes by which a value is in a Bloom filter: of its bytes, whether it is given as text or bytes. */
export function pushHashes(args: Text[], value: Text): void {
  const text = bytewise(value);
  let second = secondStart;
  for (let at = 0; at < text.length; at++) {
    second = Math.imul(second ^ text.charCodeAt(at), 0x5bd1e995);
    second ^= second >>> 15;
  }
  args.push(String(mixed(fnvOfText(text))), String(mixed(second)));
}

/** A letter for each byte. */
function bytewise(text: Text): string {
  if (typeof text !== "string") return text.toString("latin1");
  return isAscii(text) ? text : Buffer.from(text).toString("latin1");
}
