/** How many subjects a {@link LogGate} tells apart by default; what comes beyond shares one count. */
export const defaultLogGateKeys = 256;

/** How long a subject must have been quiet to be news again, by default. Milliseconds. */
export const defaultLogQuietMs = 60_000;

/** When a {@link LogGate} counts from one again. */
export interface LogGateRest {
  /** Where time comes from. */
  readonly clock: { now(): number };
  /** A subject without an event for so long is forgotten. Milliseconds, default 60,000. */
  readonly quietMs?: number;
}

interface Subject {
  count: number;
  lastMs: number;
}

/**
 * Keeps a hostile or overloaded peer from flooding the log: of each subject the first event is worth a line, then the
 * second, the fourth, the eighth ... so a million events make twenty lines, each with the count so far.
 *
 * ```ts
 * const count = gate.hit(reason);
 * if (count > 0) log.warn({ reason, count }, "closed an illegal connection");
 * ```
 */
export class LogGate {
  readonly #subjects = new Map<string, Subject>();
  readonly #maxKeys: number;
  readonly #rest: Required<LogGateRest> | undefined;
  #sweptMs = 0;

  /** Without `rest` a subject is counted for ever: what happens once a day is logged ever less often. */
  constructor(maxKeys: number = defaultLogGateKeys, rest?: LogGateRest) {
    this.#maxKeys = maxKeys;
    this.#rest = rest && { quietMs: defaultLogQuietMs, ...rest };
  }

  /** Counts one event; the count so far when this one is worth a log line, otherwise 0. */
  hit(key: string): number {
    const now = this.#rest?.clock.now() ?? 0;
    if (this.#subjects.size >= this.#maxKeys) this.#sweep(now);
    const known = this.#subjects.has(key) || this.#subjects.size < this.#maxKeys;
    const subject = this.#subject(known ? key : "", now);
    subject.lastMs = now;
    subject.count++;
    return Number.isInteger(Math.log2(subject.count)) ? subject.count : 0;
  }

  #subject(key: string, now: number): Subject {
    let subject = this.#subjects.get(key);
    if (subject === undefined) {
      subject = { count: 0, lastMs: now };
      this.#subjects.set(key, subject);
    } else if (this.#rest !== undefined && now - subject.lastMs >= this.#rest.quietMs) {
      subject.count = 0;
    }
    return subject;
  }

  /** Makes room for new subjects; at most once in a while, since a flood of new ones would look through all each time. */
  #sweep(now: number): void {
    if (this.#rest === undefined || now - this.#sweptMs < this.#rest.quietMs) return;
    this.#sweptMs = now;
    for (const [key, { lastMs }] of this.#subjects) {
      if (now - lastMs >= this.#rest.quietMs) this.#subjects.delete(key);
    }
  }
}
