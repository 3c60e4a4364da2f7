import { DatabaseSync } from "node:sqlite";
import { isBusy } from "./sqlite-result-code.ts";

/** The longest pause between two tries, milliseconds. */
const longestPauseMs = 8;

/**
 * Opens a SQLite file with a write-ahead log, for reading and writing. Statements of the connection, and the opening itself,
 * wait for other processes up to `busyMs`; the thread waits with them. Throws SQLite's errors.
 */
export function openWithLog(file: string, busyMs: number): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: busyMs });
  try {
    // Two processes that give a new file its log hold what the other needs. SQLite refuses one of them without a wait.
    whileBusy(busyMs, () => database.exec("PRAGMA journal_mode = WAL"));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Tries again while another process has the file locked. */
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
