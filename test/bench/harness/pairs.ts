export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Two sides measured in turns. */
export interface Paired {
  /** Medians. */
  readonly ours: number;
  readonly theirs: number;
  /** Median of the ratios of neighbours in time: what the machine does meanwhile hits both. */
  readonly ratio: number;
  readonly ratios: readonly number[];
}

/** Runs both sides `pairs` times, first the one first and then the other, so that neither always has the warmer machine. */
export async function inPairs(
  pairs: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<Paired> {
  const left: number[] = [];
  const right: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) left.push(await ours());
    right.push(await theirs());
    if (pair % 2 === 1) left.push(await ours());
  }
  const ratios = left.map((rate, pair) => rate / right[pair]!);
  return { ours: median(left), theirs: median(right), ratio: median(ratios), ratios };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
