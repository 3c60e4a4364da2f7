import { type Option, optional, withDefault } from "../options/option-rules.ts";
import { having } from "../options/rule-kinds.ts";
import type { Counters } from "./counters.ts";
import { type Logger, silentLogger } from "./logger.ts";

export const loggerRule = having<Logger>(
  "a logger with debug, info, warn, error and child, as pino's",
  "debug",
  "info",
  "warn",
  "error",
  "child",
);

/** Where lines go; default: nowhere. */
export const loggerOption: Option<Logger> = withDefault(loggerRule, silentLogger);

/** Where something counts; default: counters of its own. */
export const countersOption: Option<Counters | undefined> = optional(
  having<Counters>("a Counters", "add", "entries"),
);
