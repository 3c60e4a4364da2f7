import { median } from "./pairs.ts";

/** Percentiles of a time, in the unit of the times. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
}

const shares = { p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999 } as const;
export const percentileNames = Object.keys(shares) as readonly (keyof Percentiles)[];

/** Percentiles by the nearest rank; undefined without any times. Sorts the times. */
export function percentilesOf(times: number[]): Percentiles | undefined {
  if (times.length === 0) return undefined;
  times.sort((a, b) => a - b);
  return each((name) => times[Math.ceil(times.length * shares[name]) - 1]!);
}

/** Medians of the percentiles of some runs, with one digit. */
export function mediansOf(runs: readonly Percentiles[]): Percentiles {
  return each((name) => Number(median(runs.map((run) => run[name])).toFixed(1)));
}

function each(value: (name: keyof Percentiles) => number): Percentiles {
  return { p50: value("p50"), p90: value("p90"), p99: value("p99"), p999: value("p999") };
}
