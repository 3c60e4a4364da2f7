/** Length of one interval of the measurement, in ms. */
const intervalMs = 5_000;
/** Number of intervals that count. */
const intervalCount = 12;

/** Rate at which clients have left the queue for a session, measured over the last minute. */
export class AdmissionRate {
  readonly #counts = new Float64Array(intervalCount);
  /** Number of the current interval since the start. */
  #current = 0;
  readonly #start: number;

  constructor(now: number) {
    this.#start = now;
  }

  /** Notes an admission. */
  note(now: number): void {
    this.#advance(now);
    this.#counts[this.#current % intervalCount]!++;
  }

  /** Returns the time in which `count` clients are admitted, in ms; 0 when nobody was admitted in the last minute. */
  timeOf(count: number, now: number): number {
    this.#advance(now);
    const admitted = this.#counts.reduce((sum, one) => sum + one, 0);
    if (admitted === 0) return 0;
    const measuredMs = Math.min(
      now - this.#start,
      (intervalCount - 1) * intervalMs + this.#intoInterval(now),
    );
    return Math.round((count * Math.max(measuredMs, 1)) / admitted);
  }

  #intoInterval(now: number): number {
    return (now - this.#start) % intervalMs;
  }

  /** Clears the intervals that have begun since the last call. */
  #advance(now: number): void {
    const interval = Math.floor((now - this.#start) / intervalMs);
    const begun = Math.min(interval - this.#current, intervalCount);
    for (let n = 1; n <= begun; n++) this.#counts[(interval - begun + n) % intervalCount] = 0;
    this.#current = interval;
  }
}
