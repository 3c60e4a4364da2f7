import {
  type Option,
  object,
  optional,
  type Rule,
  type RulesOf,
  required,
  withDefault,
} from "../options/option-rules.ts";
import { having, longestMs, ms, real, whole } from "../options/rule-kinds.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Rate } from "./rate-limit.ts";

const hourMs = 3_600_000;

export const clockRule: Rule<Clock> = having<Clock>("a clock, such as systemClock", "now", "after");

/** Where time comes from; default: the machine's clock. */
export const clockOption: Option<Clock> = withDefault(clockRule, systemClock);

export const sharedDeadlinesRule: Rule<Deadlines> = having<Deadlines>(
  "the Deadlines of the process",
  "add",
  "remove",
);

/** Option for a `Deadlines` that a process shares between its connections and links. Default: each has its own. */
export const deadlinesOption: Option<Deadlines | undefined> = optional(sharedDeadlinesRule);

/** Rule of a rate limit, such as `{ count: 20, perMs: 1_000 }`: 20 calls per second. */
export const rateRule: Rule<Rate> = object({
  count: required(whole(1, 1_000_000, "")),
  perMs: required(ms(1, hourMs)),
} satisfies RulesOf<Rate>);

/** Rule of `graceMs`: how long a close waits for work in flight, in ms. */
export const graceRule: Rule<number> = real(0, longestMs, "milliseconds");

/** Rule of the options of `close({ graceMs })`, with the default of `graceMs`. */
export function closeRule(graceMs: number): Rule<{ readonly graceMs: number }> {
  return object({ graceMs: withDefault(graceRule, graceMs) });
}
