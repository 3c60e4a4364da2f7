import { copyBytes } from "../../wire/copy-bytes.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import { type Kind, nextSequence, pushKind } from "../../wire/session/envelope.ts";
import { getUint32, putUint32 } from "../../wire/uint32.ts";
import type { SharedPush, WindowStore } from "./window-store.ts";

/** Bytes of an entry that refers to a shared push: mark, slot, number. */
const sharedBytes = 9;
const leastCapacity = 512;
/** An empty buffer is released when less than this part of it was used. */
const wasteFactor = 4;

/** Writes one message of the session protocol; the body is bytes[start, end). */
export interface MessageWriter {
  write(of: Kind, command: number, sequence: number, bytes: Uint8Array, start: number, end: number): void;
}

/** Numbers of the messages before the first one of a window. */
export interface WindowStart {
  /** Number of answers, modulo 2^32. */
  readonly answers: number;
  /** Number of the last push; 0: none. */
  readonly lastPush: number;
}

/** Output of a connection, whose frames enter the window later than they are written, many at once. */
export interface FrameSource {
  /** Calls {@link SendWindow.keep} with the frames that are not in the window yet. */
  settle(): void;
}

/**
 * Answers and numbered pushes that a client has not acknowledged, oldest first. After a resume they are sent again in this
 * order. Holds copies of whole frames, since the bytes of an output are reused; a push to many sessions has one copy for all.
 */
export class SendWindow {
  readonly #store: WindowStore;
  readonly #limit: number;
  #source: FrameSource | undefined;
  /** Frames, and references to shared pushes, in bytes[head, tail). */
  #buffer: Uint8Array = emptyBytes;
  #head = 0;
  #tail = 0;
  /** Bytes of all entries as frames. */
  #bytes = 0;
  /** Number of entries that are shared pushes. */
  #sharedCount = 0;
  /** Number of answers so far, and of those that have left the window, acknowledged or dropped; modulo 2^32. */
  #answers = 0;
  #answersGone = 0;
  /** Number of the last push, and of the last one that has left the window; 0: none. */
  #lastPush = 0;
  #lastPushGone = 0;
  #closed = false;
  /** Bytes that the session holds elsewhere for its client. */
  #aside = 0;

  /**
   * @param limit most bytes of all entries as frames
   * @param gone what the client has received from another gate
   */
  constructor(store: WindowStore, limit: number, gone: WindowStart = { answers: 0, lastPush: 0 }) {
    this.#store = store;
    this.#limit = limit;
    this.#answers = gone.answers;
    this.#answersGone = gone.answers;
    this.#lastPush = gone.lastPush;
    this.#lastPushGone = gone.lastPush;
  }

