import type { Clock } from "../../clock/clock.ts";

/** Share of the grace time for handlers and `onStop` listeners; the journal has what they leave of the rest. */
const workShare = 0.75;

/** Share of the grace time after which everything is closed, so that the process exits before its supervisor kills it. */
const totalShare = 0.9;

/** Parts of a process that close one after the other. */
export interface Closing {
  /** Closes the gate or node: finishes its work. */
  readonly work: (graceMs: number) => Promise<void>;
  /** Closes the tables: flushes the journal. Absent for a process without tables. */
  readonly data?: (graceMs: number) => Promise<void>;
}

/** Closes the parts of a process within `graceMs`. Work that does not finish leaves the journal its share of the time. */
export async function closeInTime(clock: Clock, graceMs: number, { work, data }: Closing): Promise<void> {
  const until = clock.now() + graceMs * totalShare;
  await work(graceMs * (data === undefined ? totalShare : workShare));
  await data?.(Math.max(0, until - clock.now()));
}
