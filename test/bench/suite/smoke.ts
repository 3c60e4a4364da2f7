import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchmarks, checkBenchmarks } from "./benchmarks.ts";
import { installPeers } from "./peers.ts";
import { lineOf, type Ran, runBenchmark } from "./run-benchmark.ts";

const longestMs = 8 * 60_000;
/** Times do not count, and much of a benchmark's time is waiting. */
const atOnce = 2;

/** The JSON object at the end of `--smoke`. */
export interface Smoke {
  /** Benchmarks that ran, and found what came back right. */
  readonly right: readonly string[];
  readonly wrong: readonly string[];
  /** Benchmarks that need packages which could not be installed. */
  readonly leftOut: readonly string[];
  /** Whether those packages are there. */
  readonly peers: boolean;
  readonly seconds: number;
}

/**
 * Runs all benchmarks with their smallest arguments, and judges results alone: the exit code is 1 when one ends with a fault or without its
 * JSON line. Without the packages of `peers`, which need a network once, our own sides are run.
 */
export async function runSmoke(): Promise<number> {
  checkBenchmarks();
  const began = performance.now();
  const peers = await installPeers();
  if (!peers) console.log("npm ci --prefix test/bench/peers has failed: other projects are left out");
  const leftOut: string[] = [];
  const waiting: { name: string; args: string }[] = [];
  for (const [name, { smoke, alone = smoke }] of Object.entries(benchmarks)) {
    const args = peers ? smoke : alone;
    if (args === null) leftOut.push(name);
    else waiting.push({ name, args });
  }
  // Most of the time is the start of a hundred processes, which compile the same modules.
  const cache = mkdtempSync(join(tmpdir(), "photinus-bench-modules-"));
  const env = { NODE_COMPILE_CACHE: cache };
  const all: Ran[] = [];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const ran = await runBenchmark(next.name, next.args, { longestMs, env });
      console.log(
        ran.fault === undefined ? `${next.name.padEnd(14)} is right (${ran.seconds} s)` : lineOf(ran),
      );
      all.push(ran);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, worker));
  } finally {
    rmSync(cache, { recursive: true, force: true, maxRetries: 3 });
  }
  const named = (isRight: boolean) =>
    all.filter(({ fault }) => (fault === undefined) === isRight).map(({ bench }) => bench);
  const seconds = Math.round((performance.now() - began) / 1_000);
  const smoke: Smoke = { right: named(true), wrong: named(false), leftOut, peers, seconds };
  console.log(JSON.stringify(smoke));
  return smoke.wrong.length === 0 && smoke.right.length > 0 ? 0 : 1;
}
