import { backoffMs } from "../../clock/backoff.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { object, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { ms } from "../../options/rule-kinds.ts";

/** Delays before restarts of an ended process. */
export interface BackoffOptions {
  /** Delay before the first restart, in ms. Default 100. */
  readonly firstMs: number;
  /** Longest delay, in ms. Default 15,000. */
  readonly maxMs: number;
  /** Uptime of a healthy process, in ms; after it the delays start over. Default 30,000. */
  readonly healthyMs: number;
}

/** Rule that checks {@link BackoffOptions} and fills in defaults. */
export const backoffRule = object({
  firstMs: withDefault(ms(1), 100),
  maxMs: withDefault(ms(1), 15_000),
  healthyMs: withDefault(ms(1), 30_000),
} satisfies RulesOf<BackoffOptions>);

/** Restart delays that double with each consecutive failure, up to a maximum. Restarts never stop. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options?: Partial<BackoffOptions>) {
    this.#options = resolveOptions("Backoff", backoffRule, options);
  }

  /** Consecutive ends of the process before it was healthy. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure after an uptime of `ranMs`, and returns the delay before the next start, in ms. */
  next(ranMs: number): number {
    if (ranMs >= this.#options.healthyMs) this.#failures = 0;
    this.#failures++;
    const { firstMs: minDelayMs, maxMs: maxDelayMs } = this.#options;
    return backoffMs({ minDelayMs, maxDelayMs }, this.#failures - 1);
  }
}
