/**
 * Named counts, for metrics and status. Names are dotted and come from code, never from a peer ("frames.illegal.head"), so
 * that their number is bounded.
 */
export class Counters {
  readonly #counts = new Map<string, number>();

  add(name: string, n = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + n);
  }

  /** 0 when nothing of that name was counted. */
  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** All counts, sorted by name. */
  entries(): [string, number][] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
