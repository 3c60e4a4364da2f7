import type { TurnShare } from "../transport.ts";
import type { TransportBuffers } from "../transport-buffers.ts";
import type { Turns, TurnWaiter } from "./turns.ts";

/** Size of a read, in bytes, that filled its buffer: more bytes are ready, and belong to the next turn. */
export const fullReadBytes = 65_536;

/**
 * One connection's share of the event loop's turns: its remaining units, and the bytes that wait for the next turn.
 * Holds at most the bytes that were read before reading could be stopped.
 */
export class Share implements TurnShare, TurnWaiter {
  left = 0;
  readonly #turns: Turns;
  readonly #owner: TurnWaiter;
  readonly #buffers: TransportBuffers | undefined;
  readonly #isChunked: boolean;
  /** Turn of the last refill, where one turn may deliver several chunks. */
  #refilledIn = -1;
  #turnBytes = 0;
  #back: Uint8Array | undefined;
  #unread: Uint8Array | undefined;
  /** Buffers that hold the waiting bytes, if those are copies. */
  #copies: Uint8Array[] | undefined = undefined;
  #waiting = false;

  /**
   * @param buffers memory for waiting bytes; undefined when that of chunks is not reused after their delivery
   * @param isChunked whether one turn may deliver several chunks
   */
  constructor(turns: Turns, owner: TurnWaiter, buffers: TransportBuffers | undefined, isChunked = false) {
    this.#turns = turns;
    this.#owner = owner;
    this.#buffers = buffers;
    this.#isChunked = isChunked;
  }

  /** True when the share is used up: deliver nothing and read nothing until the next turn. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** Bytes that were read but not delivered. */
  get pendingBytes(): number {
    return (this.#back?.length ?? 0) + (this.#unread?.length ?? 0);
  }

  /** Refills the share for a new turn; has no effect on a later chunk of one turn. */
  renew(): void {
    if (this.#isChunked) {
      const { turn } = this.#turns;
      if (turn === this.#refilledIn) return;
      this.#refilledIn = turn;
      this.#turnBytes = 0;
    }
    this.left = this.#turns.frameCount;
  }

  /** Whether a chunk of this size, read in this turn, means that more bytes are ready, which belong to the next turn. */
  fills(size: number): boolean {
    this.#turnBytes = this.#isChunked ? this.#turnBytes + size : size;
    return this.#turnBytes >= fullReadBytes;
  }

  putBack(rest: Uint8Array): void {
    if (rest.length > 0) this.#back = this.#own(rest);
    this.wait();
  }

  /** Keeps bytes that were read but not delivered yet. */
  keep(unread: Uint8Array): void {
    const own = this.#own(unread);
    this.#unread = this.#unread === undefined ? own : Buffer.concat([this.#unread, own]);
  }

  /** Waits for the next turn, unless already waiting. */
  wait(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#turns.wait(this);
  }

  /** Removes and returns the bytes that the handler put back. */
  takeBack(): Uint8Array | undefined {
    const back = this.#back;
    this.#back = undefined;
    return back;
  }

  /** Removes and returns the bytes that were not delivered yet. */
  takeUnread(): Uint8Array | undefined {
    const unread = this.#unread;
    this.#unread = undefined;
    return unread;
  }

  /** Drops the waiting bytes. */
  drop(): void {
    this.#back = undefined;
    this.#unread = undefined;
  }

  onTurn(): void {
    this.#waiting = false;
    this.#refilledIn = -1;
    this.renew();
    this.#owner.onTurn();
    if (this.#copies !== undefined) this.#giveBack(this.#copies);
  }

  /** Copies bytes that have to outlive their chunk. Bytes that are put back repeatedly are copied once. */
  #own(bytes: Uint8Array): Uint8Array {
    if (this.#buffers === undefined || this.#copies?.some(({ buffer }) => buffer === bytes.buffer))
      return bytes;
    const copy = this.#buffers.take(bytes.length);
    if (copy.length < bytes.length) {
      this.#buffers.give(copy);
      return Uint8Array.prototype.slice.call(bytes);
    }
    this.#copies ??= [];
    this.#copies.push(copy);
    copy.set(bytes);
    return copy.subarray(0, bytes.length);
  }

  /** Gives back the buffers of bytes that were delivered or dropped. Only at the end of a turn: a handler may still read them. */
  #giveBack(copies: Uint8Array[]): void {
    for (let n = copies.length - 1; n >= 0; n--) {
      const copy = copies[n]!;
      if (copy.buffer === this.#back?.buffer || copy.buffer === this.#unread?.buffer) continue;
      copies.splice(n, 1);
      this.#buffers?.give(copy);
    }
    if (copies.length === 0) this.#copies = undefined;
  }
}
