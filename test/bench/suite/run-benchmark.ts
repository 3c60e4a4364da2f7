import { spawn } from "node:child_process";
import { type Result, resultOf } from "../harness/result.ts";
import { benchFolder } from "./benchmarks.ts";

/** One benchmark after its run. */
export interface Ran {
  readonly bench: string;
  readonly args: string;
  readonly seconds: number;
  /** Its whole output. */
  readonly output: string;
  readonly result?: Result;
  /** Fault of the run; undefined for a good one. */
  readonly fault?: string;
}

/** Command line and environment of a benchmark. Both sides run as where players play, with NODE_ENV=production. */
export function commandOf(bench: string, flags: readonly string[]) {
  return {
    args: ["-C", "photinus-source", `${benchFolder}${bench}/main.ts`, ...flags],
    env: { NODE_ENV: "production", ...process.env },
  };
}

/** How a benchmark is run. */
export interface RunOptions {
  readonly longestMs: number;
  /** Shows what it prints meanwhile. Default: false. */
  readonly echo?: boolean;
  /** More variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a benchmark with arguments that are separated by spaces. */
export async function runBenchmark(
  bench: string,
  args: string,
  { longestMs, echo = false, env }: RunOptions,
): Promise<Ran> {
  const began = performance.now();
  const command = commandOf(
    bench,
    args.split(" ").filter((flag) => flag !== ""),
  );
  const child = spawn(process.execPath, command.args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...command.env, ...env },
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (echo) process.stdout.write(text);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const timer = setTimeout(() => child.kill(), longestMs);
  const ended = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) =>
      resolve(code === 0 ? undefined : `it ended with ${code ?? signal}`),
    );
  });
  clearTimeout(timer);
  const seconds = Number(((performance.now() - began) / 1_000).toFixed(1));
  return { bench, args, seconds, output: output + errors, ...outcomeOf(bench, output, ended) };
}

function outcomeOf(bench: string, output: string, ended: string | undefined): Pick<Ran, "result" | "fault"> {
  if (ended !== undefined) return { fault: ended };
  try {
    return { result: resultOf(bench, output) };
  } catch (error) {
    return { fault: (error as Error).message };
  }
}

const shownLines = 40;

/** One line for a benchmark, and for a failed one the end of what it has printed. */
export function lineOf({ bench, seconds, output, fault, result }: Ran): string {
  const name = bench.padEnd(14);
  if (fault === undefined) return `${name} ${figuresOf(result!)} (${seconds} s)`;
  const end = output.trimEnd().split("\n").slice(-shownLines);
  return `${name} FAILED: ${fault} (${seconds} s)\n${end.map((line) => `    ${line}`).join("\n")}`;
}

function figuresOf({ unit, ours, baseline, theirs, ratio, cases }: Result): string {
  const against = theirs === null ? "" : ` against ${theirs} of ${baseline}`;
  const times = ratio === null ? "" : `, ratio ${ratio}`;
  const [first] = cases;
  // A headline that was computed from all cases is not that of the first one.
  const load = "unit" in first! ? `${first.load}: ` : "";
  return `${load}${ours ?? "nothing"} ${unit}${against}${times}`;
}
