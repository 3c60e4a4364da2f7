import type { Clock } from "../../clock/clock.ts";
import { clockRule } from "../../clock/clock-rules.ts";
import { loggerOption } from "../../log/log-rules.ts";
import type { Logger } from "../../log/logger.ts";
import { filled } from "../../options/address-rules.ts";
import { object, optional, type RulesOf, required, withDefault } from "../../options/option-rules.ts";
import { choice, ms, whole } from "../../options/rule-kinds.ts";
import type { Synchronous } from "./sqlite-connection.ts";

/** Options of {@link EmbeddedStore}. */
export interface EmbeddedOptions {
  /** Path of the SQLite file; ":memory:" keeps tables in memory only. Databases other than "main" have files beside it. */
  readonly file: string;
  /**
   * Failures that an acknowledged change survives. "normal": the death of any process. "full": also a power cut, at the cost
   * of a disk sync in each transaction. Default "normal".
   */
  readonly synchronous?: Synchronous;
  /** Time that a change waits for writes of other processes, milliseconds; then it fails with UNAVAILABLE. Default 5,000. */
  readonly busyMs?: number;
  /** Maximum number of changes queued in this process; then calls fail with RESOURCE_EXHAUSTED. Default 65,536. */
  readonly queueCount?: number;
  /** Time source. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Receives log lines, such as changes of the file's tables on open. Default: none. */
  readonly log?: Logger;
}

/** Rule of `synchronous`, also used by the topology. */
export const synchronousOption = withDefault(choice(["normal", "full"]), "normal");

/** Rule that checks {@link EmbeddedOptions} and fills in defaults. */
export const embeddedRule = object({
  file: required(filled('a path, or ":memory:"')),
  synchronous: synchronousOption,
  busyMs: withDefault(ms(1), 5_000),
  queueCount: withDefault(whole(1, 100_000_000, ""), 65_536),
  clock: optional(clockRule),
  log: loggerOption,
} satisfies RulesOf<EmbeddedOptions>);
