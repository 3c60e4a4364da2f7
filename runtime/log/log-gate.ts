/** How many subjects a {@link LogGate} tells apart by default; what comes beyond shares one count. */
export const defaultLogGateKeys = 256;

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
  readonly #counts = new Map<string, number>();
  readonly #maxKeys: number;

  constructor(maxKeys: number = defaultLogGateKeys) {
    this.#maxKeys = maxKeys;
  }

  /** Counts one event; the count so far when this one is worth a log line, otherwise 0. */
  hit(key: string): number {
    const subject = this.#counts.has(key) || this.#counts.size < this.#maxKeys ? key : "";
    const count = (this.#counts.get(subject) ?? 0) + 1;
    this.#counts.set(subject, count);
    return Number.isInteger(Math.log2(count)) ? count : 0;
  }
}
