import { sampleCount } from "./samples.ts";

/** Does the job `count` times, in turn with all samples. Returns the last result, so that no result can be left out. */
export type Job = (count: number) => unknown;

/** A loop of its own for each contender, so that the engine optimizes each by itself. */
export function repeat(once: (n: number) => unknown): Job {
  const make = new Function(
    "once",
    "mask",
    "return (count) => { let last; for (let n = 0; n < count; n++) last = once(n & mask); return last; }",
  ) as (once: (n: number) => unknown, mask: number) => Job;
  return make(once, sampleCount - 1);
}

/**
 * Runs a job for about `ms` of processor time, of all threads: other programs on the machine do not take it away, and the threads of the
 * garbage collector do not hide it.
 */
export function measure(job: Job, ms: number): { calls: number; perSecond: number } {
  let calls = 0;
  let batch = sampleCount;
  const start = process.cpuUsage();
  let usedMs = 0;
  while (usedMs < ms) {
    job(batch);
    calls += batch;
    const { user, system } = process.cpuUsage(start);
    usedMs = (user + system) / 1000;
    if (usedMs < ms / 8) batch *= 2;
  }
  return { calls, perSecond: (calls * 1000) / usedMs };
}
