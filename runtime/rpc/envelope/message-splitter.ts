import { copyBytes } from "../../wire/copy-bytes.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import type { FrameBudget } from "../../wire/frame/frame-decoder.ts";
import { getUint32 } from "../../wire/uint32.ts";
import type { IllegalMessage } from "./message-kinds.ts";

/** Receives the messages of a {@link Splitter}. */
export interface SplitterSink {
  /** Takes a whole message without its length. The range is valid during the call only. */
  onMessage(bytes: Uint8Array, start: number, end: number): void;
  /** Called once, when the stream cannot be read any further. */
  onIllegal(reason: IllegalMessage): void;
}

const lengthBytes = 4;
const firstCarryBytes = 1024;
/** Largest carry buffer, in bytes, that is kept after its message is delivered. */
const keptCarryBytes = 64 * 1024;
/**
 * Splits the byte stream of a link into messages (u32 BE length, then that many bytes). A message that lies whole in a
 * chunk is delivered in place. A message across chunks is carried over in one buffer, which grows with the bytes that
 * came and never by the length that a message claims. Every byte is copied at most a constant number of times.
 */
export class Splitter {
  /** Largest message, in bytes; a change applies from the next length on. */
  maxBytes: number;
  readonly #sink: SplitterSink;
  readonly #budget: FrameBudget;
  #carry: Uint8Array = emptyBytes;
  #held = 0;
  #stopped = false;

  /** `budget` bounds what one `push` delivers; default: no bound. */
  constructor(maxBytes: number, sink: SplitterSink, budget: FrameBudget = { left: Infinity }) {
    this.maxBytes = maxBytes;
    this.#budget = budget;
    this.#sink = sink;
  }

  /** Stops delivery at once, also for the rest of the current chunk. */
  stop(): void {
    this.#stopped = true;
    this.#carry = emptyBytes;
    this.#held = 0;
  }

  /**
   * Takes bytes and returns how many were consumed. Fewer than all means that the budget is used up; push the rest
   * again later.
   */
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

  /** Appends the chunk's head to the message that an earlier chunk began. Returns where the next message starts in the chunk. */
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
    if (carry.length > keptCarryBytes) this.#carry = emptyBytes;
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
    copyBytes(this.#carry, this.#held, chunk, start, end);
    this.#held = held;
  }
}
