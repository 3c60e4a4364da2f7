import type { Clock } from "../../clock/clock.ts";
import { clockRule } from "../../clock/clock-rules.ts";
import { loggerOption } from "../../log/log-rules.ts";
import type { Logger } from "../../log/logger.ts";
import { filled } from "../../options/address-rules.ts";
import { object, optional, type RulesOf, required, withDefault } from "../../options/option-rules.ts";
import { choice, ms, whole } from "../../options/rule-kinds.ts";
import type { Synchronous } from "./sqlite-connection.ts";

/** What `new EmbeddedStore` takes. */
export interface EmbeddedOptions {
  /** The SQLite file; ":memory:" keeps nothing. Databases other than "main" get a file beside it. */
  readonly file: string;
  /**
   * What an acknowledged change outlives. "normal": the death of any process. "full": also a power cut, at the price of a
   * wait for the disk in each transaction. Default "normal".
   */
  readonly synchronous?: Synchronous;
  /** How long a change waits for other processes that write, milliseconds; then UNAVAILABLE. Default 5,000. */
  readonly busyMs?: number;
  /** Changes that may wait in this process; then RESOURCE_EXHAUSTED. Default 65,536. */
  readonly queueCount?: number;
  readonly clock?: Clock;
  /** Told what is changed in the file's tables when they are opened. Default: nobody. */
  readonly log?: Logger;
}

/** What an acknowledged change outlives; the topology has the same option. */
export const synchronousOption = withDefault(choice(["normal", "full"]), "normal");

/** The rules of {@link EmbeddedOptions}. */
export const embeddedRule = object({
  file: required(filled('a path, or ":memory:"')),
  synchronous: synchronousOption,
  busyMs: withDefault(ms(1), 5_000),
  queueCount: withDefault(whole(1, 100_000_000, ""), 65_536),
  clock: optional(clockRule),
  log: loggerOption,
} satisfies RulesOf<EmbeddedOptions>);
