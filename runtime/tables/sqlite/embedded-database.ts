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

/** What a database is given by its store. */
interface Outside {
  readonly clock: Clock;
  readonly log: Logger;
  /** Where the store's other databases are. */
  readonly fileOf: FileOf;
}

/** One SQLite file, with its tables. */
export class EmbeddedDatabase {
  readonly transactions: Transactions;
  readonly #sqlite: Sqlite;
  readonly #log: Logger;
  readonly #fileOf: FileOf;
  readonly #tables = new Map<TableLayout, SqliteRows | Promise<SqliteRows>>();
  /** Why tables could not be opened, as the log was told last. */
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
      log.warn({ file }, `other users can read the tables; to prevent it: chmod go-rwx ${file}*`);
    }
    this.transactions = new Transactions(this.#sqlite, clock, limits);
  }

  /** Runs in a transaction. */
  async change<T>(table: TableLayout, run: (rows: SqliteRows) => T): Promise<T> {
    const known = this.#tables.get(table) ?? this.#open(table);
    const rows = known instanceof SqliteRows ? known : await known;
    return this.transactions.add(() => run(rows));
  }

  /** Runs at once, unless changes wait that were asked for before. */
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

  close(): void {
    this.#sqlite.close();
  }

  /** Looked at without a transaction first, so that another process that writes holds up nobody. */
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
        // Another process may have been faster.
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
          // The next call tries again.
          this.#tables.delete(table);
          this.#tellRefused(table, error);
          throw error;
        },
      );
    this.#tables.set(table, opening);
    return opening;
  }

  /** A table that does not fit is for who runs the game to see, not only for the caller; once, not at each try. */
  #tellRefused(table: TableLayout, error: unknown): void {
    if (!isPhotinusError(error) || error.code !== "FAILED_PRECONDITION") return;
    const { reason } = error;
    if (this.#refused.get(table) === reason) return;
    this.#refused.set(table, reason);
    this.#log.error({ file: this.#sqlite.file, table: table.name, reason }, "a table cannot be used");
  }

  #tell({ leftovers }: Plan, steps: readonly Step[]): void {
    const { file } = this.#sqlite;
    for (const { table, change } of steps) this.#log.info({ file, table, change }, "a table was changed");
    for (const { table, what } of leftovers) {
      this.#log.info(
        { file, table, left: what },
        "a table has more columns or indexes than the schema; they are kept",
      );
    }
  }
}