  /** Numbers of what has left the window. A window that starts there, with the entries of this one, is equal to it. */
  get gone(): WindowStart {
    this.#source?.settle();
    return { answers: this.#answersGone, lastPush: this.#lastPushGone };
  }

  /** Number of the last push; 0 before the first. */
  get lastPush(): number {
    return this.#lastPush;
  }

  /** Bytes of all entries as frames, and of what was set aside. */
  get bytes(): number {
    this.#source?.settle();
    return this.#bytes + this.#aside;
  }

  /** Memory that the end of this window frees, in bytes: of a shared push, the part of one of its holders. */
  get memoryBytes(): number {
    this.#source?.settle();
    const buffer = this.#buffer;
    const store = this.#store;
    let bytes = buffer.length + this.#aside;
    let left = this.#sharedCount;
    for (let at = this.#head; left > 0; ) {
      if (buffer[at] === store.sharedMark) {
        bytes += store.memoryOf(store.sharedIn(getUint32(buffer, at + 1)));
        at += sharedBytes;
        left--;
      } else at += this.#sizeOf(buffer, at);
    }
    return bytes;
  }

  /** Takes frames from this output from now on; undefined: from none. Settles with the former one first. */
  open(source: FrameSource | undefined): void {
    this.#source?.settle();
    this.#source = source;
  }

  /** Counts an answer whose frame the source keeps. */
  countAnswer(): void {
    this.#answers = (this.#answers + 1) >>> 0;
  }

  /** Counts a push, whose frame the source keeps, or which is shared. Returns its number. */
  countPush(): number {
    this.#lastPush = nextSequence(this.#lastPush);
    return this.#lastPush;
  }

  /**
   * Appends whole frames of answers and numbered pushes that were counted. Returns false when they do not fit beside the
   * unacknowledged ones: then the oldest are dropped, and a client that needs them cannot resume.
   */
  keep(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#closed) return true;
    const fits = this.#makeRoom(end - start);
    let from = start;
    while (end - from + this.#aside > this.#limit) from = this.#skip(bytes, from);
    if (from === end) return fits;
    const size = end - from;
    if (!this.#reserve(size)) {
      this.#dropUntil(0);
      while (from < end) from = this.#skip(bytes, from);
      return false;
    }
    copyBytes(this.#buffer, this.#tail, bytes, from, end);
    this.#tail += size;
    this.#bytes += size;
    return fits;
  }

  /** Appends a push that was counted under this number. Returns false when it does not fit, as {@link SendWindow.keep} does. */
  share(push: SharedPush, number: number): boolean {
    if (this.#closed) return true;
    this.#source?.settle();
    const store = this.#store;
    const size = store.headBytes + push.end - push.start;
    const fits = this.#makeRoom(size);
    if (size + this.#aside > this.#limit || !this.#reserve(sharedBytes) || !store.hold(push, this)) {
      this.#dropUntil(0);
      this.#lastPushGone = number;
      return false;
    }
    const buffer = this.#buffer;
    const at = this.#tail;
    buffer[at] = store.sharedMark;
    putUint32(buffer, at + 1, push.slot);
    putUint32(buffer, at + 5, number);
    this.#tail = at + sharedBytes;
    this.#bytes += size;
    this.#sharedCount++;
    return fits;
  }

  /** Counts and appends a message. Returns false when it does not fit, as {@link SendWindow.keep} does. */
  add(of: Kind, command: number, number: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#closed) return true;
    this.#source?.settle();
    if (of === pushKind) this.#lastPush = number;
    else this.countAnswer();
    const { frameMark, lengthAt, commandAt, envelopeAt, headBytes } = this.#store;
    const size = headBytes + end - start;
    const fits = this.#makeRoom(size);
    if (size + this.#aside > this.#limit || !this.#reserve(size)) {
      this.#dropUntil(0);
      this.#gone(of, number);
      return false;
    }
    const buffer = this.#buffer;
    const at = this.#tail;
    buffer[at] = frameMark;
    putUint32(buffer, at + lengthAt, size - commandAt);
    putUint32(buffer, at + commandAt, command);
    buffer[at + envelopeAt] = of;
    putUint32(buffer, at + envelopeAt + 1, number);
    copyBytes(buffer, at + headBytes, bytes, start, end);
    this.#tail += size;
    this.#bytes += size;
    return fits;
  }

  /**
   * Forgets what the client has received: pushes up to the number, and as many answers since the session's start. Ignores numbers
   * that are old, or higher than what was sent.
   */
  acknowledge(push: number, answerCount: number): void {
    if (!this.covers(push, answerCount)) return;
    const buffer = this.#buffer;
    const { sharedMark, envelopeAt } = this.#store;
    for (;;) {
      this.#dropAnswers(answerCount);
      const at = this.#head;
      if (at === this.#tail) break;
      const isShared = buffer[at] === sharedMark;
      if (!isShared && buffer[at + envelopeAt] !== pushKind) break;
      const number = getUint32(buffer, isShared ? at + 5 : at + envelopeAt + 1);
      if (((number - push) | 0) > 0) break;
      this.#dropFirst();
    }
    if (this.#head === this.#tail) this.#empty();
  }

  /**
   * Returns whether the window has everything that a client lacks which has received this much. False for a client that has
   * acknowledged more before, or says that it has received more than was sent.
   */
  covers(push: number, answerCount: number): boolean {
    this.#source?.settle();
    return (
      isWithin(this.#lastPushGone, push, this.#lastPush) &&
      isWithin(this.#answersGone, answerCount, this.#answers)
    );
  }

  /** Sends all entries. They stay in the window until they are acknowledged. */
  repeat(to: MessageWriter): void {
    this.#source?.settle();
    const buffer = this.#buffer;
    const store = this.#store;
    const { sharedMark, commandAt, envelopeAt, headBytes } = store;
    for (let at = this.#head; at < this.#tail; ) {
      if (buffer[at] === sharedMark) {
        const { id, bytes, start, end } = store.sharedIn(getUint32(buffer, at + 1));
        to.write(pushKind, id, getUint32(buffer, at + 5), bytes, start, end);
        at += sharedBytes;
      } else {
        const end = at + this.#sizeOf(buffer, at);
        const of = buffer[at + envelopeAt] as Kind;
        const number = getUint32(buffer, at + envelopeAt + 1);
        to.write(of, getUint32(buffer, at + commandAt), number, buffer, at + headBytes, end);
        at = end;
      }
    }
  }

  /**
   * Counts bytes that the session holds elsewhere for its client towards the bounds, in place of those counted before. Returns
   * false when they do not fit.
   */
  setAside(bytes: number): boolean {
    if (this.#closed) return true;
    const { memory } = this.#store;
    const more = bytes - this.#aside;
    if (more > 0 && (this.bytes + more > this.#limit || !memory.take(more, this))) return false;
    if (more < 0) memory.give(-more);
    this.#aside = bytes;
    return true;
  }

  /** Releases the memory of a window without entries, whose session may be without a connection for long. */
  trim(): void {
    this.#source?.settle();
    if (this.#head === this.#tail) this.#release();
  }

  /** Drops all entries, releases the memory and takes no further messages, at the end of the session. */
  close(): void {
    this.setAside(0);
    this.#source = undefined;
    while (this.#sharedCount > 0) this.#dropFirst();
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
    this.#store.memory.give(this.#buffer.length);
    this.#buffer = emptyBytes;
    this.#head = 0;
    this.#tail = 0;
    this.#bytes = 0;
  }

  /** Drops the oldest entries until `size` bytes fit. Returns whether none had to be dropped. */
  #makeRoom(size: number): boolean {
    if (this.#bytes + this.#aside + size <= this.#limit) return true;
    this.#dropUntil(this.#limit - size);
    return false;
  }

  /** Drops the oldest entries until `most` bytes are left. */
  #dropUntil(most: number): void {
    while (this.#head < this.#tail && this.#bytes + this.#aside > most) this.#dropFirst();
  }

  /** Drops the answers before the first push, until as many have left the window. A client acknowledges hundreds at once. */
  #dropAnswers(answerCount: number): void {
    const buffer = this.#buffer;
    const { sharedMark, lengthAt, commandAt, envelopeAt } = this.#store;
    const tail = this.#tail;
    let left = (answerCount - this.#answersGone) | 0;
    let at = this.#head;
    while (at < tail && left > 0 && buffer[at] !== sharedMark && buffer[at + envelopeAt] !== pushKind) {
      at += commandAt + getUint32(buffer, at + lengthAt);
      left--;
    }
    this.#bytes -= at - this.#head;
    this.#head = at;
    this.#answersGone = (answerCount - left) >>> 0;
  }

  #dropFirst(): void {
    const store = this.#store;
    const buffer = this.#buffer;
    const at = this.#head;
    if (buffer[at] === store.sharedMark) {
      const push = store.sharedIn(getUint32(buffer, at + 1));
      this.#head = at + sharedBytes;
      this.#bytes -= store.headBytes + push.end - push.start;
      this.#lastPushGone = getUint32(buffer, at + 5);
      this.#sharedCount--;
      store.release(push);
    } else {
      this.#head = this.#skip(buffer, at);
      this.#bytes -= this.#head - at;
    }
  }

  /** Counts a frame as gone. Returns where the next one begins. */
  #skip(bytes: Uint8Array, at: number): number {
    const envelope = at + this.#store.envelopeAt;
    this.#gone(bytes[envelope] as Kind, getUint32(bytes, envelope + 1));
    return at + this.#sizeOf(bytes, at);
  }

  #gone(of: Kind, number: number): void {
    if (of === pushKind) this.#lastPushGone = number;
    else this.#answersGone = (this.#answersGone + 1) >>> 0;
  }

  /** Returns the size of the frame that begins at `at`. */
  #sizeOf(bytes: Uint8Array, at: number): number {
    const { lengthAt, commandAt } = this.#store;
    return commandAt + getUint32(bytes, at + lengthAt);
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
    if ((used + size) * 2 > capacity && this.#store.memory.take(wanted - capacity, this)) {
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
