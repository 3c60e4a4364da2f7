const fineUs = 100;
const fineCount = 2_000;
const coarseUs = 5_000;
const coarseCount = 4_000;
const coarseFromUs = fineUs * fineCount;

/** Counts of times by their length: in steps of 0.1 ms up to 200 ms, and of 5 ms up to 20 seconds. */
export class Latencies {
  readonly #counts = new Uint32Array(fineCount + coarseCount);

  add(us: number): void {
    const slot =
      us < coarseFromUs
        ? Math.floor(us / fineUs)
        : Math.min(fineCount + Math.floor((us - coarseFromUs) / coarseUs), fineCount + coarseCount - 1);
    this.#counts[slot]!++;
  }

  clear(): void {
    this.#counts.fill(0);
  }

  /** Copies the counts, for another process. */
  toJSON(): readonly number[] {
    return [...this.#counts];
  }
}

/** Adds up the counts of several processes. */
export function sumOf(all: readonly (readonly number[])[]): readonly number[] {
  return Array.from({ length: fineCount + coarseCount }, (_, slot) =>
    all.reduce((sum, counts) => sum + (counts[slot] ?? 0), 0),
  );
}

/** The time that this share of all is no longer than, in milliseconds, rounded up to a step; Infinity without any. */
export function percentileMs(counts: readonly number[], share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let left = total * share;
  for (const [slot, count] of counts.entries()) {
    left -= count;
    if (count === 0 || left > 0) continue;
    const fine = slot < fineCount;
    return (fine ? (slot + 1) * fineUs : coarseFromUs + (slot - fineCount + 1) * coarseUs) / 1_000;
  }
  return Infinity;
}
