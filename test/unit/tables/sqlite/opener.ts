import { parentPort, workerData } from "node:worker_threads";
import { openWithLog } from "../../../../runtime/tables/sqlite/open-with-log.ts";

/** What a thread of the test is given: the files to open, and where the threads meet before each. */
export interface Opening {
  readonly files: readonly string[];
  readonly threadCount: number;
  readonly arrived: Int32Array;
}

const { files, threadCount, arrived } = workerData as Opening;
const refusals: string[] = [];
for (const [index, file] of files.entries()) {
  Atomics.add(arrived, index, 1);
  while (Atomics.load(arrived, index) < threadCount);
  try {
    openWithLog(file, 5_000).close();
  } catch (error) {
    refusals.push(String(error));
  }
}
parentPort?.postMessage(refusals);
