import { messageOf } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import { CommitUnknown, type DatabaseTrouble, errnoOf, troubleOf } from "./mysql-error.ts";

/** Time without an error after which its count restarts, milliseconds. */
const quietMs = 60_000;

interface Seen {
  times: number;
  /** Time of the latest occurrence, by the clock's `now`. */
  at: number;
}

/** Troubles that are reported to the caller only. */
const told: readonly DatabaseTrouble[] = Object.freeze(["refused", "conflict", "unfit"]);

/**
 * Logs problems of a server by error number, at doubling counts, so that a long outage does not fill the log. Problems with
 * values or tables and conflicts are not logged, because the caller gets them.
 */
export class TroubleLog {
  readonly #log: Logger;
  readonly #server: string;
  readonly #clock: Clock;
  /** Counts by error number; bounded by the number of error numbers. */
  readonly #seen = new Map<number, Seen>();

  /** @param server host and port */
  constructor(log: Logger, clock: Clock, server: string) {
    this.#log = log;
    this.#server = server;
    this.#clock = clock;
  }

  /** Records an error, and logs it if it is due. */
  met(error: unknown): void {
    const trouble = troubleOf(error);
    if (told.includes(trouble)) return;
    const errno = errnoOf(error instanceof CommitUnknown ? error.cause : error);
    const now = this.#clock.now();
    const seen = this.#seen.get(errno) ?? { times: 0, at: now };
    if (now - seen.at > quietMs) seen.times = 0;
    seen.times++;
    seen.at = now;
    this.#seen.set(errno, seen);
    if ((seen.times & (seen.times - 1)) !== 0) return;
    const reason = messageOf(error);
    const details = { server: this.#server, errno, trouble, times: seen.times, reason };
    this.#log.warn(details, "MySQL statement failed");
  }
}
