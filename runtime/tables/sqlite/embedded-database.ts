import { isPhotinusError } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import type { Plan, Step } from "../migrate/migration-step.ts";
import type { TableLayout } from "../table-layout.ts";
import { refusalOf, Sqlite, type Synchronous } from "./sqlite-connection.ts";
import { isReadByOthers } from "./sqlite-file.ts";
import { type FileOf, isLaidOut, layOut, planOf } from "./sqlite-layout.ts";
import { isBusy } from "./sqlite-result-code.ts";
import { SqliteRows } from "./sqlite-rows.ts";
import { type TransactionLimits, Transactions } from "./sqlite-transactions.ts";

/** Environment of a database, provided by its store. */
interface Outside {
  readonly clock: Clock;
  readonly log: Logger;
  /** Files of the store's other databases. */
  readonly fileOf: FileOf;
}

/** One SQLite file with its tables. */
export class EmbeddedDatabase {
  readonly transactions: Transactions;
  readonly #sqlite: Sqlite;
  readonly #log: Logger;
  readonly #fileOf: FileOf;
  readonly #tables = new Map<TableLayout, SqliteRows | Promise<SqliteRows>>();
  /** Reasons last logged for tables that could not be opened. */
  readonly #refused = new Map<TableLayout, string>();

  constructor(
    file: string,
    synchronous: Synchronous,
    limits: TransactionLimits,
    { clock, log, fileOf }: Outside,
  ) {
    this.#sqlite = new Sqlite(file, synchronous);
    this.#log = log;
    this.#fileOf = fileOf;
    if (isReadByOthers(file)) {
      log.warn({ file }, `other users can read the tables; to prevent this: chmod go-rwx ${file}*`);
    }
    this.transactions = new Transactions(this.#sqlite, clock, limits);
  }

  /** Runs an operation in the transaction of this tick. */
  async change<T>(table: TableLayout, run: (rows: SqliteRows) => T): Promise<T> {
    const known = this.#tables.get(table) ?? this.#open(table);
    const rows = known instanceof SqliteRows ? known : await known;
    return this.transactions.add(() => run(rows));
  }

  /** Runs a read at once, or after the changes that were queued before it. */
  async look<T>(table: TableLayout, run: (rows: SqliteRows) => T): Promise<T> {
    const known = this.#tables.get(table) ?? this.#open(table);
    const rows = known instanceof SqliteRows ? known : await known;
    if (this.transactions.count > 0) return this.transactions.add(() => run(rows));
    try {
      return run(rows);
    } catch (error) {
      if (isBusy(error)) return this.transactions.add(() => run(rows));
      throw refusalOf(error, this.#sqlite.file);
    }
  }

  /**
   * Moves the write-ahead log into the file and empties it, because the log holds former states of pages. Returns false while
   * another process uses the log.
   */
  emptyLog(): boolean {
    try {
      const [row] = this.#sqlite.all("PRAGMA wal_checkpoint(TRUNCATE)", []);
      return row?.[0] === 0n;
    } catch (error) {
      if (isBusy(error)) return false;
      throw refusalOf(error, this.#sqlite.file);
    }
  }

  /** Closes the file; queued operations must have been settled before. */
  close(): void {
    this.#sqlite.close();
  }

  /** Checks for the table without a transaction first, so that a writing process does not delay the open. */
  #isLaidOut(table: TableLayout): boolean {
    try {
      const plan = planOf(this.#sqlite, table, this.#fileOf);
      if (!isLaidOut(this.#sqlite, plan)) return false;
      this.#tell(plan, []);
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      throw refusalOf(error, this.#sqlite.file);
    }
  }

  #open(table: TableLayout): SqliteRows | Promise<SqliteRows> {
    const rows = new SqliteRows(this.#sqlite, table);
    if (this.#isLaidOut(table)) {
      this.#tables.set(table, rows);
      return rows;
    }
    const opening = this.transactions
      .add(() => {
        // Another process may have created the table meanwhile.
        const steps = layOut(this.#sqlite, table, this.#fileOf);
        return { plan: planOf(this.#sqlite, table, this.#fileOf), steps };
      })
      .then(
        ({ plan, steps }) => {
          this.#tell(plan, steps);
          this.#tables.set(table, rows);
          return rows;
        },
        (error: unknown) => {
          // The next call opens the table again.
          this.#tables.delete(table);
          this.#tellRefused(table, error);
          throw error;
        },
      );
    this.#tables.set(table, opening);
    return opening;
  }

  /** Logs a table that does not fit the schema, so that operators see it as well as callers; once for each reason. */
  #tellRefused(table: TableLayout, error: unknown): void {
    if (!isPhotinusError(error) || error.code !== "FAILED_PRECONDITION") return;
    const { reason } = error;
    if (this.#refused.get(table) === reason) return;
    this.#refused.set(table, reason);
    this.#log.error(
      { file: this.#sqlite.file, table: table.name, reason },
      "table refused; its layout does not fit the schema",
    );
  }

  #tell({ leftovers }: Plan, steps: readonly Step[]): void {
    const { file } = this.#sqlite;
    for (const { table, change } of steps) this.#log.info({ file, table, change }, "table migrated");
    for (const { table, what } of leftovers) {
      this.#log.info({ file, table, left: what }, "table has columns or indexes that the schema lacks; kept");
    }
  }
}
