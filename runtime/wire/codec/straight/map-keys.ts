import { readText } from "./read-short.ts";

/** Slots of the cache; a power of two. */
const slotCount = 128;
/** Longest key in the cache, in bytes. */
const longestBytes = 16;
/** Keys that a reader reads before it has a cache: a reader for one message is not worth 3 KB. */
const keysBefore = 64;

/**
 * Keys of maps that a reader has read before: most maps have the same few keys again and again, and a text that is made once has its
 * hash already. Each key has one slot, where the next key with that slot replaces it, so that neither size nor time depends on the
 * bytes. Nothing but keys is held here: other texts may be secret.
 */
export class MapKeys {
  readonly #texts: string[] = new Array<string>(slotCount).fill("");
  /** Four words for each slot, which with the length are all bytes of the key. */
  readonly #words = new Int32Array(slotCount * 4);

  /** Returns the text in bytes[start, end), which has 1 to 16 bytes. */
  text(bytes: Uint8Array, view: DataView, start: number, end: number): string {
    const size = end - start;
    let first = 0;
    let second = 0;
    let third = 0;
    let last = 0;
    if (size < 4) {
      first = bytes[start]! | (bytes[start + (size >> 1)]! << 8) | (bytes[end - 1]! << 16);
    } else {
      first = view.getInt32(start, true);
      last = view.getInt32(end - 4, true);
      if (size > 8) {
        second = view.getInt32(start + 4, true);
        third = view.getInt32(end - 8, true);
      }
    }
    // Odd factors of no meaning, which spread words with few different bits.
    const mixed =
      Math.imul(first ^ Math.imul(second, 0x85eb_ca6b) ^ size, 0x9e37_79b1) + Math.imul(third, 31) + last;
    const slot = Math.imul(mixed, 0xc2b2_ae35) >>> 25;
    const words = this.#words;
    const at = slot * 4;
    const known = this.#texts[slot]!;
    if (
      known.length === size &&
      words[at] === first &&
      words[at + 1] === second &&
      words[at + 2] === third &&
      words[at + 3] === last
    )
      return known;
    const text = readText(bytes, view, start, end);
    // A text that is not ASCII has fewer characters than bytes, and would be taken for another one.
    if (text.length === size) {
      this.#texts[slot] = text;
      words[at] = first;
      words[at + 1] = second;
      words[at + 2] = third;
      words[at + 3] = last;
    }
    return text;
  }
}

/** The part of a reader that holds its keys. */
interface KeyHolder {
  /** Keys that were read before, or how many were read until now. */
  keys: MapKeys | number;
}

/**
 * Reads the key of a map in bytes[start, end) as {@link readText} reads a text.
 * @throws PhotinusError INVALID_ARGUMENT when it is not valid UTF-8.
 */
export function readKey(
  reader: KeyHolder,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): string {
  const size = end - start;
  if (size === 0 || size > longestBytes) return readText(bytes, view, start, end);
  const { keys } = reader;
  if (typeof keys !== "number") return keys.text(bytes, view, start, end);
  reader.keys = keys < keysBefore ? keys + 1 : new MapKeys();
  return readText(bytes, view, start, end);
}
