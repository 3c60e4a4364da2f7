/** One run of the generator in a process of its own, or a watch that goes on: `side.ts run | check | watch SCHEMA OUT`. */
import { readFileSync } from "node:fs";
import { codegen } from "../../../codegen/cli/codegen.ts";
import { tellParent } from "../harness/children.ts";

/** What the process tells of a run: at its end, and while it watches, of each. */
export interface Run {
  /** False when the generator found something wrong. */
  readonly sound: boolean;
  readonly lines: readonly string[];
  /** Figures of the process so far. */
  readonly processorMs: number;
  readonly peakMiB: number;
  /** How long the main thread could have run and did not get a processor; 0 where the system does not tell. */
  readonly waitedMs: number;
}

const [mode, schema = "", out = ""] = process.argv.slice(2);
const isWatch = mode === "watch";
let lines: string[] = [];

function waitedMs(): number {
  try {
    return Number(readFileSync("/proc/self/schedstat", "utf8").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}

function tell(sound: boolean): void {
  const { user, system } = process.cpuUsage();
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const run: Run = { sound, lines, processorMs: (user + system) / 1_000, peakMiB, waitedMs: waitedMs() };
  tellParent(run);
  lines = [];
}

const abort = new AbortController();
process.once("disconnect", () => abort.abort());
const output = {
  print: (line: string) => {
    lines.push(line);
    if (isWatch) tell(true);
  },
  complain: (line: string) => {
    lines.push(line);
    if (isWatch) tell(false);
  },
};
const options = { folder: process.cwd(), check: mode === "check", watch: isWatch, output };
const sound = await codegen({ schema, out }, { ...options, signal: abort.signal });
if (!isWatch) {
  tell(sound);
  process.disconnect();
}
