import type { Clock } from "../clock/clock.ts";
import type { Deadlines } from "../clock/deadlines.ts";
import type { CountedLog } from "../log/counted-log.ts";
import type { Counters } from "../log/counters.ts";
import type { Logger } from "../log/logger.ts";
import type { ResolvedGateLimits } from "./gate-options.ts";

/** What all parts of a gate share. */
export interface GateCore {
  readonly name: string;
  readonly bootId: string;
  readonly schema: string;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: Logger;
  /** Writes what a peer can cause without bound. */
  readonly counted: CountedLog;
  readonly counters: Counters;
  readonly limits: ResolvedGateLimits;
  readonly refusals: Refusals;
}

/** Counts what was refused, and logs it without letting a peer flood the log. */
export class Refusals {
  readonly #log: CountedLog;
  readonly #counters: Counters;

  constructor(log: CountedLog, counters: Counters) {
    this.#log = log;
    this.#counters = counters;
  }

  /** `what` is a name from the code, "client.rate", never from a peer. */
  note(what: string, details: object): void {
    this.#counters.add(what);
    this.#log.warn({ what, ...details }, "refused", what);
  }
}
