import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Case, Headline, Result } from "../harness/result.ts";

/** Figures of a run, and the place where it ran. */
export interface Run {
  readonly bench: string;
  readonly args: string;
  readonly date: string;
  /** Machine and versions, as {@link whereOf} tells them. */
  readonly where: string;
  /** Load average of the last minute, before and after; `null` where it was not noted. */
  readonly load: readonly [before: number, after: number] | null;
  /** Remark for the reader. */
  readonly note?: string;
  readonly result: Result;
}

/** The last run of each kind: all figures of docs/PERFORMANCE.md come from these. */
export type Figures = Readonly<Record<string, Run>>;

/** A case as most benchmarks have it. */
export interface Row extends Case, Headline {
  readonly interval?: readonly [number, number];
  /** Processor time a call; the tables' benchmarks list main thread and server. */
  readonly processorUs?: {
    readonly ours: number | readonly number[];
    readonly theirs: number | readonly number[];
  };
  /** Demand of the benchmark itself: the most that one of the figures may be. */
  readonly demand?: { readonly what: "ours" | "ratio" | "above"; readonly most: number };
  readonly reached?: boolean;
}

export const figuresFile = fileURLToPath(new URL("figures.json", import.meta.url));

export function readFigures(): Figures {
  return JSON.parse(readFileSync(figuresFile, "utf8")) as Figures;
}

/** The text of the figures' file: a line for each run. */
export function figuresText(figures: Figures): string {
  const lines = Object.entries(figures).map(
    ([name, run]) => `${JSON.stringify(name)}: ${JSON.stringify(run)}`,
  );
  return `{\n${lines.join(",\n")}\n}\n`;
}

/** Fields that no page shows. */
const leftOut = new Set(["ratios", "sides", "bodies", "flood", "comparisons"]);

/** A result without the fields that no page shows. */
export function trimmed(result: Result): Result {
  const kept = (value: object) =>
    Object.fromEntries(Object.entries(value).filter(([name]) => !leftOut.has(name)));
  return {
    ...(kept(result) as unknown as Result),
    cases: result.cases.map((each) => kept(each) as unknown as Case),
  };
}
