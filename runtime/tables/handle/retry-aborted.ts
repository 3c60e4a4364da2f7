import { isPhotinusError } from "../../../schema/errors.ts";
import { backoffMs } from "../../clock/backoff.ts";
import type { Clock } from "../../clock/clock.ts";
import { pause } from "../../clock/pause.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { object, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { whole } from "../../options/rule-kinds.ts";

export interface RetryOptions {
  /** How often it is tried at most. Default 32. */
  readonly attempts?: number;
}

/** The rules of {@link RetryOptions}. */
export const retryRule = object({
  attempts: withDefault(whole(1, 1_000_000, "attempts"), 32),
} satisfies RulesOf<RetryOptions>);

/** The whole of each wait is left to chance, so that those who compete part. */
const wait = Object.freeze({ minDelayMs: 1, maxDelayMs: 64, jitter: 1 });
/** No try begins later than this, milliseconds: one may itself wait for seconds, until a unique value is free. */
const longestMs = 10_000;

/**
 * Runs `attempt` until it does not fail with ABORTED, or has failed so too often or for too long. The first time it tries again at once,
 * then after a random time that grows, so that those who compete part.
 */
export async function retryAborted<T>(
  clock: Clock,
  attempt: () => Promise<T>,
  options?: RetryOptions,
): Promise<T> {
  const { attempts } = resolveOptions("retry", retryRule, options);
  const end = clock.now() + longestMs;
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPhotinusError(error) || error.code !== "ABORTED") throw error;
      if (tried >= attempts || clock.now() >= end) throw error;
    }
    if (tried > 1) await pause(clock, backoffMs(wait, tried));
  }
}
