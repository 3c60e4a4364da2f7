import type { ReconnectOptions } from "./connect-options.ts";

/**
 * How long to wait before an attempt: doubling from `minDelayMs` to `maxDelayMs`, of which the share `jitter` is left to
 * chance ("equal jitter" at 0.5), so that clients of one server do not come back all at once.
 *
 * @param failures attempts that failed in a row, 0 at the first
 */
export function backoffMs(
  options: Required<ReconnectOptions>,
  failures: number,
  random: () => number,
): number {
  const full = Math.min(options.maxDelayMs, options.minDelayMs * 2 ** Math.min(failures, 30));
  return Math.round(full * (1 - options.jitter * random()));
}
