import type { Clock, Timer } from "./clock.ts";

interface FakeTimer {
  dueMs: number;
  /** Interval of a repeating timer. */
  readonly everyMs: number | undefined;
  readonly fn: () => void;
}

/** Clock for tests: time passes only by `advance` and `jump`. */
export class FakeClock implements Clock {
  #now: number;
  #wall: number;
  #timers: FakeTimer[] = [];

  constructor(options: { now?: number; wall?: number } = {}) {
    this.#now = options.now ?? 0;
    this.#wall = options.wall ?? 1_700_000_000_000;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wall;
  }

  after(ms: number, fn: () => void): Timer {
    return this.#start(ms, undefined, fn);
  }

  every(ms: number, fn: () => void): Timer {
    return this.#start(ms, Math.max(ms, 1), fn);
  }

  /** Number of running timers. */
  get timerCount(): number {
    return this.#timers.length;
  }

  /** Moves time forward and runs due timers in order, each at its own time. */
  advance(ms: number): void {
    const target = this.#now + ms;
    for (let next = this.#takeDue(target); next; next = this.#takeDue(target)) {
      this.#moveTo(Math.max(next.dueMs, this.#now));
      next.fn();
    }
    this.#moveTo(target);
  }

  /** Moves time forward in one step, then runs due timers late, as in a process that was stopped for a while. */
  jump(ms: number): void {
    this.#moveTo(this.#now + ms);
    this.advance(0);
  }

  #start(ms: number, everyMs: number | undefined, fn: () => void): Timer {
    const timer: FakeTimer = { dueMs: this.#now + ms, everyMs, fn };
    this.#insert(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  /** Inserts a timer by due time; timers of equal time keep the order of their start. */
  #insert(timer: FakeTimer): void {
    const at = this.#timers.findIndex((other) => other.dueMs > timer.dueMs);
    this.#timers.splice(at < 0 ? this.#timers.length : at, 0, timer);
  }

  #takeDue(target: number): FakeTimer | undefined {
    const first = this.#timers[0];
    if (!first || first.dueMs > target) return undefined;
    this.#timers.shift();
    if (first.everyMs === undefined) return first;
    const fired: FakeTimer = { ...first };
    // Missed runs are skipped, as by the system's interval timers.
    first.dueMs = Math.max(first.dueMs, this.#now) + first.everyMs;
    this.#insert(first);
    return fired;
  }

  #moveTo(ms: number): void {
    this.#wall += ms - this.#now;
    this.#now = ms;
  }
}
