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
  /** 95 % confidence interval of that median. */
  readonly interval: Interval;
  readonly ratios: readonly number[];
}

/** Least and greatest. */
export type Interval = readonly [least: number, most: number];

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
  return pairedOf(left, right);
}

/** Figures of two sides, taken in pairs. */
export function pairedOf(left: readonly number[], right: readonly number[]): Paired {
  const ratios = left.map((rate, pair) => rate / right[pair]!);
  return {
    ours: median(left),
    theirs: median(right),
    ratio: median(ratios),
    interval: intervalOf(ratios),
    ratios,
  };
}

const resampleCount = 10_000;

/** 95 % confidence interval of a median: percentile bootstrap, with random numbers that are the same in each run. */
export function intervalOf(numbers: readonly number[]): Interval {
  let state = 1;
  const random = (below: number) => {
    // Numerical Recipes' linear congruential generator, whose upper bits are good enough for a draw.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const medians = Array.from({ length: resampleCount }, () =>
    median(numbers.map(() => numbers[random(numbers.length)]!)),
  ).sort((a, b) => a - b);
  return [medians[Math.floor(resampleCount * 0.025)]!, medians[Math.ceil(resampleCount * 0.975) - 1]!];
}

/** A ratio with its interval, as benchmarks print it. */
export function ratioText({ ratio, interval }: Pick<Paired, "ratio" | "interval">): string {
  return `${ratio.toFixed(3)} [${interval.map((end) => end.toFixed(3)).join(", ")}]`;
}

/** Ratio and interval with three digits, for the JSON line. */
export function ratioFields({ ratio, interval }: Paired): { ratio: number; interval: Interval } {
  const [least, most] = interval;
  return { ratio: threeDigits(ratio), interval: [threeDigits(least), threeDigits(most)] };
}

function threeDigits(value: number): number {
  return Number(value.toFixed(3));
}
