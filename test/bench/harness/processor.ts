import { readdirSync, readFileSync } from "node:fs";

/**
 * Processor time that the main threads of these processes have had, in microseconds; undefined where the system does not
 * tell (it is read as Linux writes it). Unlike the clock it leaves out what other programs take.
 */
export function processorUs(children: readonly { readonly pid?: number | undefined }[]): number | undefined {
  try {
    return children.reduce((sum, { pid }) => {
      const [ran] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
      return sum + Number(ran) / 1_000;
    }, 0);
  } catch {
    return undefined;
  }
}

/** Processor time of all threads, in microseconds: with garbage collection and what a library does beside the event loop. */
export function threadsUs(children: readonly { readonly pid?: number | undefined }[]): number | undefined {
  try {
    return children.reduce((sum, { pid }) => {
      const threads = readdirSync(`/proc/${pid}/task`);
      return threads.reduce((all, thread) => all + threadUs(`/proc/${pid}/task/${thread}/schedstat`), sum);
    }, 0);
  } catch {
    return undefined;
  }
}

/** Zero for a thread that has just ended. */
function threadUs(file: string): number {
  try {
    return Number(readFileSync(file, "utf8").split(" ")[0]) / 1_000;
  } catch {
    return 0;
  }
}
