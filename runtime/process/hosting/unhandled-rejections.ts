import { isPhotinusError } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import { CountedLog } from "../../log/counted-log.ts";
import type { Counters } from "../../log/counters.ts";
import type { Logger } from "../../log/logger.ts";
import type { OnUnhandledRejection } from "../topology/topology.ts";

/** Options of {@link UnhandledRejections}. */
export interface UnhandledRejectionsOptions {
  readonly log: Logger;
  readonly clock: Clock;
  /** Ends the process with an exit code. */
  readonly exit: (code: number) => void;
}

/** Name of the counter of a gate or node that counts unhandled rejections of its process. */
export const rejectionCounter = "process.rejection.unhandled";

/**
 * Policy of a process for rejected promises without a handler, such as a call whose `await` was forgotten. One such mistake
 * must not end the sessions of all players, so by default the process logs and counts the rejection, and continues.
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

  /** Sets the policy, and adds counters; earlier rejections are counted there as well. */
  follow(policy: OnUnhandledRejection, counters: readonly Counters[]): void {
    this.#policy = policy;
    this.#counters.push(...counters);
    if (this.#count > 0) for (const one of counters) one.add(rejectionCounter, this.#count);
  }

  /** Logs and counts a rejection. With the policy "exit" ends the process with code 1. */
  onRejection(error: unknown): void {
    this.#count++;
    for (const counters of this.#counters) counters.add(rejectionCounter);
    const call = callOf(error);
    const details = { err: error, ...(call === undefined ? {} : { call }) };
    const text = "unhandled promise rejection; an await or a catch is missing";
    this.#log.error(details, text, call);
    if (this.#policy === "exit") this.#exit(1);
  }
}

/** Returns the name of the failed call, if any. Never throws for any value: an exception here would end the process. */
function callOf(error: unknown): string | undefined {
  try {
    return isPhotinusError(error) ? error.call : undefined;
  } catch {
    return undefined;
  }
}
