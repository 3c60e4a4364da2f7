import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Arguments of a benchmark, by what it runs for. */
export interface Benchmark {
  /** Arguments of `npm run bench` without a name: all benchmarks together take less than ten minutes on two cores. */
  readonly short: string;
  /** Smallest arguments, of `--smoke`: they show whether results are right, and no times that count. */
  readonly smoke: string;
  /**
   * Smallest arguments where the packages of `test/bench/peers` cannot be installed; `null`: the benchmark cannot run without them.
   * Default: those of `smoke`, which need none.
   */
  readonly alone?: string | null;
  /** Arguments of `--report`. Default: none, which are those that the figures of docs/PERFORMANCE.md need. */
  readonly report?: string;
}

/** All benchmarks, by the name of their folder in `test/bench`. The one whose smallest run is the longest comes first. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  players: {
    short: "--players 500,1000 --tick 50 --seconds 2 --tries 1",
    smoke: "--smoke --servers ours-tcp,ours-ws,colyseus,socket.io,ws-loop",
    alone: "--smoke --servers ours-tcp,ours-ws,ws-loop",
    report: "--tick 50 --seconds 3 --players 500,1000,1300,1700,2200",
  },
  command: {
    short: "--seconds 0.2 --pairs 3",
    smoke: "--seconds 0.05 --pairs 1 --load p64,c4,step,websocket",
    alone: "--seconds 0.05 --pairs 1 --load p64,c4,step",
    // Runs of 0.3 seconds vary by a third.
    report: "--seconds 1 --pairs 7",
  },
  push: { short: "--seconds 0.5 --pairs 3", smoke: "--seconds 0.1 --pairs 1 --sessions 20" },
  connections: {
    short: "--sessions 2000 --over tcp --pairs 2 --seconds 3",
    smoke: "--sessions 50 --pairs 1 --measure logins",
  },
  scale: {
    short: "--sessions 100,1000 --members 10,100,1000 --seconds 1 --rounds 1",
    smoke: "--sessions 10 --members 5 --seconds 0.3 --rounds 1",
  },
  // Memory of a process is not settled after so short a time.
  soak: { short: "--seconds 15 --after 5 --growth 100", smoke: "--seconds 4 --after 2 --growth 300" },
  rpc: {
    short: "--seconds 0.2 --pairs 3",
    smoke: "--seconds 0.05 --pairs 1 --loads p64",
    alone: "--seconds 0.05 --pairs 1 --loads p64 --against byHand",
  },
  codec: { short: "--pairs 5 --ms 20", smoke: "--pairs 1 --ms 5", alone: null },
  "decode-chunks": { short: "7", smoke: "1" },
  compression: { short: "--rounds 5", smoke: "--bytes 1024 --rounds 1 --receivers 1" },
  "field-write": { short: "--seconds 0.3 --pairs 3", smoke: "--seconds 0.05 --pairs 1 --fields 20" },
  "row-read": { short: "--seconds 0.3 --pairs 3", smoke: "--seconds 0.05 --pairs 1 --fields 20 --lanes 8" },
  create: { short: "--seconds 0.3 --pairs 3", smoke: "--seconds 0.1 --pairs 1 --lanes 4" },
  "get-many": {
    short: "--seconds 0.3 --pairs 3 --rows 1000,10000",
    smoke: "--seconds 0.05 --pairs 1 --rows 100",
  },
  stream: {
    short: "--seconds 0.3 --pairs 3 --rows 5000 --waiting 0,5000",
    smoke: "--seconds 0.05 --pairs 1 --rows 200 --waiting 100",
  },
  "keys-by": { short: "--seconds 0.3 --pairs 3", smoke: "--seconds 0.05 --pairs 1 --lanes 4 --guilds 32" },
  flush: {
    short: "--seconds 0.5 --pairs 3 --rows 2000 --changes 20000",
    smoke: "--seconds 0.1 --pairs 1 --rows 100 --changes 200",
  },
  "mass-login": { short: "--logins 2000 --pairs 2", smoke: "--logins 100 --lanes 16 --pairs 1 --load cold" },
  flood: {
    short: "--seconds 1 --pairs 2 --watch 5 --tries 1",
    smoke: "--seconds 0.3 --pairs 1 --kind rate,length --calls 200 --tries 1",
  },
  codegen: { short: "--services 100,10 --edits 3", smoke: "--services 10 --edits 1" },
};

/** The folder that has a folder for each benchmark. */
export const benchFolder = fileURLToPath(new URL("..", import.meta.url));

/** Names of the folders with a benchmark. */
export function benchmarkFolders(folder = benchFolder): string[] {
  return readdirSync(folder)
    .filter((name) => existsSync(`${folder}${name}/main.ts`))
    .sort();
}

/** Throws when the table and the folders differ: a benchmark without an entry would never run. */
export function checkBenchmarks(folder = benchFolder, table: object = benchmarks): void {
  const folders = benchmarkFolders(folder);
  const missing = folders.filter((name) => !Object.hasOwn(table, name));
  const stale = Object.keys(table).filter((name) => !folders.includes(name));
  const where = "the table of test/bench/suite/benchmarks.ts";
  if (missing.length > 0)
    throw new Error(
      `${where} has no entry for ${missing.map((name) => `test/bench/${name}`).join(", ")}; add its short and smallest arguments`,
    );
  if (stale.length > 0)
    throw new Error(
      `${where} has entries without a benchmark: ${stale.join(", ")}; there is no test/bench/NAME/main.ts`,
    );
}
