import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { checkBenchmarks } from "../suite/benchmarks.ts";
import { installPeers } from "../suite/peers.ts";
import { lineOf, runBenchmark } from "../suite/run-benchmark.ts";
import { type Figures, figuresFile, figuresText, type Run, readFigures, trimmed } from "./figures.ts";
import { blocksOf, type Order, ordersFor, parts } from "./parts.ts";
import { replaceParts } from "./replace-parts.ts";
import { whereOf } from "./where.ts";

const longestMs = 60 * 60_000;
const docs = new URL("../../../docs/", import.meta.url);
export const pageFile = fileURLToPath(new URL("PERFORMANCE.md", docs));

/**
 * Measures some parts of the report, or all; writes their figures, docs/PERFORMANCE.md and its plots. What other parts have
 * measured before stays. Figures are written after each run, so that an interrupted report loses one run at most.
 */
export async function writeReport(list: string | undefined): Promise<number> {
  checkBenchmarks();
  const names = list?.split(",") ?? [];
  const orders = ordersFor(names);
  if (!(await installPeers())) throw new Error("npm ci --prefix test/bench/peers has failed");
  const failed: string[] = [];
  for (const [name, order] of orders) {
    console.log(`--- ${name}`);
    const run = await measured(order);
    if (run === undefined) failed.push(name);
    else writePage({ ...readFigures(), [name]: run }, name);
  }
  console.log(JSON.stringify({ report: [...orders.keys()], failed }));
  return failed.length === 0 ? 0 : 1;
}

async function measured({ bench, args }: Order): Promise<Run | undefined> {
  const before = average();
  const ran = await runBenchmark(bench, args, { longestMs, echo: true });
  console.log(lineOf(ran));
  if (ran.result === undefined) return undefined;
  return {
    bench,
    args,
    date: new Date().toISOString().slice(0, 10),
    where: whereOf(),
    load: [before, average()],
    result: trimmed(ran.result),
  };
}

function average(): number {
  return Number(loadavg()[0]!.toFixed(1));
}

/** Writes the figures, the page, and the plot of the run that is new. */
function writePage(figures: Figures, fresh: string): void {
  writeFileSync(figuresFile, figuresText(figures));
  writeFileSync(pageFile, replaceParts(readFileSync(pageFile, "utf8"), blocksOf(figures)));
  for (const { orders, plot } of Object.values(parts)) {
    const run = figures[fresh];
    if (plot === undefined || run === undefined || !Object.hasOwn(orders, fresh)) continue;
    writeFileSync(new URL(plot.file, docs), plot.draw(run));
  }
}
