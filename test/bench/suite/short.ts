import { availableParallelism, loadavg } from "node:os";
import { benchmarks, checkBenchmarks } from "./benchmarks.ts";
import { installPeers } from "./peers.ts";
import { lineOf, runBenchmark } from "./run-benchmark.ts";

const longestMs = 5 * 60_000;

/** Runs all benchmarks with short arguments, one after another; prints a line for each, and one JSON object last. */
export async function runShort(): Promise<number> {
  checkBenchmarks();
  if (!(await installPeers())) throw new Error("npm ci --prefix test/bench/peers has failed");
  const began = performance.now();
  const loadBefore = loadavg()[0];
  const results = [];
  const failed: string[] = [];
  for (const [name, { short }] of Object.entries(benchmarks)) {
    const ran = await runBenchmark(name, short, { longestMs });
    console.log(lineOf(ran));
    if (ran.result === undefined) failed.push(name);
    else results.push({ ...ran.result, seconds: ran.seconds });
  }
  const seconds = Math.round((performance.now() - began) / 1_000);
  const cores = availableParallelism();
  console.log(JSON.stringify({ benchmarks: results.length, failed, seconds, cores, loadBefore, results }));
  return failed.length === 0 ? 0 : 1;
}
