import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { StoreSpec } from "../place.ts";
import type { Job } from "./jobs.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

/** A process that works on a store, until it is done or killed. */
export interface Worker {
  readonly pid: number;
  /** What it printed so far. */
  readonly lines: string[];
  /** Resolves when it exits with 0; rejects with what it complained of otherwise. */
  readonly done: Promise<void>;
  /** Ends it at once, as `kill -9` does; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a process that does a job on the store of a place. */
export function runWorker(spec: StoreSpec, job: Job): Worker {
  const args = ["-C", "photinus-source", main, JSON.stringify(spec), JSON.stringify(job)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  let complaints = "";
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  child.stderr.on("data", (chunk) => {
    complaints += String(chunk);
  });
  const gone = new Promise<number | null>((resolve) => {
    child.once("close", (code) => resolve(code));
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const done = gone.then((code) => {
    if (code !== 0) throw new Error(`the worker ended with ${code}: ${complaints}`);
  });
  done.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    lines,
    done,
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
