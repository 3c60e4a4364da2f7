/**
 * Named counters for metrics and status. Names are dotted ("frames.illegal.head") and come from the code, never from a peer, so
 * their number is bounded.
 */
export class Counters {
  readonly #counts = new Map<string, number>();

  /** Adds `n` to the count of a name. */
  add(name: string, n = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + n);
  }

  /** Count of a name; 0 for an unknown name. */
  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** All counts, sorted by name. */
  entries(): [string, number][] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
