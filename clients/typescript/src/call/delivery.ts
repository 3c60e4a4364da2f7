import { EndOfTick } from "../transport/end-of-tick.ts";

/**
 * Keeps what a program sees in the order in which the server sent it. A reply settles a promise, and the code that awaits
 * it runs only when the present task is over, while a push listener would run at once: a push that follows a reply in the
 * same chunk would overtake it. So after a reply, everything else of the tick waits until the awaiting code has run.
 * Replies in a row, and pushes in a row, wait for nothing.
 */
export class Delivery {
  readonly #waiting: (() => void)[] = [];
  /** For each that waits: whether it settles a promise. */
  readonly #settles: boolean[] = [];
  readonly #endOfTick = new EndOfTick(() => this.#drain());
  #settledNow = false;

  /** True when something of this kind has to be queued with {@link queue} instead of being done at once. */
  mustWait(settles: boolean): boolean {
    return this.#waiting.length > 0 || (this.#settledNow && !settles);
  }

  /** To be told of each promise that was settled at once. */
  settled(): void {
    if (this.#settledNow) return;
    this.#settledNow = true;
    this.#endOfTick.schedule();
  }

  queue(settles: boolean, run: () => void): void {
    this.#waiting.push(run);
    this.#settles.push(settles);
    this.#endOfTick.schedule();
  }

  /** Does it in its turn: now, if nothing is before it. `run` must not throw. */
  inTurn(run: () => void): void {
    if (this.mustWait(false)) this.queue(false, run);
    else run();
  }

  #drain(): void {
    this.#settledNow = false;
    let at = 0;
    const { length } = this.#waiting;
    for (; at < length; at++) {
      const settles = this.#settles[at]!;
      if (!settles && this.#settledNow) break;
      this.#waiting[at]!();
      this.#settledNow ||= settles;
    }
    this.#waiting.splice(0, at);
    this.#settles.splice(0, at);
    if (this.#settledNow || this.#waiting.length > 0) this.#endOfTick.schedule();
    else this.#endOfTick.stop();
  }
}
