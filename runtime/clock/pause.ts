import type { Clock } from "./clock.ts";

/** Resolves after `ms` milliseconds of the clock. There is no way to end it early. */
export function pause(clock: Pick<Clock, "after">, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
