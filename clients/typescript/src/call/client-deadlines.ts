import type { Clock, Timer } from "../../../../runtime/clock/clock.ts";
import {
  type Deadline,
  type DeadlineHandle,
  type DeadlineSet,
  defaultTickMs,
} from "../../../../runtime/clock/deadlines.ts";

/** Handles per tick. A handle is `tick * handlesPerTick + number`, so that it names the tick that holds its entry. */
const handlesPerTick = 2 ** 21;

/**
 * Timeouts of one connection, on one coarse timer. The server's timing wheel has room for thousands of connections, and
 * more code than a page should load. Adding and removing take constant time.
 */
export class ClientDeadlines implements DeadlineSet {
  declare readonly clock: Clock;
  readonly tickMs = defaultTickMs;
  /** Entries by the tick at which they are due. */
  readonly #due = new Map<number, Map<DeadlineHandle, Deadline>>();
  #timer: Timer | undefined;
  #last = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(ms: number, entry: Deadline): DeadlineHandle {
    const now = this.clock.now() / this.tickMs;
    const tick = Math.max(Math.ceil(now + ms / this.tickMs), Math.floor(now) + 1);
    let bucket = this.#due.get(tick);
    if (!bucket) {
      bucket = new Map();
      this.#due.set(tick, bucket);
    }
    this.#last = (this.#last + 1) % handlesPerTick;
    const handle = tick * handlesPerTick + this.#last;
    bucket.set(handle, entry);
    this.#timer ??= this.clock.every(this.tickMs, () => this.#onTick());
    return handle;
  }

  remove(handle: DeadlineHandle): void {
    this.#due.get(Math.floor(handle / handlesPerTick))?.delete(handle);
  }

  /** Drops all entries without firing them. */
  clear(): void {
    for (const bucket of this.#due.values()) bucket.clear();
    this.#due.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #onTick(): void {
    const now = this.clock.now() / this.tickMs;
    for (const [tick, bucket] of this.#due) {
      if (tick <= now) {
        for (const [handle, entry] of bucket) {
          bucket.delete(handle);
          entry.onDeadline();
        }
      }
      if (bucket.size === 0) this.#due.delete(tick);
    }
    if (this.#due.size === 0) this.clear();
  }
}
