import { messageOf } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import { CommitUnknown, type DatabaseTrouble, errnoOf, troubleOf } from "./mysql-error.ts";

/** After so many milliseconds without it, a trouble is a new one. */
const quietMs = 60_000;

interface Seen {
  times: number;
  /** When it was met last, by the clock's `now`. */
  at: number;
}

/** What its caller is told in full. */
const told: readonly DatabaseTrouble[] = Object.freeze(["refused", "conflict", "unfit"]);

/**
 * Logs what is wrong with a server, with its number: at doubling counts, so that one that is away for long does not fill the
 * log. What is wrong with values or tables, and what others were in the way of, is told to the caller alone.
 */
export class TroubleLog {
  readonly #log: Logger;
  readonly #server: string;
  readonly #clock: Clock;
  /** By number; there are no more of them than a server has. */
  readonly #seen = new Map<number, Seen>();

  /** @param server host and port */
  constructor(log: Logger, clock: Clock, server: string) {
    this.#log = log;
    this.#server = server;
    this.#clock = clock;
  }

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
    this.#log.warn(details, "a MySQL statement failed");
  }
}
