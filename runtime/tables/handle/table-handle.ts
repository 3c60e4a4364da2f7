import { fail, isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import { type Clock, SystemClock } from "../../clock/clock.ts";
import { checkOptions, resolveOptions } from "../../options/option-resolver.ts";
import { object, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { whole } from "../../options/rule-kinds.ts";
import { beforeSending } from "../change-outcome.ts";
import { beyondColumn, isPresentable } from "../columns/integer-range.ts";
import type { ColumnDescriptor, ColumnValue } from "../table-layout.ts";
import {
  type ColumnChange,
  type ReadOptions,
  readOptions,
  readRule,
  type StoredRow,
  type TableStore,
} from "../table-store.ts";
import { type Bounds, incrementOf } from "./increment-bounds.ts";
import { type RetryOptions, retryAborted } from "./retry-aborted.ts";
import { RowLoader } from "./row-loader.ts";
import type { Countable, NewRow, Patch, Table, TableShape } from "./table-shape.ts";

/** Options of {@link TableHandle.stream}. */
export interface StreamOptions extends ReadOptions {
  /** Rows per page, 1 to 100,000. Default 256. */
  readonly pageCount?: number;
}

/** Rows per page when all rows are loaded into the cache. */
const warmCount = 256;

/** Rule that checks {@link StreamOptions} and fills in defaults. */
export const streamRule = object({
  ...readOptions,
  pageCount: withDefault(whole(1, 100_000, "rows"), 256),
} satisfies RulesOf<StreamOptions>);

/**
 * Access to the rows of one table. A change is kept, as the store guarantees (docs/DATA.md), once its promise resolves. Rows
 * returned by reads are copies that belong to the caller.
 *
 * Every method can throw UNAVAILABLE (the store's servers or file are unreachable; a retry may succeed) and INVALID_ARGUMENT
 * (a value that its column cannot hold). Methods that return rows or keys can throw OUT_OF_RANGE (a process of a newer
 * schema stored a number that a property of this schema cannot hold). Writes can throw RESOURCE_EXHAUSTED (the store's
 * backlog is full).
 */
export class TableHandle<S extends TableShape> {
  /** Table of the schema whose rows this handle reads and writes. */
  readonly table: Table<S>;
  readonly #store: TableStore;
  readonly #clock: Clock;
  readonly #loader: RowLoader;
  readonly #columns: ReadonlyMap<PropertyKey, number>;
  readonly #indexes: ReadonlyMap<PropertyKey, number>;
  /**
   * Positions of columns whose values may exceed their property's type: int32, uint32, and 64-bit columns read as numbers.
   */
  readonly #whole: readonly number[];

  constructor(table: Table<S>, store: TableStore, clock: Clock = new SystemClock({ keepAlive: true })) {
    this.table = table;
    this.#store = store;
    this.#clock = clock;
    this.#loader = new RowLoader(store, table);
    this.#columns = new Map(table.columns.map(({ property }, position) => [property, position]));
    this.#whole = table.columns.flatMap(({ kind, asNumber = false }, position) =>
      asNumber || kind === "int32" || kind === "uint32" ? [position] : [],
    );
    this.#indexes = new Map(table.indexes.map(({ property }, position) => [property, position]));
  }

  /** Reads a row; undefined when it does not exist. Calls within one tick become one read. */
  async get(key: S["key"]): Promise<S["row"] | undefined> {
    const stored = await this.#loader.load(this.table.keyValues(key));
    return stored && this.#rowOf(stored.values);
  }

  /** Reads rows in one read, in the order of the keys; undefined for each row that does not exist. */
  async getMany(keys: readonly S["key"][]): Promise<(S["row"] | undefined)[]> {
    if (keys.length === 0) return [];
    const stored = await this.#store.read(
      this.table,
      keys.map((key) => this.table.keyValues(key)),
    );
    return stored.map((row) => row && this.#rowOf(row.values));
  }

  /** Whether a row exists. */
  async exists(key: S["key"]): Promise<boolean> {
    return (await this.#loader.load(this.table.keyValues(key))) !== undefined;
  }

  /** Reads a row as an entity, which tracks and saves assigned properties; undefined when the row does not exist. */
  async load(key: S["key"]): Promise<S["entity"] | undefined> {
    const stored = await this.#loader.load(this.table.keyValues(key));
    return stored && this.#entity(key, stored);
  }

  /** Reads rows as entities, in the order of the keys; undefined for each row that does not exist. */
  loadMany(keys: readonly S["key"][]): Promise<(S["entity"] | undefined)[]> {
    return Promise.all(keys.map((key) => this.load(key)));
  }

  /**
   * Creates a row. Omitted properties have their defaults. An auto-increment column that is omitted, or 0, gets the next
   * number: numbers increase and are never reused, but some may be skipped. Resolves with the stored row. Throws
   * ALREADY_EXISTS when a row has the key or the value of a unique index.
   */
  async create(init: NewRow<S>): Promise<S["row"]> {
    const values = this.table.valuesOf(this.table.newRow(init));
    return this.#rowOf((await this.#store.create(this.table, values)).values);
  }

  /**
   * Reads the row of this key, or creates it with these properties. Throws ALREADY_EXISTS when another row has the value of
   * a unique index.
   */
  async getOrCreate(init: NewRow<S>): Promise<S["row"]> {
    const key = this.table.keyOf(this.table.newRow(init));
    const row = await beforeSending(this.get(key));
    if (row !== undefined) return row;
    try {
      return await this.create(init);
    } catch (error) {
      if (!isPhotinusError(error) || error.code !== "ALREADY_EXISTS") throw error;
      const others = await this.get(key);
      if (others === undefined) throw error;
      return others;
    }
  }

  /**
   * Changes these properties and leaves the others as they are. Throws NOT_FOUND when the row does not exist, and
   * ALREADY_EXISTS when another row has the unique value.
   */
  async patch(key: S["key"], changes: Patch<S>): Promise<void> {
    const columns = this.#changes(changes);
    const values = this.table.keyValues(key);
    if (columns.length > 0) await this.#store.write(this.table, values, columns);
    else if ((await this.#loader.load(values)) === undefined) throw this.#missing();
  }

  /**
   * Changes a row depending on its current values: `fn` gets the row and returns the properties to change, or undefined for
   * no change. When another call changes the row meanwhile, `fn` runs again with the new row, so `fn` must have no side
   * effects. Resolves with the changed row. Throws NOT_FOUND, ALREADY_EXISTS, errors of `fn`, and ABORTED after too many
   * attempts.
   */
  update(
    key: S["key"],
    fn: (row: Readonly<S["row"]>) => Patch<S> | undefined | Promise<Patch<S> | undefined>,
    options?: RetryOptions,
  ): Promise<S["row"]> {
    const values = this.table.keyValues(key);
    const attempt = async (): Promise<S["row"]> => {
      const stored = await beforeSending(this.#loader.load(values));
      if (stored === undefined) throw this.#missing();
      const patch = await fn(this.#rowOf(stored.values));
      const changes = patch === undefined ? [] : this.#changes(patch);
      if (changes.length > 0) await this.#store.write(this.table, values, changes, stored.version);
      const after = [...stored.values];
      for (const { column, value } of changes) after[column] = value;
      return this.#rowOf(after);
    };
    return retryAborted(this.#clock, attempt, options);
  }

  /**
   * Adds to a number atomically and resolves with the sum. Throws OUT_OF_RANGE, without a change, when the sum is beyond the
   * bounds or the column's range, and NOT_FOUND when the row does not exist.
   */
  async increment<P extends Countable<S>>(
    key: S["key"],
    property: P,
    delta: S["row"][P] & (number | bigint),
    bounds?: Bounds<S["row"][P] & (number | bigint)>,
  ): Promise<S["row"][P]> {
    const column = this.#columnOf(property);
    const { asNumber = false } = this.#changeable(column);
    const increment = incrementOf(this.table, column, delta, bounds);
    const sum = await this.#store.increment(this.table, this.table.keyValues(key), increment);
    return (asNumber ? Number(sum) : sum) as S["row"][P];
  }

  /** Deletes a row. Resolves with false when the row did not exist. */
  delete(key: S["key"]): Promise<boolean> {
    return this.#store.remove(this.table, this.table.keyValues(key));
  }

  /**
   * Reads the keys of the rows with this value in an index, in key order. The value of an index with several columns is an
   * object. With `from: "replica"` the keys may be stale.
   */
  async keysBy<I extends keyof S["indexes"]>(
    index: I,
    value: S["indexes"][I],
    options?: ReadOptions,
  ): Promise<S["key"][]> {
    return (await this.#keysBy(index, value, options)).map((key) => this.#keyFrom(key));
  }

  /**
   * Reads the rows with this value in an index, in key order. With `from: "replica"` the rows may be stale: use them for
   * display only, and make changes with `update` and `increment`.
   */
  async rowsBy<I extends keyof S["indexes"]>(
    index: I,
    value: S["indexes"][I],
    options?: ReadOptions,
  ): Promise<S["row"][]> {
    const keys = await this.#keysBy(index, value, options);
    if (keys.length === 0) return [];
    const rows = await this.#store.read(this.table, keys, options);
    // A row that was deleted after the index was read is left out.
    return rows.flatMap((row) => (row === undefined ? [] : [this.#rowOf(row.values)]));
  }

  /**
   * Loads rows into the cache before they are needed: the rows of these keys, or all rows. Resolves with the number of rows
   * found. Replicas are never asked.
   */
  async warm(keys?: readonly S["key"][]): Promise<number> {
    if (keys !== undefined) return (await this.getMany(keys)).filter((row) => row !== undefined).length;
    let count = 0;
    for await (const page of this.#pages(warmCount)) {
      const read = await this.#store.read(
        this.table,
        page.map((row) => this.#keyOf(row)),
      );
      count += read.filter((row) => row !== undefined).length;
    }
    return count;
  }

  /**
   * Reads all rows, page by page; the next page is read when the current one is used up. A row that exists during the whole
   * stream comes exactly once, as it was when its page was read.
   *
   * With `from: "replica"` rows are stale: usually by a second, and without bound when replication has stopped. Rows created
   * since are missing, and rows deleted since are included. Use it for reports, rankings and searches. Never derive a change
   * from such a row: `update` and `increment` read the current row. Without a replica that answers, the stream reads the
   * database itself.
   */
  async *stream(options?: StreamOptions): AsyncGenerator<S["row"], void, void> {
    const { pageCount, from } = resolveOptions("stream", streamRule, options);
    for await (const page of this.#pages(pageCount, { from })) {
      for (const { values } of page) yield this.#rowOf(values);
    }
  }

  /** Restarts the time to live of a cached row. */
  touch(key: S["key"]): Promise<void> {
    return this.#store.touch(this.table, this.table.keyValues(key));
  }

  async *#pages(pageCount: number, options?: ReadOptions): AsyncGenerator<StoredRow[], void, void> {
    const stream = {};
    let after: ColumnValue[] | undefined;
    for (;;) {
      const page = await this.#store.page(this.table, after, pageCount, options, stream);
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      after = this.#keyOf(last);
    }
  }

  /** Adds the caller of a method to errors of `work`; a no-op unless the handle records callers. */
  protected traced<T>(work: Promise<T>, _called: (...args: never[]) => unknown): Promise<T> {
    return work;
  }

  /**
   * Converts a stored row. Throws OUT_OF_RANGE when a newer schema stored a number that a property of this schema cannot
   * hold.
   */
  #rowOf(values: readonly ColumnValue[]): S["row"] {
    const { columns } = this.table;
    for (const at of this.#whole)
      if (!isPresentable(columns[at]!, values[at]!)) throw beyondColumn(this.table, at);
    return this.table.rowOf(values);
  }

  #keyFrom(values: readonly ColumnValue[]): S["key"] {
    const { columns, key } = this.table;
    for (const [at, column] of key.entries()) {
      if (!isPresentable(columns[column]!, values[at]!)) throw beyondColumn(this.table, column);
    }
    return this.table.keyFrom(values);
  }

  #keyOf({ values }: StoredRow): ColumnValue[] {
    return this.table.key.map((column) => values[column] ?? null);
  }

  #entity(key: S["key"], { version, values }: StoredRow): S["entity"] {
    const { table } = this;
    const keyValues = table.keyValues(key);
    return new table.entity({
      key,
      row: this.#rowOf(values),
      version,
      traced: (work, called) => this.traced(work, called),
      columnOf: (property) => {
        const column = this.#columnOf(property);
        this.#changeable(column);
        return column;
      },
      write: async (row, columns, expected) => {
        const properties = row as Readonly<Record<string, unknown>>;
        const changes = columns.map((column) => {
          const value = properties[table.columns[column]!.property];
          return { column, value: table.valueOf(column, value) };
        });
        return this.#store.write(table, keyValues, changes, expected);
      },
      read: async () => {
        const stored = await this.#loader.load(keyValues);
        if (stored === undefined) throw this.#missing();
        return { row: this.#rowOf(stored.values), version: stored.version };
      },
    });
  }

  #changes(patch: object): ColumnChange[] {
    return Object.entries(patch).map(([property, value]) => {
      const column = this.#columnOf(property);
      this.#changeable(column);
      return { column, value: this.table.valueOf(column, value) };
    });
  }

  #columnOf(property: PropertyKey): number {
    const column = this.#columns.get(property);
    if (column !== undefined) return column;
    throw fail("INVALID_ARGUMENT", `the table ${this.table.name} has no property ${String(property)}`);
  }

  /** Column at a position. Throws INVALID_ARGUMENT when the column is part of the key. */
  #changeable(position: number): ColumnDescriptor {
    const column = this.table.columns[position]!;
    if (!this.table.key.includes(position)) return column;
    const reason = `${this.table.name}.${column.property} is part of the key, which never changes`;
    throw fail("INVALID_ARGUMENT", reason);
  }

  #keysBy(name: PropertyKey, value: unknown, options: ReadOptions | undefined): Promise<ColumnValue[][]> {
    const index = this.#indexes.get(name);
    checkOptions(`${this.table.name} by ${String(name)}`, readRule, options);
    if (index !== undefined) {
      return this.#store.keysBy(this.table, index, this.table.indexValues(index, value), options);
    }
    throw fail("INVALID_ARGUMENT", `the table ${this.table.name} has no index ${String(name)}`);
  }

  #missing(): PhotinusError {
    return fail("NOT_FOUND", `the table ${this.table.name} has no row with this key`);
  }
}
