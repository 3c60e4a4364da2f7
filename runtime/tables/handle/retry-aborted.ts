import { isPhotinusError } from "../../../schema/errors.ts";
import { backoffMs } from "../../clock/backoff.ts";
import type { Clock } from "../../clock/clock.ts";
import { pause } from "../../clock/pause.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { object, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { whole } from "../../options/rule-kinds.ts";

/** Options of `update`. */
export interface RetryOptions {
  /** Maximum number of attempts. Default 32. */
  readonly attempts?: number;
}

/** Rule that checks {@link RetryOptions} and fills in defaults. */
export const retryRule = object({
  attempts: withDefault(whole(1, 1_000_000, "attempts"), 32),
} satisfies RulesOf<RetryOptions>);

/** Full jitter, so that competing callers do not collide again. */
const wait = Object.freeze({ minDelayMs: 1, maxDelayMs: 64, jitter: 1 });
/** No attempt begins after this time, milliseconds. A single attempt may wait for seconds until a unique value is free. */
const longestMs = 10_000;

/**
 * Retries `attempt` while it fails with ABORTED, up to the number of attempts and 10 s. The first retry is immediate; later
 * retries wait for a growing random time.
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
