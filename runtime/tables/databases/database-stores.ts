import { fail } from "../../../schema/errors.ts";
import type { ColumnValue, TableLayout } from "../table-layout.ts";
import type {
  ColumnChange,
  Increment,
  ReadOptions,
  Remainder,
  StoredRow,
  StoreStatus,
  TableStore,
} from "../table-store.ts";
import { DatabaseDeadLetters } from "./database-dead-letters.ts";
import { DatabaseTraces } from "./database-traces.ts";
import { joinedStatus } from "./joined-status.ts";

/**
 * Tables in several databases, each with its own store: a call goes to the store of its table's database. The stores share
 * no state, so each keeps its own guarantees, and an unreachable database does not delay the others.
 */
export class DatabaseStores implements TableStore {
  readonly deadLetters: DatabaseDeadLetters;
  readonly traces: DatabaseTraces;
  readonly #stores: ReadonlyMap<string, TableStore>;
  readonly #onClosed: () => void;
  #closing: Promise<Remainder> | undefined;

  /**
   * @param stores stores by database name
   * @param onClosed called once all stores are closed
   */
  constructor(stores: ReadonlyMap<string, TableStore>, onClosed: () => void = () => undefined) {
    this.#stores = stores;
    this.#onClosed = onClosed;
    this.deadLetters = new DatabaseDeadLetters(stores);
    this.traces = new DatabaseTraces(stores);
  }

  async read(
    table: TableLayout,
    keys: readonly (readonly ColumnValue[])[],
    options?: ReadOptions,
  ): Promise<(StoredRow | undefined)[]> {
    return this.#of(table).read(table, keys, options);
  }

  async create(table: TableLayout, values: readonly ColumnValue[]): Promise<StoredRow> {
    return this.#of(table).create(table, values);
  }

  async write(
    table: TableLayout,
    key: readonly ColumnValue[],
    changes: readonly ColumnChange[],
    expectedVersion?: number,
  ): Promise<number> {
    return this.#of(table).write(table, key, changes, expectedVersion);
  }

  async increment(
    table: TableLayout,
    key: readonly ColumnValue[],
    increment: Increment,
  ): Promise<bigint | number> {
    return this.#of(table).increment(table, key, increment);
  }

  async remove(table: TableLayout, key: readonly ColumnValue[], expectedVersion?: number): Promise<boolean> {
    return this.#of(table).remove(table, key, expectedVersion);
  }

  async keysBy(
    table: TableLayout,
    index: number,
    values: readonly ColumnValue[],
    options?: ReadOptions,
  ): Promise<ColumnValue[][]> {
    return this.#of(table).keysBy(table, index, values, options);
  }

  async page(
    table: TableLayout,
    after: readonly ColumnValue[] | undefined,
    limit: number,
    options?: ReadOptions,
    stream?: object,
  ): Promise<StoredRow[]> {
    return this.#of(table).page(table, after, limit, options, stream);
  }

  async touch(table: TableLayout, key: readonly ColumnValue[]): Promise<void> {
    return this.#of(table).touch(table, key);
  }

  /** Totals of all databases, and the figures of each when there are several. */
  async status(): Promise<StoreStatus> {
    const stores = [...this.#stores];
    return joinedStatus(
      await Promise.all(stores.map(async ([name, store]) => [name, await store.status()] as const)),
    );
  }

  /** Closes all stores. Resolves with the total of changes left in the journals. Repeated calls share one result. */
  close(options?: { graceMs?: number }): Promise<Remainder> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  async #close(options: { graceMs?: number } | undefined): Promise<Remainder> {
    try {
      const all = await Promise.all([...this.#stores.values()].map((store) => store.close(options)));
      const sum = (of: (one: Remainder) => number) => all.reduce((total, one) => total + of(one), 0);
      const elsewhere = sum((one) => one.elsewhere ?? 0);
      const owners = [...new Set(all.flatMap((one) => one.owners ?? []))].sort();
      const isUnknown = all.some((one) => one.isUnknown === true);
      return {
        remaining: sum((one) => one.remaining),
        ...(elsewhere === 0 ? {} : { elsewhere, owners }),
        ...(isUnknown ? { isUnknown } : {}),
      };
    } finally {
      this.#onClosed();
    }
  }

  #of({ name, database }: TableLayout): TableStore {
    const store = this.#stores.get(database);
    if (store !== undefined) return store;
    throw fail(
      "FAILED_PRECONDITION",
      `the table ${name} is in the database "${database}", which was not opened; the topology's protocol has no table in it`,
    );
  }
}
