import { shortCopyBytes } from "../../wire/codec/codec-limits.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import { type Kind, pushKind } from "../../wire/session/envelope.ts";
import { getUint32, putUint32 } from "../../wire/uint32.ts";

/** Bytes of an entry before its body: kind, command, number, size of the body. */
const headBytes = 13;
const leastCapacity = 512;
/** An empty buffer is released when less than this part of it was used. */
const wasteFactor = 4;

/** Writes one message of the session protocol; the body is bytes[start, end). */
export interface MessageWriter {
  write(of: Kind, command: number, sequence: number, bytes: Uint8Array, start: number, end: number): void;
}

/** Memory of all windows of a gate. */
export interface WindowMemory {
  /** Counts allocated bytes. Returns false when the gate's bound does not allow them; frees memory of other windows first. */
  take(bytes: number, by: SendWindow): boolean;
  give(bytes: number): void;
}

/**
 * Answers and numbered pushes that a client has not acknowledged, oldest first. After a resume they are sent again in this
 * order. Holds copies, since the bytes that the gate relays belong to a link's input.
 */
export class SendWindow {
  readonly #memory: WindowMemory;
  readonly #limit: number;
  #buffer: Uint8Array = emptyBytes;
  #head = 0;
  #tail = 0;
  /** Number of answers so far, and of those that have left the window, acknowledged or dropped; modulo 2^32. */
  #answers = 0;
  #answersGone = 0;
  /** Number of the last push, and of the last one that has left the window; 0: none. */
  #lastPush = 0;
  #lastPushGone = 0;
  #closed = false;
  /** Bytes that the session holds elsewhere for its client. */
  #aside = 0;

  /** @param limit most bytes of all entries, with 13 bytes for each entry */
  constructor(memory: WindowMemory, limit: number) {
    this.#memory = memory;
    this.#limit = limit;
  }

  /** Number of the last push that was added; 0 before the first. */
  get lastPush(): number {
    return this.#lastPush;
  }

  /** Bytes of all entries, and of what was set aside. */
  get bytes(): number {
    return this.#tail - this.#head + this.#aside;
  }

  /**
   * Appends a message. Returns false when it does not fit beside the unacknowledged ones: then the oldest are dropped, and a
   * client that needs them cannot resume.
   */
  add(of: Kind, command: number, number: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#closed) return true;
    if (of === pushKind) this.#lastPush = number;
    else this.#answers = (this.#answers + 1) >>> 0;
    const size = headBytes + end - start;
    let fits = this.bytes + size <= this.#limit;
    if (!fits) this.#dropUntil(this.#limit - size);
    if (size + this.#aside <= this.#limit && this.#reserve(size)) {
      const buffer = this.#buffer;
      const at = this.#tail;
      buffer[at] = of;
      putUint32(buffer, at + 1, command);
      putUint32(buffer, at + 5, number);
      putUint32(buffer, at + 9, end - start);
      copy(buffer, at + headBytes, bytes, start, end);
      this.#tail += size;
    } else {
      fits = false;
      this.#dropUntil(0);
      this.#gone(of, number);
    }
    return fits;
  }

