/** So many in a time: the size of a token bucket, and how long it takes to fill up. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

/**
 * Token buckets, one number each: the generic cell rate algorithm (ITU-T I.371). A bucket holds the time at which it would
 * be full again; taking a token moves that on by one interval, and is refused when it lies further ahead than a burst.
 */
export class RateLimit {
  readonly rate: Rate;
  readonly #intervalMs: number;
  readonly #burstMs: number;

  constructor(rate: Rate) {
    const { count, perMs } = rate;
    this.rate = rate;
    this.#intervalMs = perMs / count;
    this.#burstMs = perMs - this.#intervalMs;
  }

  /** Takes a token of buckets[index]. 0: taken; otherwise milliseconds until there is one. */
  take(buckets: Float64Array, index: number, now: number): number {
    const full = buckets[index]!;
    const ahead = full - now - this.#burstMs;
    // A hair of tolerance, since intervals are fractions.
    if (ahead > 1e-6) return Math.ceil(ahead);
    buckets[index] = Math.max(full, now) + this.#intervalMs;
    return 0;
  }
}
