import { DatabaseSync } from "node:sqlite";
import { isBusy } from "./sqlite-result-code.ts";

/** Longest pause between two attempts, milliseconds. */
const longestPauseMs = 8;

/**
 * Opens a SQLite file with a write-ahead log, for reading and writing. The opening, and statements of the connection, wait
 * for other processes up to `busyMs`, which blocks the thread. Throws SQLite's errors.
 */
export function openWithLog(file: string, busyMs: number): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: busyMs });
  try {
    // Two processes that enable the log of a new file at once deadlock; SQLite refuses one of them without waiting.
    whileBusy(busyMs, () => database.exec("PRAGMA journal_mode = WAL"));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Retries while another process has the file locked. */
function whileBusy(busyMs: number, run: () => void): void {
  const until = performance.now() + busyMs;
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      run();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() >= until) throw error;
      Atomics.wait(never, 0, 0, Math.random() * longestPauseMs);
    }
  }
}
