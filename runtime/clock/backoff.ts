/** How waits grow between attempts that fail. */
export interface BackoffShape {
  /** The wait after the first failure, milliseconds; each further failure doubles it. */
  readonly minDelayMs: number;
  /** The longest wait, milliseconds. */
  readonly maxDelayMs: number;
  /**
   * The share of a wait that is left to chance, 0 to 1, so that a crowd does not come back all at once: at 0.5 a wait is
   * shortened by up to its half, at 1 by up to the whole. Default 0.
   */
  readonly jitter?: number;
}

/**
 * The wait before the next attempt, milliseconds, not rounded: exponential backoff with an upper bound.
 *
 * @param failures attempts that have failed in a row before the last one: 0 after the first failure
 * @param random gives numbers from 0 to below 1; default `Math.random`
 */
export function backoffMs(
  { minDelayMs, maxDelayMs, jitter = 0 }: BackoffShape,
  failures: number,
  random: () => number = Math.random,
): number {
  const full = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(failures, 30));
  return jitter === 0 ? full : full * (1 - jitter * random());
}
