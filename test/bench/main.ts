/**
 * `npm run bench` runs all benchmarks with short arguments, in less than ten minutes, and prints a line for each and one JSON object.
 *
 * `npm run bench -- NAME [FLAGS]` runs `test/bench/NAME/main.ts`. What a benchmark measures against is installed from the lock file in
 * `peers` when it is missing; the last line of a benchmark is one JSON object. Both sides run as where players play, with
 * NODE_ENV=production, unless the environment says otherwise.
 *
 * `npm run bench -- --smoke` runs all with their smallest arguments, and judges results and no times.
 *
 * `npm run bench -- --report [PART,...]` measures and writes the figures and plots of docs/PERFORMANCE.md.
 */
import { spawn } from "node:child_process";
import { writeReport } from "./report/write-report.ts";
import { benchmarkFolders } from "./suite/benchmarks.ts";
import { installPeers } from "./suite/peers.ts";
import { commandOf } from "./suite/run-benchmark.ts";
import { runShort } from "./suite/short.ts";
import { runSmoke } from "./suite/smoke.ts";

const names = benchmarkFolders();
const [name, ...flags] = process.argv.slice(2);

async function runOne(bench: string): Promise<number> {
  await installPeers();
  const { args, env } = commandOf(bench, flags);
  const child = spawn(process.execPath, args, { stdio: "inherit", env });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

async function run(): Promise<number> {
  if (name === undefined) return runShort();
  if (name === "--smoke" && flags.length === 0) return runSmoke();
  if (name === "--report" && flags.length <= 1) return writeReport(flags[0]);
  if (names.includes(name)) return runOne(name);
  console.error(
    `usage: npm run bench [-- ${names.join(" | ")} [flags] | -- --smoke | -- --report [PART,...]]`,
  );
  return 1;
}

process.exitCode = await run();
