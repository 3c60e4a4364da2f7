import type { Clock } from "../../clock/clock.ts";

/** Something that tells when its last call is over. */
export interface CallCount {
  onEmpty: (() => void) | undefined;
}

/** Resolves when `count()`, which one of `parts` tells of, is 0, or after `ms`. */
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
