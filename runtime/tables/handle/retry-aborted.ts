import { isPhotinusError } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";

export interface RetryOptions {
  /** How often it is tried at most. Default 32. */
  readonly attempts?: number;
}

const defaultAttempts = 32;
/** The longest wait between two tries, milliseconds. */
const longestWaitMs = 64;
/** No try begins later than this, milliseconds: one may itself wait for seconds, until a unique value is free. */
const longestMs = 10_000;

/**
 * Runs `attempt` until it does not fail with ABORTED, or has failed so too often or for too long. The first time it tries again at once,
 * then after a random time that grows, so that those who compete part.
 */
export async function retryAborted<T>(
  clock: Clock,
  attempt: () => Promise<T>,
  { attempts = defaultAttempts }: RetryOptions = {},
): Promise<T> {
  const end = clock.now() + longestMs;
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPhotinusError(error) || error.code !== "ABORTED") throw error;
      if (tried >= attempts || clock.now() >= end) throw error;
    }
    if (tried > 1) await pause(clock, Math.random() * Math.min(longestWaitMs, 2 ** tried));
  }
}

/** Waits. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
