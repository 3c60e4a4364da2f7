import { backoffMs } from "../../clock/backoff.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { object, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { ms } from "../../options/rule-kinds.ts";

/** When a process that ended is started again. */
export interface BackoffOptions {
  /** Before the first restart, in milliseconds. Default 100. */
  readonly firstMs: number;
  /** The longest wait, in milliseconds. Default 15000. */
  readonly maxMs: number;
  /** A process that ran for so long was healthy: its next wait is the first one again. Default 30000. */
  readonly healthyMs: number;
}

/** The rules of {@link BackoffOptions}. */
export const backoffRule = object({
  firstMs: withDefault(ms(1), 100),
  maxMs: withDefault(ms(1), 15_000),
  healthyMs: withDefault(ms(1), 30_000),
} satisfies RulesOf<BackoffOptions>);

/** Waits that double with every failure in a row. It never gives up. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options?: Partial<BackoffOptions>) {
    this.#options = resolveOptions("Backoff", backoffRule, options);
  }

  /** How many times in a row the process ended before it was healthy. */
  get failures(): number {
    return this.#failures;
  }

  /** The wait before the next start of a process that ran for `ranMs`. */
  next(ranMs: number): number {
    if (ranMs >= this.#options.healthyMs) this.#failures = 0;
    this.#failures++;
    const { firstMs: minDelayMs, maxMs: maxDelayMs } = this.#options;
    return backoffMs({ minDelayMs, maxDelayMs }, this.#failures - 1);
  }
}
