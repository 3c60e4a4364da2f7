import { sampleCount } from "./samples.ts";

/** Does the job `count` times; returns something that depends on the work, so that none of it can be left out. */
export type Job = (count: number) => number;

/** A loop of its own for each contender, so that the engine optimizes each by itself. */
export function repeat(once: (n: number) => number): Job {
  const make = new Function(
    "once",
    "return (count) => { let sum = 0; for (let n = 0; n < count; n++) sum += once(n); return sum; }",
  ) as (once: (n: number) => number) => Job;
  return make(once);
}

/** Runs a job for about `ms`. */
export function measure(job: Job, ms: number): { calls: number; perSecond: number } {
  let calls = 0;
  let batch = sampleCount;
  const start = performance.now();
  let now = start;
  while (now - start < ms) {
    job(batch);
    calls += batch;
    now = performance.now();
    if (now - start < ms / 8) batch *= 2;
  }
  return { calls, perSecond: (calls * 1000) / (now - start) };
}
