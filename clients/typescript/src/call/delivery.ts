import { EndOfTick } from "../transport/end-of-tick.ts";

/**
 * Delivers replies and pushes in the order in which the server sent them. A reply settles a promise, and the awaiting
 * code runs only after the current task; a push listener would run at once. So a push that follows a reply in the same
 * chunk would overtake it. After a reply, every push of the tick waits until the awaiting code has run. Consecutive
 * replies, and consecutive pushes, do not wait.
 */
export class Delivery {
  readonly #waiting: (() => void)[] = [];
  /** Whether each waiting entry settles a promise. */
  readonly #settles: boolean[] = [];
  readonly #endOfTick = new EndOfTick(() => this.#drain());
  #settledNow = false;

  /** Whether an entry of this kind has to be queued with {@link queue} instead of being run at once. */
  mustWait(settles: boolean): boolean {
    return this.#waiting.length > 0 || (this.#settledNow && !settles);
  }

  /** Records a promise that was settled at once. */
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

  /** Runs a function in its turn: at once when the queue is empty. `run` must not throw. */
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
