import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Memory of a process, in bytes. */
export interface Memory {
  /** Used heap of V8. */
  readonly heapBytes: number;
  /** Memory outside of the heap that JavaScript objects hold, such as large buffers. */
  readonly externalBytes: number;
  /** Resident memory, as the system counts it. */
  readonly residentBytes: number;
}

/** Objects that are freed by a finalizer, or in a later turn, are gone after this many collections. */
const collections = 3;
const betweenMs = 50;
/**
 * Kind of a collection. "last-resort" gives free pages back to the system. "regular" keeps them, and space for young objects, whose size is
 * that of the garbage so far: up to 48 MiB of a process, however many connections it has.
 */
type Flavor = "regular" | "last-resort";

/** Memory of this process after garbage collection. */
export async function memoryAfterCollection(flavor: Flavor = "last-resort"): Promise<Memory> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (how: object) => void;
  for (let n = 0; n < collections; n++) {
    collect({ type: "major", execution: "sync", flavor });
    await pause(betweenMs);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, externalBytes: external, residentBytes: rss };
}
