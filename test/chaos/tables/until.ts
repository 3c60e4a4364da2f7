import { setTimeout as sleep } from "node:timers/promises";

/** How long anything may take at most, milliseconds: much longer than it does on a slow machine. */
const limitMs = 120_000;

/** Waits until it holds. `expect.poll` does not know which test it belongs to when several run at a time. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`it never came true: ${what}`);
    await sleep(20);
  }
}
