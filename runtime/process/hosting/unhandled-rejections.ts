import { isPhotinusError } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import { CountedLog } from "../../log/counted-log.ts";
import type { Counters } from "../../log/counters.ts";
import type { Logger } from "../../log/logger.ts";
import type { OnUnhandledRejection } from "../topology/topology.ts";

export interface UnhandledRejectionsOptions {
  readonly log: Logger;
  readonly clock: Clock;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

/** The counter of a gate or node under which the rejections of its process are counted. */
export const rejectionCounter = "process.rejection.unhandled";

/**
 * What a process does about a promise that was rejected and that nobody waits for, as of a call whose `await` was forgotten.
 * One such slip must not end the sessions of everybody else, so by default it is logged and counted, and the process goes on.
 */
export class UnhandledRejections {
  readonly #log: CountedLog;
  readonly #exit: (code: number) => void;
  readonly #counters: Counters[] = [];
  #policy: OnUnhandledRejection = "log";
  #count = 0;

  constructor({ log, clock, exit }: UnhandledRejectionsOptions) {
    this.#log = new CountedLog(log, clock);
    this.#exit = exit;
  }

  /** From now on this is done, and counted here too, together with those before. */
  follow(policy: OnUnhandledRejection, counters: readonly Counters[]): void {
    this.#policy = policy;
    this.#counters.push(...counters);
    if (this.#count > 0) for (const one of counters) one.add(rejectionCounter, this.#count);
  }

  onRejection(error: unknown): void {
    this.#count++;
    for (const counters of this.#counters) counters.add(rejectionCounter);
    const call = callOf(error);
    const details = { err: error, ...(call === undefined ? {} : { call }) };
    const text = "a promise was rejected that nobody waits for; an await or a catch is missing";
    this.#log.error(details, text, call);
    if (this.#policy === "exit") this.#exit(1);
  }
}

/** The call that failed, if one did. Never throws, whatever a promise was rejected with: that would end the process. */
function callOf(error: unknown): string | undefined {
  try {
    return isPhotinusError(error) ? error.call : undefined;
  } catch {
    return undefined;
  }
}
