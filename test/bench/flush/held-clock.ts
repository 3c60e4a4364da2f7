import { type Clock, systemClock, type Timer } from "../../../runtime/clock/clock.ts";

/** The system's clock, with timers that can be held back: a writer that has its shards then waits. */
export class HeldClock implements Clock {
  #held: (() => void)[] | undefined;

  now(): number {
    return systemClock.now();
  }

  wall(): number {
    return systemClock.wall();
  }

  after(ms: number, fn: () => void): Timer {
    return systemClock.after(ms, () => {
      if (this.#held === undefined) fn();
      else this.#held.push(fn);
    });
  }

  every(ms: number, fn: () => void): Timer {
    return systemClock.every(ms, fn);
  }

  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const fn of held) fn();
  }
}
