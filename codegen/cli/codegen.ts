import { statSync } from "node:fs";
import { resolve } from "node:path";
import { Refusal } from "../refusal.ts";
import type { Target } from "../target.ts";
import { builtInTargets } from "../targets.ts";
import { type FolderWatch, watchFolder } from "../write/watch.ts";
import { type Job, type JobFlags, resolveJobs } from "./jobs.ts";
import { complainOf } from "./output.ts";
import { type RunOptions, runJob } from "./run-job.ts";
import { Session } from "./session.ts";

/** Options of {@link codegen}. */
export interface CodegenOptions extends RunOptions {
  /** Targets that jobs may name. Default: the built-in ones. */
  readonly targets?: readonly Target[];
  /** Runs again after every change of the schema, until the signal aborts or the process ends. */
  readonly watch: boolean;
  /** Signal that stops `--watch`. Default: the watch ends with the process. */
  readonly signal?: AbortSignal;
}

/**
 * Runs `photinus codegen`. All jobs run, even after one fails.
 *
 * @param flags flags of the command line; without them the jobs of package.json run
 * @returns false when a job failed
 * @throws Refusal for invalid flags, an invalid configuration, or files that codegen may not overwrite
 */
export async function codegen(flags: JobFlags, options: CodegenOptions): Promise<boolean> {
  const jobs = await resolveJobs(options.folder, flags, options.targets ?? builtInTargets);
  if (options.watch) return watchJobs(jobs, options);
  let sound = true;
  for (const job of jobs) {
    if (!(await runJob(job, options))) sound = false;
  }
  return sound;
}

function watchSchema(
  job: Job,
  folder: string,
  run: () => Promise<void>,
  onError: (error: unknown) => void,
): FolderWatch {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Refusal(
      `schema folder ${job.schema} not found; create it, or name another folder with --schema`,
    );
  }
  return watchFolder(folder, run, onError);
}

/**
 * Runs all jobs, then each one again after every change of its schema. An error is printed and ends only its run. Returns when
 * the signal aborts, or at once without a signal: the open watches then keep the process alive.
 */
async function watchJobs(jobs: readonly Job[], options: CodegenOptions): Promise<boolean> {
  const { folder, output, signal } = options;
  const watches: FolderWatch[] = [];
  const onError = (error: unknown) => complainOf(error, output);
  for (const job of jobs) {
    const session = new Session();
    const run = async () => {
      await runJob(job, { ...options, session });
    };
    watches.push(watchSchema(job, resolve(folder, job.schema), run, onError));
    await run().catch(onError);
    output.print(`watching ${job.schema}`);
  }
  if (signal) {
    await new Promise<void>((done) => {
      if (signal.aborted) return done();
      signal.addEventListener("abort", () => done(), { once: true });
    });
    for (const watch of watches) watch.close();
  }
  return true;
}
