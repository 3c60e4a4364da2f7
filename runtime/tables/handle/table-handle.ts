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

/** How a stream over all rows goes. */
export interface StreamOptions extends ReadOptions {
  /** Rows read at a time, 1 to 100,000. Default 256. */
  readonly pageCount?: number;
}

/** Rows that are read at a time when all of them are read into the cache. */
const warmCount = 256;

/** The rules of {@link StreamOptions}. */
export const streamRule = object({
  ...readOptions,
  pageCount: withDefault(whole(1, 100_000, "rows"), 256),
} satisfies RulesOf<StreamOptions>);

/**
 * The rows of one table. A promise that resolves means the change is kept as the store says (docs/DATA.md); what a read
 * gives is a copy of the caller's own.
 *
 * Any method can throw UNAVAILABLE (the store's servers or its file cannot be had now; trying again may succeed) and
 * INVALID_ARGUMENT (a value that its column cannot hold); what gives rows or keys OUT_OF_RANGE (a process of a newer schema has
 * stored a number that a property of this one does not hold); writes also RESOURCE_EXHAUSTED (the store's backlog is full).
 */
export class TableHandle<S extends TableShape> {
  readonly table: Table<S>;
  readonly #store: TableStore;
  readonly #clock: Clock;
  readonly #loader: RowLoader;
  readonly #columns: ReadonlyMap<PropertyKey, number>;
  readonly #indexes: ReadonlyMap<PropertyKey, number>;
  /** Positions of the columns whose properties are numbers of less than 64 bits. */
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

  /** The row of a key, undefined when there is none. Calls made before the first is waited for become one read. */
  async get(key: S["key"]): Promise<S["row"] | undefined> {
    const stored = await this.#loader.load(this.table.keyValues(key));
    return stored && this.#rowOf(stored.values);
  }

  /** The rows of these keys, in their order, undefined where there is none: in one read. */
  async getMany(keys: readonly S["key"][]): Promise<(S["row"] | undefined)[]> {
    if (keys.length === 0) return [];
    const stored = await this.#store.read(
      this.table,
      keys.map((key) => this.table.keyValues(key)),
    );
    return stored.map((row) => row && this.#rowOf(row.values));
  }

