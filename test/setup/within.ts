import { setTimeout as sleep } from "node:timers/promises";

/** How much longer than its limit a call may take, milliseconds. */
const graceMs = 1_000;

/**
 * What a call resolves or rejects with; rejects when it outlasts its limit by more than a second. Both are timers of one
 * process, so that a machine with much to do delays them alike.
 */
export async function within<T>(limitMs: number, call: Promise<T>): Promise<T> {
  const over = new AbortController();
  const outlasted = sleep(limitMs + graceMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`a call outlasts its limit of ${limitMs} ms by more than ${graceMs} ms`);
  });
  outlasted.catch(() => undefined);
  try {
    return await Promise.race([call, outlasted]);
  } finally {
    over.abort();
  }
}
