import type { Clock } from "../clock/clock.ts";
import type { Deadlines } from "../clock/deadlines.ts";
import type { CountedLog } from "../log/counted-log.ts";
import type { Counters } from "../log/counters.ts";
import type { Logger } from "../log/logger.ts";
import type { GateCompression } from "./compression/gate-compression.ts";
import type { ResolvedGateLimits } from "./gate-options.ts";

/** State and services that all parts of a gate share. */
export interface GateCore {
  readonly name: string;
  /** Random id of this run of the gate; a restart has another one. */
  readonly bootId: string;
  /** Fingerprint of the gate's schema. */
  readonly schema: string;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: Logger;
  /** Log for events that a peer can cause without bound. */
  readonly counted: CountedLog;
  readonly counters: Counters;
  readonly limits: ResolvedGateLimits;
  readonly refusals: Refusals;
  readonly compression: GateCompression;
}

/** Counts and logs refused connections, commands and messages. A peer cannot flood the log: see {@link CountedLog}. */
export class Refusals {
  readonly #log: CountedLog;
  readonly #counters: Counters;

  constructor(log: CountedLog, counters: Counters) {
    this.#log = log;
    this.#counters = counters;
  }

  /**
   * Counts and logs one refusal.
   *
   * @param what Counter name and log subject, "client.refused.rate". A constant of the code, never text from a peer.
   */
  note(what: string, details: object): void {
    this.#counters.add(what);
    this.#log.warn({ what, ...details }, "refused", what);
  }
}
