import type { DeadlineHandle, Deadlines } from "../../clock/deadlines.ts";
import { newBuckets, type RateLimit } from "../../clock/rate-limit.ts";

/** A connection that takes part in {@link HandshakeSlots}. */
export interface Handshake {
  /** Begins the handshake; called once, when there is a slot. */
  begin(): void;
  /** Ends a handshake that is too slow while others wait. The connection must be closed. */
  cut(): void;
}

/** Parts of {@link HandshakeSlots}. */
export interface HandshakeSlotParts {
  /** Most handshakes at a time. */
  readonly count: number;
  /** Rate of handshakes of all connections together. */
  readonly rate: RateLimit;
}

/** How long a handshake may take while others wait for its slot, in ms. A client on a slow network needs less. */
const slowMs = 1_000;

/** Handshakes that begin in one turn of the event loop. Each signs something, which takes about half a millisecond. */
const perTurn = 2;

/**
 * Bounds the work for unknown peers. A few handshakes begin in each turn of the event loop, up to a rate, and a number of
 * them runs at a time, because each holds tens of kilobytes. Further connections wait, unread. While connections wait
 * for a slot, a handshake that has taken a second is cut: clients that never finish hold a slot for a second only.
 */
export class HandshakeSlots {
  readonly #bounds: HandshakeSlotParts;
  readonly #deadlines: Deadlines;
  /** Running handshakes with the time of their start, the oldest first. */
  readonly #running = new Map<Handshake, number>();
  readonly #waiting = new Set<Handshake>();
  readonly #bucket = newBuckets(1);
  #leftInTurn = perTurn;
  /** True while the next token of the rate is awaited. */
  #awaitsToken = false;
  #timer: DeadlineHandle = 0;

  constructor(bounds: HandshakeSlotParts, deadlines: Deadlines) {
    this.#bounds = bounds;
    this.#deadlines = deadlines;
  }

  /** Number of running handshakes. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** Number of connections that wait for a slot. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Begins a handshake now, or once it is its turn. {@link leave} has to follow. */
  enter(handshake: Handshake): void {
    this.#waiting.add(handshake);
    this.#serve();
  }

  /** Frees the slot of a handshake that has ended, or ends its wait. Idempotent. */
  leave(handshake: Handshake): void {
    if (!this.#waiting.delete(handshake) && this.#running.delete(handshake)) this.#serve();
  }

  onDeadline(): void {
    this.#timer = 0;
    const now = this.#deadlines.clock.now();
    for (const [handshake, startMs] of this.#running) {
      if (!this.#isFull || now - startMs < slowMs) break;
      handshake.cut();
      this.leave(handshake);
    }
    this.#serve();
  }

  /** Whether connections wait for a slot. */
  get #isFull(): boolean {
    return this.#waiting.size > 0 && this.#running.size >= this.#bounds.count;
  }

  #serve(): void {
    while (this.#waiting.size > 0 && this.#leftInTurn > 0 && !this.#awaitsToken && !this.#isFull) {
      const now = this.#deadlines.clock.now();
      const waitMs = this.#bounds.rate.take(this.#bucket, 0, now);
      if (waitMs > 0) {
        this.#awaitToken(waitMs);
        return;
      }
      if (this.#leftInTurn-- === perTurn) setImmediate(() => this.#onTurn());
      const [next] = this.#waiting;
      this.#waiting.delete(next!);
      this.#running.set(next!, now);
      next!.begin();
    }
    if (this.#isFull) this.#watch();
  }

  #onTurn(): void {
    this.#leftInTurn = perTurn;
    this.#serve();
  }

  #awaitToken(ms: number): void {
    this.#awaitsToken = true;
    this.#deadlines.clock.after(ms, () => {
      this.#awaitsToken = false;
      this.#serve();
    });
  }

  /** Plans the check for slow handshakes, at the time when the oldest one is slow. */
  #watch(): void {
    if (this.#timer !== 0) return;
    const [oldestMs = 0] = this.#running.values();
    const leftMs = oldestMs + slowMs - this.#deadlines.clock.now();
    this.#timer = this.#deadlines.add(Math.max(leftMs, 1), this);
  }
}
