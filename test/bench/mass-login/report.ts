import { median } from "../harness/pairs.ts";
import type { Delay } from "./measured.ts";
import type { Measured } from "./side.ts";

/** Medians over the pairs; `most` is the most of all. */
export interface SideSummary {
  readonly gate: DelaySummary;
  readonly node: DelaySummary;
  readonly perSecond: number;
  /** From dialing to the answer, milliseconds. */
  readonly loginMs: { readonly p50: number; readonly p99: number };
}

/** Milliseconds, but for the last. */
interface DelaySummary {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  readonly usedP99: number;
  /** Processor time a login, microseconds. */
  readonly loginUs: number;
}

export interface Summary {
  /** The worse of gate and node. */
  readonly of: "gate" | "node";
  /** Median of its ratios of p99. */
  readonly ratio: number;
  readonly ours: SideSummary;
  readonly theirs: SideSummary;
  readonly ratios: { readonly gate: readonly number[]; readonly node: readonly number[] };
}

export function summaryOf(ours: readonly Measured[], theirs: readonly Measured[], logins: number): Summary {
  const ratiosOf = (of: "gate" | "node") =>
    ours.map((each, pair) => Number((each[of].p99 / theirs[pair]![of].p99).toFixed(2)));
  const ratios = { gate: ratiosOf("gate"), node: ratiosOf("node") };
  const of = median(ratios.gate) > median(ratios.node) ? "gate" : "node";
  const ratio = median(ratios[of]);
  return { of, ratio, ours: sideOf(ours, logins), theirs: sideOf(theirs, logins), ratios };
}

export function lineOf({ gate, node, perSecond, loginMs }: SideSummary): string {
  const delay = ({ p50, p99, most, usedP99 }: DelaySummary) =>
    `p50 ${p50}, p99 ${p99}, most ${most}, processor p99 ${usedP99} ms`;
  return (
    `gate ${delay(gate)}; node ${delay(node)}; processor a login ${gate.loginUs} + ${node.loginUs} us;` +
    ` ${perSecond} logins/s, each ${loginMs.p50} ms, p99 ${loginMs.p99} ms`
  );
}

function sideOf(runs: readonly Measured[], logins: number): SideSummary {
  const of = (pick: (run: Measured) => number) => median(runs.map(pick));
  const delayOf = (pick: (run: Measured) => Delay): DelaySummary => ({
    p50: of((run) => pick(run).p50),
    p99: of((run) => pick(run).p99),
    most: Math.max(...runs.map((run) => pick(run).most)),
    usedP99: of((run) => pick(run).usedP99),
    loginUs: Math.round((of((run) => pick(run).used) * 1_000) / logins),
  });
  return {
    gate: delayOf(({ gate }) => gate),
    node: delayOf(({ node }) => node),
    perSecond: of(({ login }) => login.perSecond),
    loginMs: { p50: of(({ login }) => login.p50), p99: of(({ login }) => login.p99) },
  };
}
