import type { Deadline, DeadlineHandle, Deadlines } from "../../clock/deadlines.ts";
import type { PendingCalls } from "./pending-calls.ts";

/**
 * Finds the calls in flight that have passed their deadline. One timer serves the whole table, set to its earliest
 * call. A call that is answered in time costs one comparison; with equal timeouts the table is scanned about once in
 * that time.
 */
export class Sweep implements Deadline {
  readonly #deadlines: Deadlines;
  readonly #pending: PendingCalls;
  readonly #onExpired: (key: number) => void;
  #at = Number.POSITIVE_INFINITY;
  #handle: DeadlineHandle = 0;

  constructor(deadlines: Deadlines, pending: PendingCalls, onExpired: (key: number) => void) {
    this.#deadlines = deadlines;
    this.#pending = pending;
    this.#onExpired = onExpired;
  }

  /** Moves the timer forward when a new call's `deadline` is the earliest. */
  cover(deadline: number, now: number): void {
    if (deadline < this.#at) this.#wait(deadline, now);
  }

  stop(): void {
    this.#deadlines.remove(this.#handle);
    this.#handle = 0;
    this.#at = Number.POSITIVE_INFINITY;
  }

  onDeadline(): void {
    this.#handle = 0;
    this.#at = Number.POSITIVE_INFINITY;
    for (const key of this.#pending.expired(this.#deadlines.clock.now())) this.#onExpired(key);
    const earliest = this.#pending.earliest();
    if (earliest < this.#at) this.#wait(earliest, this.#deadlines.clock.now());
  }

  #wait(at: number, now: number): void {
    this.#deadlines.remove(this.#handle);
    this.#at = at;
    this.#handle = this.#deadlines.add(Math.max(at - now, 1), this);
  }
}
