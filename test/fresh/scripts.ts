/**
 * `npm run test:scripts`: starts every script of package.json in a fresh clone of the last commit, long ones with their
 * smallest arguments. Before each, everything but `node_modules` is as it was cloned, so that none leans on what another has
 * built; after each, git sees no file that is new or changed. `test` and all that it starts are left out: CI runs it.
 *
 * `-- NAME ...` starts these scripts only.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchmarks, checkBenchmarks } from "../bench/suite/benchmarks.ts";
import { ended, visit } from "./visit.ts";

const scriptMs = 10 * 60_000;
const startMs = 60_000;

interface Way {
  /** Arguments, one text for each run. Default: one run without any. */
  readonly runs?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs until it is stopped: its page is opened, then Ctrl-C is pressed. */
  readonly isGame?: boolean;
}

/** How each script is started. One that is not here is found out. */
const ways: Readonly<Record<string, Way>> = {
  photinus: { runs: ["--version"] },
  prestart: {},
  start: { isGame: true, environment: { MEADOW_PORT: "0" } },
  "test:crash": { environment: { CRASH_ROUNDS: "1", CRASH_MS: "2000" } },
  "test:eviction": { environment: { EVICTION_MS: "2000" } },
  // Run whole, since they pass or fail here.
  "test:restarts": {},
  "test:rolling": {},
  "test:flood": {},
  // Run whole, in two minutes: `npm test` has a short form only.
  "test:cuts": {},
  "test:moves": { environment: { MOVES_ROUNDS: "5" } },
  // Run whole, in two minutes.
  "test:memory": {},
  // Run whole, in a minute: it passes or fails here.
  evolution: {},
  "protocol:record": {},
  fuzz: { runs: ["--cases 1000000"] },
  // A round of each kind.
  chaos: { runs: ["--minutes 0.3 --seed 1 --seconds 4"] },
  "test:fresh": { runs: ["--check"] },
  words: { runs: ["--seed 1", "--share"] },
  build: {},
  "build:codegen": {},
  "build:server": {},
  "build:client": {},
  "build:page": {},
  // `npm test` runs all benchmarks.
  bench: { runs: [`rpc ${benchmarks["rpc"]!.smoke}`] },
  predemo: {},
  demo: {},
  release: { runs: ["patch --dry-run"] },
  "pack:smoke": {},
};

/** The script `name` and all scripts of package.json that it starts, but for those of its workspaces (`-w`). */
function startedBy(name: string, scripts: Readonly<Record<string, string>>): readonly string[] {
  const started = (scripts[name] ?? "").matchAll(/npm run (?:--silent )?([\w:]+)(?![\w:]| -w)/g);
  return [name, ...[...started].flatMap(([, other]) => startedBy(other!, scripts))];
}

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "photinus-scripts-"));
const clone = join(folder, "photinus");
const failed: string[] = [];

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: clone, encoding: "utf8" });
}

async function start(name: string, args: string, { environment, isGame }: Way): Promise<void> {
  const command = `npm run ${name}${args === "" ? "" : ` -- ${args}`}`;
  git("clean", "-xdfq", "-e", "node_modules");
  const began = Date.now();
  let output = "";
  const child = spawn("sh", ["-c", `exec ${command}`], {
    cwd: clone,
    env: { ...process.env, XDG_RUNTIME_DIR: folder, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const wrong = (await faultOf(child, isGame === true, () => output)) ?? leftBehind();
  const seconds = ((Date.now() - began) / 1_000).toFixed(1);
  console.log(
    `${wrong === undefined ? "ok    " : "FAILED"} ${command} (${seconds} s)${wrong ? `: ${wrong}` : ""}`,
  );
  if (wrong === undefined) return;
  failed.push(command);
  console.log(output.split("\n").slice(-40).join("\n"));
}

async function faultOf(
  child: ChildProcess,
  isGame: boolean,
  output: () => string,
): Promise<string | undefined> {
  if (isGame) return visit(child, output, startMs);
  const code = await ended(child, scriptMs);
  return code === 0 ? undefined : `it ended with ${code ?? "a kill"}`;
}

/** What git sees of a run that should have made nothing but ignored files. */
function leftBehind(): string | undefined {
  const changes = git("status", "--porcelain");
  if (changes === "") return undefined;
  git("reset", "--hard", "--quiet");
  return `it changed files:\n${changes}`;
}

let count = 0;
try {
  execFileSync("git", ["clone", "--quiet", checkout, clone]);
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: clone,
    stdio: "inherit",
  });
  const { scripts } = JSON.parse(readFileSync(join(clone, "package.json"), "utf8")) as {
    scripts: Readonly<Record<string, string>>;
  };
  checkBenchmarks(join(clone, "test/bench/"));
  const leftOut = [...startedBy("test", scripts), "test:scripts"];
  const unknown = [
    ...Object.keys(scripts).filter((name) => !leftOut.includes(name) && ways[name] === undefined),
    ...Object.keys(ways).filter((name) => scripts[name] === undefined),
  ];
  if (unknown.length > 0)
    throw new Error(`test/fresh/scripts.ts does not know how to start ${unknown.join(", ")}`);
  const chosen = process.argv.slice(2);
  for (const [name, way] of Object.entries(ways)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    for (const args of way.runs ?? [""]) {
      count++;
      await start(name, args, way);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
console.log(JSON.stringify({ scripts: count, failed }));
process.exitCode = failed.length === 0 && count > 0 ? 0 : 1;
