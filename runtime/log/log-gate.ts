/** Default number of subjects that a {@link LogGate} counts separately; further subjects share one count. */
export const defaultLogGateKeys = 256;

/** Default quiet time after which a subject's count restarts, milliseconds. */
export const defaultLogQuietMs = 60_000;

/** Condition under which a count of a {@link LogGate} restarts. */
export interface LogGateRest {
  /** Clock of the quiet time. */
  readonly clock: { now(): number };
  /** Time without an event after which a subject is forgotten, milliseconds. Default 60,000. */
  readonly quietMs?: number;
}

interface Subject {
  count: number;
  lastMs: number;
}

/**
 * Protects the log from floods by a hostile or overloaded peer. The 1st, 2nd, 4th, 8th ... event of a subject deserves a line
 * with the count so far; a million events make twenty lines.
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

  /** @param rest Restart of counts. Without it a count never restarts, and a daily event is logged ever more rarely. */
  constructor(maxKeys: number = defaultLogGateKeys, rest?: LogGateRest) {
    this.#maxKeys = maxKeys;
    this.#rest = rest && { quietMs: defaultLogQuietMs, ...rest };
  }

  /** Counts an event. Returns the count so far when the event deserves a log line, otherwise 0. */
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

  /** Removes quiet subjects. Runs at most once in a while: under a flood of new subjects each scan would visit all. */
  #sweep(now: number): void {
    if (this.#rest === undefined || now - this.#sweptMs < this.#rest.quietMs) return;
    this.#sweptMs = now;
    for (const [key, { lastMs }] of this.#subjects) {
      if (now - lastMs >= this.#rest.quietMs) this.#subjects.delete(key);
    }
  }
}
