import type { TurnShare } from "../transport.ts";
import type { Turns, TurnWaiter } from "./turns.ts";

/** A read of so many bytes was cut off by its buffer: more lies ready, and belongs to the next turn. */
export const fullReadBytes = 65_536;

/**
 * One connection's share of the turns of the event loop: what is left of it, and the bytes that wait for the next one. Holds
 * at most what was read before reading could be stopped.
 */
export class Share implements TurnShare, TurnWaiter {
  left = 0;
  readonly #turns: Turns;
  readonly #owner: TurnWaiter;
  readonly #copies: boolean;
  #back: Uint8Array | undefined;
  #unread: Uint8Array | undefined;
  #copy: Uint8Array | undefined;
  #waiting = false;

  /** `copies`: the memory of chunks is used again after their delivery. */
  constructor(turns: Turns, owner: TurnWaiter, copies: boolean) {
    this.#turns = turns;
    this.#owner = owner;
    this.#copies = copies;
  }

  /** The share is used up, and the next one is waited for: deliver nothing, read nothing. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** Bytes that were read and are not delivered. */
  get pendingBytes(): number {
    return (this.#back?.length ?? 0) + (this.#unread?.length ?? 0);
  }

  /** A new turn: the whole share is there again. */
  renew(): void {
    this.left = this.#turns.frameCount;
  }

  putBack(rest: Uint8Array): void {
    if (rest.length > 0) this.#back = this.#own(rest);
    this.wait();
  }

  /** Keeps bytes that were read and not looked at. */
  keep(unread: Uint8Array): void {
    const own = this.#own(unread);
    this.#unread = this.#unread === undefined ? own : Buffer.concat([this.#unread, own]);
  }

  /** Waits for the next turn, if it does not already. */
  wait(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#turns.wait(this);
  }

  /** What the handler gave back. */
  takeBack(): Uint8Array | undefined {
    const back = this.#back;
    this.#back = undefined;
    return back;
  }

  /** What was read and not looked at. */
  takeUnread(): Uint8Array | undefined {
    const unread = this.#unread;
    this.#unread = undefined;
    return unread;
  }

  /** Throws away what waits. */
  drop(): void {
    this.#back = undefined;
    this.#unread = undefined;
    this.#copy = undefined;
  }

  onTurn(): void {
    this.#waiting = false;
    this.renew();
    this.#owner.onTurn();
    if (this.pendingBytes === 0) this.#copy = undefined;
  }

  /** A rest that is put back again and again is copied once. */
  #own(bytes: Uint8Array): Uint8Array {
    if (!this.#copies || bytes.buffer === this.#copy?.buffer) return bytes;
    const copy = Uint8Array.prototype.slice.call(bytes);
    this.#copy = copy;
    return copy;
  }
}
