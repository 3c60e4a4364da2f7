import { performance } from "node:perf_hooks";

export interface LoadResult {
  readonly calls: number;
  readonly perSecond: number;
}

/**
 * Keeps `lanes` calls in flight for so long. A call receives its lane and its turn; the lanes of one turn should touch
 * different rows, so that no reads of one row come together.
 */
export async function inFlight(
  lanes: number,
  measureMs: number,
  call: (lane: number, turn: number) => Promise<unknown>,
): Promise<LoadResult> {
  const begin = performance.now();
  const end = begin + measureMs;
  let calls = 0;
  const run = async (lane: number) => {
    for (let turn = 0; performance.now() < end; turn++) {
      await call(lane, turn);
      calls++;
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
  return { calls, perSecond: (calls * 1_000) / (performance.now() - begin) };
}

/** Calls it for 1 to `count`, at most 256 at a time. */
export async function eachId(count: number, call: (id: bigint) => Promise<unknown>): Promise<void> {
  let last = 0;
  const run = async () => {
    while (last < count) await call(BigInt(++last));
  };
  await Promise.all(Array.from({ length: Math.min(count, 256) }, run));
}

/** The row that a lane touches in its turn, of those from 1 to `count`. */
export function rowOfTurn(lane: number, turn: number, lanes: number, count: number): bigint {
  const each = Math.floor(count / lanes);
  return BigInt(1 + lane * each + ((turn * 31) % each));
}
