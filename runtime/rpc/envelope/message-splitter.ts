import type { FrameBudget } from "../../wire/frame/frame-decoder.ts";
import { getUint32 } from "../../wire/uint32.ts";
import type { IllegalMessage } from "./message-kinds.ts";

/** Hears from a {@link Splitter}. */
export interface SplitterSink {
  /** A whole message without its length; the range is valid during the call only. */
  onMessage(bytes: Uint8Array, start: number, end: number): void;
  /** Once: the stream cannot be read any further. */
  onIllegal(reason: IllegalMessage): void;
}

const lengthBytes = 4;
const firstCarryBytes = 1024;
/** A carry buffer above this is let go as soon as its message is delivered. */
const keptCarryBytes = 64 * 1024;
const empty = new Uint8Array(0);

/**
 * Cuts the byte stream of a link into messages (u32 BE length, then that many bytes). Messages that lie whole in a chunk
 * are delivered where they are; what is cut is carried over in one buffer, which grows with the bytes that came and never
 * by what a length field promises. Every byte is copied at most a constant number of times.
 */
export class Splitter {
  /** The largest message; a change applies from the next length on. */
  maxBytes: number;
  readonly #sink: SplitterSink;
  readonly #budget: FrameBudget;
  #carry: Uint8Array = empty;
  #held = 0;
  #stopped = false;

  /** `budget` bounds what one `push` delivers; default: no bound. */
  constructor(maxBytes: number, sink: SplitterSink, budget: FrameBudget = { left: Infinity }) {
    this.maxBytes = maxBytes;
    this.#budget = budget;
    this.#sink = sink;
  }

  /** Delivers nothing more, not even the rest of the chunk at hand. */
  stop(): void {
    this.#stopped = true;
    this.#carry = empty;
    this.#held = 0;
  }

  /** Returns how many bytes it took: fewer than all when the budget was used up, and then the rest is to be pushed again. */
  push(chunk: Uint8Array): number {
    const budget = this.#budget;
    const end = chunk.length;
    if (budget.left <= 0) return 0;
    let at = this.#held > 0 ? this.#complete(chunk) : 0;
    while (!this.#stopped && end - at >= lengthBytes) {
      if (budget.left <= 0) return at;
      const size = getUint32(chunk, at);
      if (!this.#legal(size)) return end;
      const next = at + lengthBytes + size;
      if (next > end) break;
      budget.left--;
      this.#sink.onMessage(chunk, at + lengthBytes, next);
      at = next;
    }
    if (!this.#stopped && at < end) this.#keep(chunk, at, end);
    return end;
  }

  /** Goes on with the message that was cut; where the chunk's next one begins. */
  #complete(chunk: Uint8Array): number {
    let at = 0;
    if (this.#held < lengthBytes) {
      at = Math.min(lengthBytes - this.#held, chunk.length);
      this.#keep(chunk, 0, at);
      if (this.#held < lengthBytes) return at;
      if (!this.#legal(getUint32(this.#carry, 0))) return at;
    }
    const total = lengthBytes + getUint32(this.#carry, 0);
    const next = Math.min(at + total - this.#held, chunk.length);
    this.#keep(chunk, at, next);
    if (this.#held < total) return next;
    const carry = this.#carry;
    this.#held = 0;
    if (carry.length > keptCarryBytes) this.#carry = empty;
    this.#budget.left--;
    this.#sink.onMessage(carry, lengthBytes, total);
    return next;
  }

  #legal(size: number): boolean {
    if (size > 0 && size <= this.maxBytes) return true;
    this.stop();
    this.#sink.onIllegal(size === 0 ? "truncated" : "length");
    return false;
  }

  #keep(chunk: Uint8Array, start: number, end: number): void {
    const held = this.#held + end - start;
    if (held > this.#carry.length) {
      const grown = new Uint8Array(
        Math.min(
          Math.max(held, this.#carry.length * 2, firstCarryBytes),
          Math.max(held, this.maxBytes + lengthBytes),
        ),
      );
      grown.set(this.#carry.subarray(0, this.#held));
      this.#carry = grown;
    }
    if (end - start < 32) {
      for (let at = start, to = this.#held; at < end; at++, to++) this.#carry[to] = chunk[at]!;
    } else {
      this.#carry.set(chunk.subarray(start, end), this.#held);
    }
    this.#held = held;
  }
}
