import type { Clock } from "../../clock/clock.ts";

/** A set of calls that reports when its last call has ended. */
export interface CallCount {
  onEmpty: (() => void) | undefined;
}

/** Resolves when `count()` is 0, or after `ms`. A change of the count is reported by one of `parts`. */
export function idle(
  clock: Clock,
  ms: number,
  parts: readonly CallCount[],
  count: () => number,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve);
    const look = () => {
      if (count() > 0) return;
      timer.cancel();
      resolve();
    };
    for (const part of parts) part.onEmpty = look;
    look();
  });
}
