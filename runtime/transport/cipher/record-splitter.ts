import { recordHeadBytes } from "../../wire/cipher/cipher.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";

/** Largest buffer, in bytes, that is kept for the next partial record. */
const keptBytes = 1_024;
const initialBytes = 64;

/**
 * Splits a stream of bytes into sealed records, whatever the chunk boundaries. A record within one chunk is not copied. A partial
 * record is collected in a buffer that grows with the received bytes, so that nothing is allocated for a length alone.
 */
export class RecordSplitter {
  /** The record that {@link next} has found; valid until the next call, and as long as the chunk. */
  record: Uint8Array | undefined;
  /** True after a length that no record has. The stream cannot be read any further. */
  illegal = false;
  readonly #overheadBytes: number;
  /** Partial record with its length; the first #have bytes have arrived. */
  #partial: Uint8Array = emptyBytes;
  #have = 0;

  /** @param overheadBytes bytes of a record without content, which is illegal */
  constructor(overheadBytes: number) {
    this.#overheadBytes = overheadBytes;
  }

  /** Reads the next record from chunk[at, ...). Returns where it ends; without a whole record, where the chunk ends. */
  next(chunk: Uint8Array, at: number): number {
    this.record = undefined;
    if (this.#have > 0 || chunk.length - at < recordHeadBytes) return this.#collect(chunk, at);
    const total = this.#totalOf(chunk, at);
    if (this.illegal) return chunk.length;
    const end = at + total;
    if (end > chunk.length) return this.#collect(chunk, at);
    this.record = chunk.subarray(at + recordHeadBytes, end);
    return end;
  }

  /** Drops the partial record. */
  drop(): void {
    this.#partial = emptyBytes;
    this.#have = 0;
  }

  #collect(chunk: Uint8Array, from: number): number {
    let at = this.#append(chunk, from, recordHeadBytes);
    if (this.#have < recordHeadBytes) return at;
    const total = this.#totalOf(this.#partial, 0);
    if (this.illegal) return chunk.length;
    at = this.#append(chunk, at, total);
    if (this.#have < total) return at;
    this.record = this.#partial.subarray(recordHeadBytes, total);
    this.#have = 0;
    if (this.#partial.length > keptBytes) this.#partial = emptyBytes;
    return at;
  }

  /** Appends bytes until there are `goal`, or the chunk ends. Returns the position in the chunk. */
  #append(chunk: Uint8Array, from: number, goal: number): number {
    const end = Math.min(chunk.length, from + goal - this.#have);
    if (end <= from) return from;
    const need = this.#have + end - from;
    if (need > this.#partial.length) {
      const grown = new Uint8Array(Math.max(need, Math.min(this.#partial.length * 2, goal), initialBytes));
      grown.set(this.#partial.subarray(0, this.#have));
      this.#partial = grown;
    }
    this.#partial.set(chunk.subarray(from, end), this.#have);
    this.#have = need;
    return end;
  }

  /** Size of the record that begins there, with its length. */
  #totalOf(bytes: Uint8Array, at: number): number {
    const sealed = (bytes[at]! << 8) | bytes[at + 1]!;
    this.illegal = sealed <= this.#overheadBytes;
    return recordHeadBytes + sealed;
  }
}
