/** Rate: `count` tokens, which refill in `ms`. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

/**
 * Token buckets, by index. A plain list of numbers with fractions: a typed array of so few numbers takes three times the memory, and each
 * connection and session has one.
 */
export type Buckets = number[];

/** Makes full buckets. */
export function newBuckets(count: number): Buckets {
  // A fraction, so that the engine stores the numbers in place from the start; as a time it is long ago.
  return new Array<number>(count).fill(-0.5);
}

/** The token buckets of a rate; undefined for `false`, no limit. */
export function rateLimitOf(rate: Rate | false | undefined): RateLimit | undefined {
  return rate ? new RateLimit(rate) : undefined;
}

/**
 * Token buckets of one number each: the generic cell rate algorithm (ITU-T I.371). The number is the time at which the bucket
 * is full again. A token adds one interval to it, and is refused when the time lies further ahead than a burst.
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

  /** Takes a token of buckets[index]. Returns 0 for success, otherwise the milliseconds until the next token. */
  take(buckets: Buckets, index: number, now: number): number {
    const full = buckets[index]!;
    const ahead = full - now - this.#burstMs;
    // Intervals are fractions, so the comparison needs a tolerance.
    if (ahead > 1e-6) return Math.ceil(ahead);
    buckets[index] = Math.max(full, now) + this.#intervalMs;
    return 0;
  }

  /**
   * Takes tokens of buckets[index] for work that is done already, whether the bucket has them or not. Returns 0, or the milliseconds
   * until the bucket has repaid them. A debt is at most one `perMs`.
   */
  spend(buckets: Buckets, index: number, now: number, count: number): number {
    const { perMs } = this.rate;
    const full = Math.max(buckets[index]!, now) + count * this.#intervalMs;
    buckets[index] = Math.min(full, now + 2 * perMs);
    const ahead = full - now - perMs;
    return ahead > 0 ? Math.ceil(Math.min(ahead, perMs)) : 0;
  }
}