  async exists(key: S["key"]): Promise<boolean> {
    return (await this.#loader.load(this.table.keyValues(key))) !== undefined;
  }

  /** The row of a key as an entity, which saves what is assigned to it; undefined when there is none. */
  async load(key: S["key"]): Promise<S["entity"] | undefined> {
    const stored = await this.#loader.load(this.table.keyValues(key));
    return stored && this.#entity(key, stored);
  }

  /** The rows of these keys as entities, in their order; undefined where there is none. */
  loadMany(keys: readonly S["key"][]): Promise<(S["entity"] | undefined)[]> {
    return Promise.all(keys.map((key) => this.load(key)));
  }

  /**
   * Creates a row. Properties left out have their defaults; an auto-increment column that is left out, or 0, gets the next
   * number: numbers go up and never come twice, but some may be left out. Resolves with the row as it is kept. Throws
   * ALREADY_EXISTS when there is a row of the key, or of a unique index's value.
   */
  async create(init: NewRow<S>): Promise<S["row"]> {
    const values = this.table.valuesOf(this.table.newRow(init));
    return this.#rowOf((await this.#store.create(this.table, values)).values);
  }

  /**
   * The row of this key, or one with these properties when there is none. Throws ALREADY_EXISTS when another row has a
   * unique index's value.
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
   * Changes these properties, whatever the others are. Throws NOT_FOUND when there is no such row, and ALREADY_EXISTS when
   * another has the unique value.
   */
  async patch(key: S["key"], changes: Patch<S>): Promise<void> {
    const columns = this.#changes(changes);
    const values = this.table.keyValues(key);
    if (columns.length > 0) await this.#store.write(this.table, values, columns);
    else if ((await this.#loader.load(values)) === undefined) throw this.#missing();
  }

  /**
   * Changes a row by what it is: `fn` gets the row and gives the properties to change, or undefined for none. When
   * somebody else has changed the row in between, `fn` runs again on the new one, so it must do nothing else. Resolves
   * with the row as it is then. Throws NOT_FOUND, ALREADY_EXISTS, what `fn` throws, and ABORTED after too many tries.
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
   * Adds to a number, atomically; resolves with the sum. Throws OUT_OF_RANGE, and changes nothing, when the sum would be
   * beyond the bounds or what the column holds; NOT_FOUND when there is no such row.
   */
  async increment<P extends Countable<S>>(
    key: S["key"],
    property: P,
    delta: S["row"][P] & (number | bigint),
    bounds: Bounds<S["row"][P] & (number | bigint)> = {},
  ): Promise<S["row"][P]> {
    const column = this.#columnOf(property);
    const { asNumber = false } = this.#changeable(column);
    const increment = incrementOf(this.table, column, delta, bounds);
    const sum = await this.#store.increment(this.table, this.table.keyValues(key), increment);
    return (asNumber ? Number(sum) : sum) as S["row"][P];
  }

  /** Removes a row; false when there was none. */
  delete(key: S["key"]): Promise<boolean> {
    return this.#store.remove(this.table, this.table.keyValues(key));
  }

  /**
   * Keys of the rows with this value in an index (an object of values when it has several columns), in order. With
   * `from: "replica"` they are those of some time ago.
   */
  async keysBy<I extends keyof S["indexes"]>(
    index: I,
    value: S["indexes"][I],
    options?: ReadOptions,
  ): Promise<S["key"][]> {
    return (await this.#keysBy(index, value, options)).map((key) => this.#keyFrom(key));
  }

  /**
   * The rows themselves, in order of their keys. With `from: "replica"` they are as they were some time ago: to look at, never
   * to work out a change from, for which `update` and `increment` are.
   */
  async rowsBy<I extends keyof S["indexes"]>(
    index: I,
    value: S["indexes"][I],
    options?: ReadOptions,
  ): Promise<S["row"][]> {
    const keys = await this.#keysBy(index, value, options);
    if (keys.length === 0) return [];
    const rows = await this.#store.read(this.table, keys, options);
    // A row that was removed in between is left out.
    return rows.flatMap((row) => (row === undefined ? [] : [this.#rowOf(row.values)]));
  }

  /**
   * Reads rows into the cache before they are needed: those of the keys, or all. Resolves with how many there were. Replicas
   * are never asked.
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
   * All rows, one after another; reads a page when the one before is used up. A row that is there all the time comes
   * exactly once, as it was when its page was read.
   *
   * With `from: "replica"` the rows are as they were some time ago: usually a second, and without bound when replication
   * stands still. Rows that were created since are missing, and rows that were removed since are there. That is for reports,
   * rankings and searches; a change is never worked out from such a row, but made by `update` and `increment`, which read
   * the row as it is. A database without replicas is read itself, and so it is when none of them answers.
   */
  async *stream(options?: StreamOptions): AsyncGenerator<S["row"], void, void> {
    const { pageCount, from } = resolveOptions("stream", streamRule, options);
    for await (const page of this.#pages(pageCount, { from })) {
      for (const { values } of page) yield this.#rowOf(values);
    }
  }

  /** Keeps a cached row for its whole time to live from now. */
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

  /** Says in errors of `work` who called the method, where that is kept. */
  protected traced<T>(work: Promise<T>, _called: (...args: never[]) => unknown): Promise<T> {
    return work;
  }

  /** Throws OUT_OF_RANGE when a newer schema has stored what a property of this one cannot have. */
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

  /** The column, unless it is part of the key. */
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
    return fail("NOT_FOUND", `the table ${this.table.name} has no row of this key`);
  }
}
