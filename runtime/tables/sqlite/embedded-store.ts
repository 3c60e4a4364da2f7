import { fail } from "../../../schema/errors.ts";
import { type Clock, SystemClock } from "../../clock/clock.ts";
import { pause } from "../../clock/pause.ts";
import type { Logger } from "../../log/logger.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { ofChange, withOutcome } from "../change-outcome.ts";
import type { PersonalTraces } from "../personal/personal-traces.ts";
import type { ColumnValue, TableLayout } from "../table-layout.ts";
import {
  type ColumnChange,
  type Increment,
  type StoredRow,
  type StoreStatus,
  storeCloseRule,
  type TableStore,
} from "../table-store.ts";
import { EmbeddedDatabase } from "./embedded-database.ts";
import { type EmbeddedOptions, embeddedRule } from "./embedded-options.ts";
import type { Synchronous } from "./sqlite-connection.ts";
import { fileOfDatabase, fileThere, inMemory } from "./sqlite-file.ts";
import type { TransactionLimits } from "./sqlite-transactions.ts";

/** Time between two attempts to empty a log that another process uses, milliseconds. */
const emptyAgainMs = 20;

/**
 * Tables in a SQLite file, for the processes of one machine. Rows are not cached in memory: other processes change the
 * shared file, and SQLite reads it in microseconds, so every read is current. The changes of one tick are one transaction. A
 * change is acknowledged once its transaction is committed.
 */
export class EmbeddedStore implements TableStore {
  readonly #file: string;
  readonly #synchronous: Synchronous;
  readonly #limits: TransactionLimits;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #databases = new Map<string, EmbeddedDatabase>();
  /** There are no caches and no dead letters, so only the logs of the files hold former values. */
  readonly traces: PersonalTraces = Object.freeze({
    flushed: (ms: number) => this.#emptied(ms),
    clean: async () => undefined,
    isShared: async () => false,
    lettersOf: async () => [],
  });
  readonly #tables = new Set<TableLayout>();
  #closing: Promise<{ remaining: number }> | undefined;

  constructor(options: EmbeddedOptions) {
    const resolved = resolveOptions("EmbeddedStore", embeddedRule, options);
    const { file, synchronous, busyMs, queueCount } = resolved;
    this.#file = file;
    this.#synchronous = synchronous;
    this.#limits = { busyMs, queueCount };
    // The process must not end while a change is queued.
    this.#clock = resolved.clock ?? new SystemClock({ keepAlive: true });
    this.#log = resolved.log;
  }

  read(table: TableLayout, keys: readonly (readonly ColumnValue[])[]): Promise<(StoredRow | undefined)[]> {
    return this.#look(table, (rows) => keys.map((key) => rows.read(key)));
  }

  create(table: TableLayout, values: readonly ColumnValue[]): Promise<StoredRow> {
    return this.#change(table, (rows) => rows.create(values));
  }

  write(
    table: TableLayout,
    key: readonly ColumnValue[],
    changes: readonly ColumnChange[],
    expectedVersion?: number,
  ): Promise<number> {
    return this.#change(table, (rows) => rows.write(key, changes, expectedVersion));
  }

  increment(table: TableLayout, key: readonly ColumnValue[], increment: Increment): Promise<bigint | number> {
    return this.#change(table, (rows) => rows.increment(key, increment));
  }

  remove(table: TableLayout, key: readonly ColumnValue[], expectedVersion?: number): Promise<boolean> {
    return this.#change(table, (rows) => rows.remove(key, expectedVersion));
  }

  keysBy(table: TableLayout, index: number, values: readonly ColumnValue[]): Promise<ColumnValue[][]> {
    return this.#look(table, (rows) => rows.keysBy(index, values));
  }

  page(table: TableLayout, after: readonly ColumnValue[] | undefined, limit: number): Promise<StoredRow[]> {
    return this.#look(table, (rows) => rows.page(after, limit));
  }

  /** Does nothing, because the store has no cache. */
  async touch(): Promise<void> {}

  async status(): Promise<StoreStatus> {
    return {
      kind: "embedded",
      durability: this.#durability(),
      tables: [...this.#tables].map(({ name, database }) => ({
        name,
        database,
        cachedRows: 0,
        dirtyRows: 0,
      })),
      journalLength: 0,
      journalLagMs: 0,
      deadLetters: 0,
    };
  }

  #durability(): string {
    if (this.#file === inMemory) return "no change survives the process: the tables are in its memory";
    if (this.#synchronous === "full") return "every acknowledged change is on disk";
    return "every acknowledged change survives the death of any process; a power cut can lose the latest changes";
  }

  /**
   * Commits queued changes within the grace time, then closes the files. Resolves with the number of changes that were
   * dropped. Repeated calls share one result.
   */
  close(options?: { graceMs?: number }): Promise<{ remaining: number }> {
    const { graceMs } = resolveOptions("EmbeddedStore.close", storeCloseRule, options);
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close().then(() => undefined);
  }

  async #change<T>(table: TableLayout, run: Parameters<typeof EmbeddedDatabase.prototype.change<T>>[1]) {
    let database: EmbeddedDatabase;
    try {
      database = this.#database(table);
    } catch (error) {
      throw withOutcome(error, "not sent");
    }
    return ofChange(database.change(table, run));
  }

  async #look<T>(table: TableLayout, run: Parameters<typeof EmbeddedDatabase.prototype.look<T>>[1]) {
    return this.#database(table).look(table, run);
  }

  #database(table: TableLayout): EmbeddedDatabase {
    if (this.#closing !== undefined) throw fail("UNAVAILABLE", "the table store is closed");
    const { database } = table;
    const known = this.#databases.get(database);
    this.#tables.add(table);
    if (known !== undefined) return known;
    const file = fileOfDatabase(this.#file, database);
    const outside = {
      clock: this.#clock,
      log: this.#log,
      fileOf: (name: string) => fileThere(this.#file, name),
    };
    const opened = new EmbeddedDatabase(file, this.#synchronous, this.#limits, outside);
    this.#databases.set(database, opened);
    return opened;
  }

  /** Empties the write-ahead logs. Resolves with the number of logs that other processes still use after the time. */
  async #emptied(ms: number): Promise<number> {
    const end = this.#clock.now() + ms;
    const databases = [...this.#databases.values()];
    for (;;) {
      await Promise.all(databases.map(({ transactions }) => transactions.idle()));
      const left = databases.filter((database) => !database.emptyLog()).length;
      if (left === 0 || this.#clock.now() >= end) return left;
      await pause(this.#clock, emptyAgainMs);
    }
  }

  async #close(graceMs: number): Promise<{ remaining: number }> {
    const databases = [...this.#databases.values()];
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(graceMs, resolve);
      void Promise.all(databases.map(({ transactions }) => transactions.idle())).then(() => {
        timer.cancel();
        resolve();
      });
    });
    let remaining = 0;
    for (const database of databases) {
      remaining += database.transactions.count;
      database.transactions.abandon(
        fail("UNAVAILABLE", "the store was closed before the change was written"),
      );
      database.close();
    }
    return { remaining };
  }
}
