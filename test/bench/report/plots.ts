import { percentileNames } from "../harness/percentiles.ts";
import { drawPlot } from "../harness/plot.ts";
import type { Case as PlayersCase } from "../players/measure.ts";
import { plotOf } from "../players/plot.ts";
import { connectionsOf, percentileTitles, timedCases } from "./blocks.ts";
import type { Row, Run } from "./figures.ts";

const sides = { ours: "Photinus", theirs: "raw proxy" } as const;
const sideNames = ["ours", "theirs"] as const;

/** Calls a second, and processor time a call, over the number of connections. */
export function throughputPlot({ result }: Run): string {
  const cases = result.cases as readonly Row[];
  const lines = (figure: (row: Row, side: (typeof sideNames)[number]) => number) =>
    sideNames.map((side) => ({
      name: sides[side],
      points: cases.map((row, index) => [index + 0.5, figure(row, side)] as const),
    }));
  const processor = (row: Row, side: (typeof sideNames)[number]) =>
    [row.processorUs?.[side] ?? 0].flat().reduce((sum: number, us) => sum + (us as number), 0);
  return drawPlot({
    title: "Throughput over connections: calls a second and processor time a call",
    labels: cases.map(connectionsOf),
    panels: [
      {
        title: "thousand calls a second, over connections",
        lines: lines((row, side) => (row[side] ?? 0) / 1_000),
      },
      { title: "processor a call, microseconds, over connections", lines: lines(processor) },
    ],
  });
}

/** Percentiles of the time from request to reply; a panel for each load. */
export function latencyPlot({ result }: Run): string {
  return drawPlot({
    title: "Latency: percentiles of the time from request to reply",
    labels: percentileTitles,
    panels: timedCases(result.cases).map(({ load, latencyUs }) => ({
      title: `${load}: microseconds from request to reply`,
      isLog: true,
      lines: sideNames.map((side) => ({
        name: sides[side],
        points: percentileNames.map((name, index) => [index + 0.5, latencyUs[side][name]] as const),
      })),
    })),
  });
}

export function playersPlot({ result }: Run): string {
  return plotOf(result.cases as unknown as readonly PlayersCase[]);
}
