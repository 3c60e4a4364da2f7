import type { Clock } from "../../clock/clock.ts";
import type { TableLayout } from "../descriptor.ts";
import { isLaidOut, layOut } from "./layout.ts";
import { SqliteRows } from "./rows.ts";
import { isBusy, refusalOf, Sqlite, type Synchronous } from "./sqlite.ts";
import { type TransactionLimits, Transactions } from "./transactions.ts";

/** One SQLite file, with its tables. */
export class EmbeddedDatabase {
  readonly transactions: Transactions;
  readonly #sqlite: Sqlite;
  readonly #tables = new Map<TableLayout, SqliteRows | Promise<SqliteRows>>();

  constructor(file: string, synchronous: Synchronous, clock: Clock, limits: TransactionLimits) {
    this.#sqlite = new Sqlite(file, synchronous);
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
      return isLaidOut(this.#sqlite, table);
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
        if (!isLaidOut(this.#sqlite, table)) layOut(this.#sqlite, table);
      })
      .then(
        () => {
          this.#tables.set(table, rows);
          return rows;
        },
        (error: unknown) => {
          // The next call tries again.
          this.#tables.delete(table);
          throw error;
        },
      );
    this.#tables.set(table, opening);
    return opening;
  }
}
