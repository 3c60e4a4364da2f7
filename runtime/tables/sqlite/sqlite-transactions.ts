import { fail, isPhotinusError, type Outcome } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import { withOutcome } from "../change-outcome.ts";
import { refusalOf, type Sqlite } from "./sqlite-connection.ts";
import { isBusy, isOfSqlite } from "./sqlite-result-code.ts";

/** Limits of {@link Transactions}. */
export interface TransactionLimits {
  /** Time that a change waits for writes of other processes, milliseconds. */
  readonly busyMs: number;
  /** Maximum number of queued changes. */
  readonly queueCount: number;
}

interface Operation {
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  result: unknown;
  error: unknown;
}

/** Maximum operations of one transaction, which blocks other processes and the event loop. */
const batchCount = 256;
/** Longest pause between two attempts to lock the file, milliseconds. */
const longestPauseMs = 8;

/**
 * Runs operations in order; the operations of one tick share a transaction. An operation that fails does not affect the
 * others. Results are reported after the commit. While another process writes, the transaction is retried without blocking
 * the event loop.
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

  /** Number of operations that are not committed yet. */
  get count(): number {
    return this.#waiting.length;
  }

  /**
   * Queues an operation for the transaction of this tick. The operation must be synchronous. Rejects with RESOURCE_EXHAUSTED
   * when the queue is full.
   */
  add<T>(run: () => T): Promise<T> {
    if (this.#waiting.length >= this.#limits.queueCount) {
      const reason = `too many changes are queued for ${this.#sqlite.file}: ${this.#waiting.length}`;
      return Promise.reject(fail("RESOURCE_EXHAUSTED", reason, { retryAfterMs: this.#limits.busyMs }));
    }
    return new Promise<T>((resolve, reject) => {
      const done = resolve as (value: unknown) => void;
      this.#waiting.push({ run, resolve: done, reject, result: undefined, error: undefined });
      this.#schedule();
    });
  }

  /** Resolves once no operation is queued. */
  idle(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Rejects all queued operations with the outcome "not sent". */
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

  /** Runs one operation. An error of SQLite fails the whole transaction; any other error fails this operation alone. */
  #run(operation: Operation): void {
    try {
      operation.result = operation.run();
    } catch (error) {
      if (isOfSqlite(error)) throw error;
      operation.error = isPhotinusError(error)
        ? error
        : fail("INTERNAL", "change failed unexpectedly", { cause: error });
    }
  }

  #rollBack(): void {
    try {
      if (this.#sqlite.isInTransaction) this.#sqlite.exec("ROLLBACK");
    } catch {
      // The next BEGIN reports the problem of the file.
    }
  }

  #goOn(): void {
    if (this.#waiting.length > 0) this.#schedule();
    else this.#tellIdle();
  }

  #tellIdle(): void {
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /**
   * Retries when another process is writing; fails all queued operations after `busyMs`, or at once when the file is broken.
   */
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