  /**
   * Forgets what the client has received: pushes up to the number, and as many answers since the session's start. Ignores numbers
   * that are old, or higher than what was sent.
   */
  acknowledge(push: number, answerCount: number): void {
    if (!this.covers(push, answerCount)) return;
    while (this.#head < this.#tail) {
      const at = this.#head;
      const of = this.#buffer[at] as Kind;
      const number = getUint32(this.#buffer, at + 5);
      const ahead = of === pushKind ? (number - push) | 0 : (this.#answersGone + 1 - answerCount) | 0;
      if (ahead > 0) break;
      this.#head = at + headBytes + getUint32(this.#buffer, at + 9);
      this.#gone(of, number);
    }
    if (this.#head === this.#tail) this.#empty();
  }

  /**
   * Returns whether the window has everything that a client lacks which has received this much. False for a client that has
   * acknowledged more before, or says that it has received more than was sent.
   */
  covers(push: number, answerCount: number): boolean {
    return (
      isWithin(this.#lastPushGone, push, this.#lastPush) &&
      isWithin(this.#answersGone, answerCount, this.#answers)
    );
  }

  /** Sends all entries. They stay in the window until they are acknowledged. */
  repeat(to: MessageWriter): void {
    const buffer = this.#buffer;
    for (let at = this.#head; at < this.#tail; ) {
      const body = at + headBytes;
      const end = body + getUint32(buffer, at + 9);
      to.write(buffer[at] as Kind, getUint32(buffer, at + 1), getUint32(buffer, at + 5), buffer, body, end);
      at = end;
    }
  }

  /**
   * Counts bytes that the session holds elsewhere for its client towards the bounds, in place of those counted before. Returns
   * false when they do not fit.
   */
  setAside(bytes: number): boolean {
    if (this.#closed) return true;
    const more = bytes - this.#aside;
    if (more > 0 && (this.bytes + more > this.#limit || !this.#memory.take(more, this))) return false;
    if (more < 0) this.#memory.give(-more);
    this.#aside = bytes;
    return true;
  }

  /** Releases the memory of a window without entries, whose session may be without a connection for long. */
  trim(): void {
    if (this.#head === this.#tail) this.#release();
  }

  /** Drops all entries, releases the memory and takes no further messages, at the end of the session. */
  close(): void {
    this.setAside(0);
    this.#closed = true;
    this.#release();
  }

  /** Keeps the buffer of a busy session, which needs it again at once. Releases one that was hardly used since the last time. */
  #empty(): void {
    if (this.#tail * wasteFactor < this.#buffer.length) this.#release();
    this.#head = 0;
    this.#tail = 0;
  }

  #release(): void {
    this.#memory.give(this.#buffer.length);
    this.#buffer = emptyBytes;
    this.#head = 0;
    this.#tail = 0;
  }

  /** Drops the oldest entries until `most` bytes are left. */
  #dropUntil(most: number): void {
    while (this.#head < this.#tail && this.bytes > most) {
      const at = this.#head;
      this.#head += headBytes + getUint32(this.#buffer, at + 9);
      this.#gone(this.#buffer[at] as Kind, getUint32(this.#buffer, at + 5));
    }
  }

  #gone(of: Kind, number: number): void {
    if (of === pushKind) this.#lastPushGone = number;
    else this.#answersGone = (this.#answersGone + 1) >>> 0;
  }

  /**
   * Makes room for `size` bytes behind the tail: moves the entries to the start, or grows. Growth comes before the buffer is full,
   * because each move copies all entries. Returns false when the buffer is too small and the gate's bound does not allow growth.
   */
  #reserve(size: number): boolean {
    const capacity = this.#buffer.length;
    if (this.#tail + size <= capacity) return true;
    const used = this.#tail - this.#head;
    let wanted = Math.max(capacity * 2, leastCapacity);
    while (wanted < used + size) wanted *= 2;
    if ((used + size) * 2 > capacity && this.#memory.take(wanted - capacity, this)) {
      const grown = new Uint8Array(wanted);
      grown.set(this.#buffer.subarray(this.#head, this.#tail));
      this.#buffer = grown;
    } else if (used + size <= capacity) this.#buffer.copyWithin(0, this.#head, this.#tail);
    else return false;
    this.#head = 0;
    this.#tail = used;
    return true;
  }
}

/** Returns whether a number lies between two others, both included, in the wrapping order of 32-bit numbers. */
function isWithin(from: number, number: number, to: number): boolean {
  return (number - from) >>> 0 <= (to - from) >>> 0;
}

/** Copies a body. A loop beats the call of `set`, with its view, for short bodies. */
function copy(to: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): void {
  if (end - start > shortCopyBytes) to.set(bytes.subarray(start, end), at);
  else for (let i = start; i < end; i++) to[at + i - start] = bytes[i]!;
}
