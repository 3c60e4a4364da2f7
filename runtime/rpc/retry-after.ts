/**
 * When trying again may succeed, by what stands in the way: from and to, milliseconds. Each answer takes a value of its own
 * between the two, so that the many that one lost node or link fails in the same moment do not come back in one moment.
 */
const ranges = Object.freeze({
  /** A queue is full. It empties as fast as it is worked on. */
  busy: [50, 250],
  /** The peer is about to stop. Another one takes its place, or does so already. */
  stopping: [100, 600],
  /** The peer was lost a moment ago, and is expected back. */
  lost: [250, 1_250],
  /** Nobody of that name or role is there. */
  absent: [1_000, 4_000],
} as const);

export type RetryCause = keyof typeof ranges;

/** A value for `retryAfterMs`: whole milliseconds, at random within the range of the cause. */
export function retryAfterMs(cause: RetryCause, random: () => number = Math.random): number {
  const [from, to] = ranges[cause];
  return Math.round(from + (to - from) * random());
}
