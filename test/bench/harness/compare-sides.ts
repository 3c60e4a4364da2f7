import type { ChildProcess } from "node:child_process";
import { type Interval, inPairs, pairedOf, ratioFields, ratioText } from "./pairs.ts";
import { processorUs } from "./processor.ts";

/** One side of a comparison under one load. */
export interface Side {
  /** Measures once: how many calls were made in all, and the figure, in the unit of the comparison. */
  readonly run: () => Promise<{ readonly calls: number; readonly value: number }>;
  /** Processes whose processor time counts. */
  readonly processes: readonly ChildProcess[];
}

export interface Compared {
  readonly load: string;
  readonly unit: string;
  readonly ours: number;
  readonly baseline: string;
  readonly theirs: number;
  readonly ratio: number;
  readonly interval: Interval;
  /** Processor time a call of all processes of a side, microseconds. */
  readonly processorUs?: {
    readonly ours: number;
    readonly theirs: number;
    /** How many of our calls one of theirs would pay for. */
    readonly ratio: number;
    readonly interval: Interval;
  };
  readonly ratios: readonly number[];
}

/** Measures two sides in pairs, each twice beforehand for nothing, and prints a line. */
export async function compareSides(
  names: { readonly load: string; readonly unit: string; readonly baseline: string },
  [ours, theirs]: readonly [Side, Side],
  pairs: number,
): Promise<Compared> {
  const costs: readonly [number[], number[]] = [[], []];
  const runs = [timed(ours, costs[0]), timed(theirs, costs[1])] as const;
  for (const run of [...runs, ...runs]) await run();
  for (const each of costs) each.length = 0;
  const paired = await inPairs(pairs, ...runs);
  const spent = costs[0].length > 0 ? pairedOf(costs[1], costs[0]) : undefined;
  const compared: Compared = {
    ...names,
    ours: Math.round(paired.ours),
    theirs: Math.round(paired.theirs),
    ...ratioFields(paired),
    ...(spent && {
      processorUs: {
        ours: Number(spent.theirs.toFixed(3)),
        theirs: Number(spent.ours.toFixed(3)),
        ...ratioFields(spent),
      },
    }),
    ratios: paired.ratios.map((ratio) => Number(ratio.toFixed(2))),
  };
  console.log(lineOf(compared));
  return compared;
}

function lineOf(compared: Compared): string {
  const { load, unit, ours, theirs, baseline, processorUs, ratios } = compared;
  const line =
    `${load.padEnd(14)} ${ours} ${unit} against ${theirs} of ${baseline}: ${ratioText(compared)}` +
    ` (${ratios.join(" ")})`;
  if (processorUs === undefined) return line;
  return (
    `${line}; processor a call ${processorUs.ours} us against ${processorUs.theirs} us:` +
    ` ${ratioText(processorUs)}`
  );
}

function timed({ run, processes }: Side, costs: number[]): () => Promise<number> {
  return async () => {
    const before = processorUs(processes);
    const { calls, value } = await run();
    const after = processorUs(processes);
    if (before !== undefined && after !== undefined) costs.push((after - before) / calls);
    return value;
  };
}
