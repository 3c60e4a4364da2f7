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

/** Deadlines that a process shares; default: of one's own. */
export const deadlinesOption: Option<Deadlines | undefined> = optional(sharedDeadlinesRule);

/** A count in a time: `{ count: 20, perMs: 1_000 }`. */
export const rateRule: Rule<Rate> = object({
  count: required(whole(1, 1_000_000, "")),
  perMs: required(ms(1, hourMs)),
} satisfies RulesOf<Rate>);

/** Longest wait for work to finish when something closes. */
export const graceRule: Rule<number> = real(0, longestMs, "milliseconds");

/** The rules of `close({ graceMs })`. */
export function closeRule(graceMs: number): Rule<{ readonly graceMs: number }> {
  return object({ graceMs: withDefault(graceRule, graceMs) });
}
