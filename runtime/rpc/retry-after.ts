/**
 * Delay before a retry may succeed, by cause: from and to, in ms. Each failure picks a random value between the two, so
 * that the calls that one lost node or link fails do not all come back in one moment.
 */
const ranges = Object.freeze({
  /** A queue is full, and drains as fast as its messages are handled. */
  busy: [50, 250],
  /** The peer is about to stop. Another one takes over, or has done so. */
  stopping: [100, 600],
  /** The peer was lost a moment ago, and is expected back. */
  lost: [250, 1_250],
  /** No node has that name or role, and none is expected back. */
  absent: [1_500, 4_000],
  /** A gate is full, and so is its queue, or the client cannot wait in it. */
  full: [5_000, 15_000],
  /** A gate has an older release than the client. A rolling restart replaces it within seconds. */
  older: [2_000, 6_000],
} as const);

/** Longest delay of a call whose node is expected back. A longer one means that no such node is expected. */
export const longestAwayMs = ranges.lost[1];

/** Why a call failed, as far as the delay before a retry depends on the cause. */
export type RetryCause = keyof typeof ranges;

/** Picks a value for `retryAfterMs`: whole milliseconds, random within the range of the cause. */
export function retryAfterMs(cause: RetryCause, random: () => number = Math.random): number {
  const [from, to] = ranges[cause];
  return Math.round(from + (to - from) * random());
}
