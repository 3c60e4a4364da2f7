import { fail, isPhotinusError, type Outcome } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import { withOutcome } from "../change-outcome.ts";
import { refusalOf, type Sqlite } from "./sqlite-connection.ts";
import { isBusy, isOfSqlite } from "./sqlite-result-code.ts";

/** Bounds of the waiting. */
export interface TransactionLimits {
  /** How long a change waits for other processes that write, milliseconds. */
  readonly busyMs: number;
  /** Changes that may wait. */
  readonly queueCount: number;
}

interface Operation {
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  result: unknown;
  error: unknown;
}

/** The most operations of one transaction: other processes wait for it, and so does the event loop. */
const batchCount = 256;
/** The longest pause between two tries for the file, milliseconds. */
const longestPauseMs = 8;

/**
 * Runs operations in order, those of one tick in one transaction. An operation that fails leaves the others alone; what it
 * gives is told when the transaction is committed. While another process writes, it tries again, without holding up the
 * event loop.
 */
export class Transactions {
  readonly #sqlite: Sqlite;
  readonly #clock: Clock;
  readonly #limits: TransactionLimits;
  #waiting: Operation[] = [];
  #isScheduled = false;
  #busySince: number | undefined;
  #onIdle: (() => void)[] = [];

  constructor(sqlite: Sqlite, clock: Clock, limits: TransactionLimits) {
    this.#sqlite = sqlite;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Operations that have not been committed. */
  get count(): number {
    return this.#waiting.length;
  }

  /** Runs an operation in the transaction of this tick. It must be done when it returns. */
  add<T>(run: () => T): Promise<T> {
    if (this.#waiting.length >= this.#limits.queueCount) {
      const reason = `${this.#waiting.length} changes wait for ${this.#sqlite.file} already`;
      return Promise.reject(fail("RESOURCE_EXHAUSTED", reason, { retryAfterMs: this.#limits.busyMs }));
    }
    return new Promise<T>((resolve, reject) => {
      const done = resolve as (value: unknown) => void;
      this.#waiting.push({ run, resolve: done, reject, result: undefined, error: undefined });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits any more. */
  idle(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Refuses all that waits: none of it happened. */
  abandon(error: unknown): void {
    const refusal = withOutcome(error, "not sent");
    for (const { reject } of this.#waiting.splice(0)) reject(refusal);
    this.#tellIdle();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    try {
      this.#sqlite.exec("BEGIN IMMEDIATE");
    } catch (error) {
      this.#refused(error);
      return;
    }
    this.#busySince = undefined;
    const batch = this.#waiting.splice(0, batchCount);
    let outcome: Outcome = "not sent";
    try {
      for (const operation of batch) this.#run(operation);
      outcome = "may have happened";
      this.#sqlite.exec("COMMIT");
    } catch (error) {
      this.#rollBack();
      const refusal = withOutcome(refusalOf(error, this.#sqlite.file), outcome);
      for (const { reject } of batch) reject(refusal);
      this.#goOn();
      return;
    }
    for (const { resolve, reject, result, error } of batch) {
      if (error === undefined) resolve(result);
      else reject(error);
    }
    this.#goOn();
  }

  /** Errors of SQLite's concern the whole transaction, all others one operation. */
  #run(operation: Operation): void {
    try {
      operation.result = operation.run();
    } catch (error) {
      if (isOfSqlite(error)) throw error;
      operation.error = isPhotinusError(error)
        ? error
        : fail("INTERNAL", "the change could not be made", { cause: error });
    }
  }

  #rollBack(): void {
    try {
      if (this.#sqlite.isInTransaction) this.#sqlite.exec("ROLLBACK");
    } catch {
      // The next BEGIN tells what is wrong with the file.
    }
  }

  #goOn(): void {
    if (this.#waiting.length > 0) this.#schedule();
    else this.#tellIdle();
  }

  #tellIdle(): void {
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** Another process is writing, or the file is broken. */
  #refused(error: unknown): void {
    const now = this.#clock.now();
    this.#busySince ??= now;
    if (isBusy(error) && now - this.#busySince < this.#limits.busyMs) {
      this.#isScheduled = true;
      this.#clock.after(Math.random() * longestPauseMs, () => {
        this.#isScheduled = false;
        this.#flush();
      });
      return;
    }
    this.#busySince = undefined;
    this.abandon(refusalOf(error, this.#sqlite.file));
  }
}
