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
 * Runs a job for about `ms`. Its speed is that of the processor time of all threads, which other programs on the machine do not take
 * away, and which the threads of the garbage collector do not hide.
 */
export function measure(job: Job, ms: number): { calls: number; perSecond: number } {
  let calls = 0;
  let batch = sampleCount;
  const used = process.cpuUsage();
  const start = performance.now();
  let now = start;
  while (now - start < ms) {
    job(batch);
    calls += batch;
    now = performance.now();
    if (now - start < ms / 8) batch *= 2;
  }
  const { user, system } = process.cpuUsage(used);
  return { calls, perSecond: (calls * 1e6) / (user + system) };
}
