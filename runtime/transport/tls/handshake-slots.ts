import type { DeadlineHandle, Deadlines } from "../../clock/deadlines.ts";

/** A connection that takes part in {@link HandshakeSlots}. */
export interface Handshake {
  /** Begins the handshake; called once, when there is a slot. */
  begin(): void;
  /** Ends a handshake that is too slow while others wait. The connection must be closed. */
  cut(): void;
}

/** How long a handshake may take while others wait for its slot, in ms. A client on a slow network needs less. */
const slowMs = 1_000;

/**
 * Bounds the handshakes that run at a time, because each holds tens of kilobytes before the client has proved anything.
 * Further connections wait, unread. While connections wait, a handshake that has taken a second is cut: clients that
 * never finish can hold a slot for a second only.
 */
export class HandshakeSlots {
  readonly #count: number;
  readonly #deadlines: Deadlines;
  /** Running handshakes with the time of their start, the oldest first. */
  readonly #running = new Map<Handshake, number>();
  readonly #waiting = new Set<Handshake>();
  #timer: DeadlineHandle = 0;

  constructor(count: number, deadlines: Deadlines) {
    this.#count = count;
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

  /** Begins a handshake now, or once there is a slot. {@link leave} has to follow. */
  enter(handshake: Handshake): void {
    if (this.#running.size < this.#count) {
      this.#begin(handshake);
    } else {
      this.#waiting.add(handshake);
      this.#watch();
    }
  }

  /** Frees the slot of a handshake that has ended, or ends its wait. Idempotent. */
  leave(handshake: Handshake): void {
    if (this.#waiting.delete(handshake) || !this.#running.delete(handshake)) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#begin(next);
  }

  onDeadline(): void {
    this.#timer = 0;
    const now = this.#deadlines.clock.now();
    for (const [handshake, startMs] of this.#running) {
      if (this.#waiting.size === 0 || now - startMs < slowMs) break;
      handshake.cut();
      this.leave(handshake);
    }
    if (this.#waiting.size > 0) this.#watch();
  }

  #begin(handshake: Handshake): void {
    this.#running.set(handshake, this.#deadlines.clock.now());
    handshake.begin();
  }

  /** Plans the check for slow handshakes, at the time when the oldest one is slow. */
  #watch(): void {
    if (this.#timer !== 0) return;
    const [oldestMs = 0] = this.#running.values();
    const leftMs = oldestMs + slowMs - this.#deadlines.clock.now();
    this.#timer = this.#deadlines.add(Math.max(leftMs, 1), this);
  }
}
