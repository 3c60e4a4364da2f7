import { drawPlot } from "../harness/plot.ts";
import type { Case } from "./measure.ts";
import { nameOf } from "./report.ts";

/** One panel of the plot: a figure of a case over the number of players. */
interface Figure {
  readonly title: string;
  readonly of: (one: Case) => number;
  readonly most?: number;
}

const figures: readonly Figure[] = [
  { title: "p50 of move-to-seen, ms", of: ({ p50Ms }) => p50Ms, most: 200 },
  { title: "p99 of move-to-seen, ms", of: ({ p99Ms }) => p99Ms, most: 200 },
  {
    title: "processor of all server processes, % of a core",
    of: ({ processor }) => 100 * Object.values(processor).reduce((sum, share) => sum + share, 0),
  },
  { title: "kilobytes a second and player", of: ({ bytesPerPlayer }) => bytesPerPlayer / 1_000 },
];

/** Draws the cases as an SVG of four panels: p50, p99, processor and bytes over the players, a line for each server and tick. */
export function plotOf(cases: readonly Case[]): string {
  const names = [...new Set(cases.map(nameOf))];
  return drawPlot({
    title: "Players for a core: latency, processor and bytes over the number of players",
    panels: figures.map(({ of, ...panel }) => ({
      ...panel,
      lines: names.map((name) => ({
        name,
        points: cases.filter((one) => nameOf(one) === name).map((one) => [one.players, of(one)] as const),
      })),
    })),
  });
}
