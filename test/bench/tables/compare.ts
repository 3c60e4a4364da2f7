import type { ChildProcess } from "node:child_process";
import { ask } from "../harness/children.ts";
import { type Interval, inPairs, median, ratioFields, ratioText } from "../harness/pairs.ts";
import { processorUs } from "../harness/processor.ts";
import type { LoadResult } from "./load.ts";

/** What a side's process is asked for. */
export interface LoadRequest {
  /** Sides that measure a fixed amount of work take no notice. */
  readonly measureMs: number;
}

/** Asks a side, that wants it, to get ready for its next measurement. */
export type PrepareRequest = "prepare";

/** A process with the load, and those whose processor time counts besides. */
export interface Side {
  readonly load: ChildProcess;
  /** Whether it is asked to prepare before each measurement. */
  readonly prepares?: boolean;
  readonly servers: readonly { readonly pid?: number | undefined }[];
}

export interface Compared {
  readonly load: string;
  readonly unit: string;
  readonly ours: number;
  readonly baseline: string;
  readonly theirs: number;
  readonly ratio: number;
  readonly interval: Interval;
  /** Processor time a call, microseconds: the load's main thread, and with that the server's. */
  readonly processorUs: { readonly ours: readonly number[]; readonly theirs: readonly number[] };
  readonly ratios: readonly number[];
}

/** Measures two sides in turns, each once beforehand for nothing, and prints a line. */
export async function compare(
  { load, unit, baseline }: { readonly load: string; readonly unit: string; readonly baseline: string },
  sides: readonly [Side, Side],
  { pairs, measureMs }: { readonly pairs: number; readonly measureMs: number },
): Promise<Compared> {
  const costs = [newCosts(), newCosts()] as const;
  const runs = sides.map((side, at) => measure(side, measureMs, costs[at]!));
  for (const run of runs) await run();
  for (const cost of costs) for (const each of cost) each.length = 0;
  const paired = await inPairs(pairs, runs[0]!, runs[1]!);
  const [ours, theirs] = costs.map((cost) =>
    cost.filter((each) => each.length > 0).map((each) => Number(median(each).toFixed(1))),
  );
  const compared = {
    load,
    unit,
    ours: Math.round(paired.ours),
    baseline,
    theirs: Math.round(paired.theirs),
    ...ratioFields(paired),
    processorUs: { ours: ours!, theirs: theirs! },
    ratios: paired.ratios.map((ratio) => Number(ratio.toFixed(2))),
  };
  console.log(
    `${load.padEnd(10)} ${compared.ours}/s against ${compared.theirs}/s of ${baseline}: ${ratioText(paired)}` +
      ` (${compared.ratios.join(" ")}); processor a call ${ours!.join(" + ")} us against ${theirs!.join(" + ")} us`,
  );
  return compared;
}

function newCosts(): [number[], number[]] {
  return [[], []];
}

function measure({ load, servers, prepares = false }: Side, measureMs: number, costs: [number[], number[]]) {
  const groups = [[load], servers];
  return async (): Promise<number> => {
    if (prepares) await ask(load, "prepare" satisfies PrepareRequest);
    const before = groups.map(processorUs);
    const request: LoadRequest = { measureMs };
    const { calls, perSecond } = await ask<LoadResult>(load, request);
    const after = groups.map(processorUs);
    for (const [at, cost] of costs.entries()) {
      const [from, to] = [before[at], after[at]];
      if (from !== undefined && to !== undefined && groups[at]!.length > 0) cost.push((to - from) / calls);
    }
    return perSecond;
  };
}
