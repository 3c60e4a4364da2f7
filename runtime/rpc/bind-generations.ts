import { randomInt } from "node:crypto";
import type { Clock } from "../clock/clock.ts";

const epochMs = Date.UTC(2020, 0);
const perMs = 4_096;

/**
 * Numbers the binds of users: milliseconds since 2020 with twelve random bits below, each number above the one before.
 * Every gate picks the same winner of two binds of one user in one moment, on any two nodes.
 */
export class Generations {
  readonly #clock: Clock;
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): number {
    const now = (this.#clock.wall() - epochMs) * perMs + randomInt(perMs);
    this.#last = Math.max(this.#last + 1, now);
    return this.#last;
  }
}
