import { fail, isPhotinusError, type PhotinusError } from "../../../../schema/errors.ts";
import { beforeSending } from "../../change-outcome.ts";
import { firstVersion } from "../../columns/first-version.ts";
import { outOfRange, sumOf } from "../../columns/increment-sum.ts";
import { integerRangeOf } from "../../columns/integer-range.ts";
import { isSameValue } from "../../columns/key-order.ts";
import { addToColumn, changeAny, changeRow, createRow, removeRow } from "../../lua/generated/lua-scripts.ts";
import type { LuaScript, RedisReply } from "../../redis/redis-calls.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { ColumnChange, Increment, StoredRow } from "../../table-store.ts";
import { type Text, textOf } from "../column-text.ts";
import type { StoreCore } from "../store-core.ts";
import type { BloomFilters } from "../unique/bloom-filters.ts";
import { type Claim, UniqueValues } from "../unique/unique-values.ts";
import { nullsOf, textsOf } from "./cached-row.ts";
import type { IndexReads } from "./index-reads.ts";
import { backlogFull, type NumberedParts, NumberedRows } from "./numbered-rows.ts";
import type { RowCache } from "./row-cache.ts";
import { refusal } from "./row-refusal.ts";
import { keyOf } from "./sql-tables.ts";

const rounds = 32;
/** How long a change is retried when its row moves, milliseconds: shorter than the wait for a unique value. */
const againMs = 5_000;
const ignore = () => undefined;

/**
 * Changes of write-behind tables. Each change is one script call, which changes the row and appends to the journal
 * atomically.
 */
export class WriteBehindRows {
  readonly #core: StoreCore;
  readonly #cache: RowCache;
  readonly #unique: UniqueValues;
  /** Argument that all change scripts share: the maximum number of entries in a journal. */
  readonly #common: readonly Text[];
  readonly #numbered: NumberedRows;
  readonly #filters: BloomFilters;
  /** End of the load of each row that a change found missing or incomplete in the cache, by the row's key in Redis. */
  readonly #loads = new Map<string, Promise<void>>();

  constructor(core: StoreCore, cache: RowCache, reads: IndexReads, parts: NumberedParts) {
    this.#core = core;
    this.#cache = cache;
    this.#unique = new UniqueValues(core, reads, parts.filters);
    const { options } = core;
    this.#common = [String(Math.ceil(options.backlogCount / options.shards))];
    this.#filters = parts.filters;
    this.#numbered = new NumberedRows(core, parts, this.#common);
  }

  /**
   * Creates a row.
   *
   * @param numbers gives the value of the auto-increment column; without it the given value stays
   */
  async create(
    table: TableLayout,
    given: readonly ColumnValue[],
    numbers?: () => Promise<ColumnValue>,
  ): Promise<StoredRow> {
    const numbered = numbers && (await this.#numbered.create(table, given));
    if (numbered !== undefined && numbered !== "taken") return numbered;
    const { autoIncrement } = table;
    const values = numbers === undefined ? given : given.with(autoIncrement, await numbers());
    const key = keyOf(table, values);
    // A key with a new number was never used by another row.
    const args = createArgs(table, values, numbers !== undefined && table.key.includes(autoIncrement));
    const claims = this.#unique.claimsOf(table, values);
    const isTried = claims.length === 0 || numbered === "taken";
    const newness = isTried ? undefined : this.#unique.newness(table, claims);
    if (newness !== undefined) {
      const count = String(claims.length);
      const version = await this.#run(createRow, table, key, [count, ...newness, ...args]);
      if (version !== refusal.taken) return { version: version as number, values };
    }
    const version = await this.#unique.hold(table, key, claims, (until) =>
      this.#run(createRow, table, key, ["0", ...args], until),
    );
    // The Bloom filter could not tell that the values are new, but they were free.
    if (claims.length > 0) this.#filters.doubt();
    return { version: version as number, values };
  }

  /** Changes columns of a row; with `expected`, only if the row has that version. Resolves with the new version. */
  write(
    table: TableLayout,
    key: readonly ColumnValue[],
    changes: readonly ColumnChange[],
    expected?: number,
  ): Promise<number> {
    const touched = (column: number) => changes.some((one) => one.column === column);
    if (table.indexes.some(({ unique, columns }) => unique && columns.some(touched))) {
      return this.#writeUnique(table, key, changes, expected);
    }
    return this.#write(table, key, changes, expected);
  }

  /** Adds to a column. Resolves with the sum. */
  async increment(
    table: TableLayout,
    key: readonly ColumnValue[],
    increment: Increment,
  ): Promise<bigint | number> {
    const { column, delta } = increment;
    const { kind, isBig, least, most } = additionOf(table, increment);
    if (table.indexes.some(({ unique, columns }) => unique && columns.includes(column))) {
      return this.#again(async () => {
        const row = await this.#present(table, key);
        const value = sumOf(table, increment, row.values[column]!);
        await this.write(table, key, [{ column, value }], row.version);
        return value;
      });
    }
    const spec = specOf(table, (other) => other === column);
    const { field } = table.columns[column]!;
    const args = ["", "", spec, field, kind, String(delta), String(least ?? ""), String(most ?? "")];
    const reply = await this.#run(addToColumn, table, key, args);
    if (reply === refusal.range) throw outOfRange(table, increment);
    if (reply === refusal.noNumber) throw noNumber(table, increment);
    const text = String(reply);
    return isBig ? BigInt(text) : Number(text);
  }

  /** Deletes a row. Resolves with false when the row does not exist. */
  async remove(table: TableLayout, key: readonly ColumnValue[], expected?: number): Promise<boolean> {
    const spec = `*=;${specOf(table, () => true)}`;
    try {
      await this.#run(removeRow, table, key, [expected === undefined ? "" : String(expected), "", spec]);
      return true;
    } catch (error) {
      if (isPhotinusError(error) && error.code === "NOT_FOUND") return false;
      throw error;
    }
  }

  #write(
    table: TableLayout,
    key: readonly ColumnValue[],
    changes: readonly ColumnChange[],
    expected: number | undefined,
    until?: number,
  ): Promise<number> {
    const texts: Text[] = [];
    const nulls: string[] = [];
    const filled: string[] = [];
    for (const { column, value } of changes) {
      const { field, nullable } = table.columns[column]!;
      if (value === null) nulls.push(field);
      else {
        texts.push(field, textOf(value));
        if (nullable) filled.push(field);
      }
    }
    const spec = specOf(table, (column) => changes.some((one) => one.column === column));
    const isPlain = expected === undefined && nulls.length + filled.length === 0 && spec === "";
    const version = expected === undefined ? "" : String(expected);
    const reply = isPlain
      ? this.#run(changeRow, table, key, texts, until)
      : this.#run(changeAny, table, key, [version, `${nulls};${filled}`, spec, ...texts], until);
    return reply as Promise<number>;
  }

  /**
   * Writes changes that touch unique values. The other columns of a unique index come from the row, whose version must not
   * move.
   */
  async #writeUnique(
    table: TableLayout,
    key: readonly ColumnValue[],
    changes: readonly ColumnChange[],
    expected: number | undefined,
  ): Promise<number> {
    const attempt = async () => {
      const row = await this.#present(table, key);
      if (expected !== undefined && row.version !== expected) throw moved(table);
      const values = [...row.values];
      for (const { column, value } of changes) values[column] = value;
      const before = this.#unique.claimsOf(table, row.values);
      const taken = this.#unique
        .claimsOf(table, values)
        .filter((claim) => !before.some((old) => isSame(old, claim)));
      return this.#unique.hold(table, key, taken, (until) =>
        this.#write(table, key, changes, row.version, until),
      );
    };
    return expected === undefined ? this.#again(attempt) : attempt();
  }

  async #again<T>(attempt: () => Promise<T>): Promise<T> {
    const { clock } = this.#core.options;
    const end = clock.now() + againMs;
    for (let round = 1; ; round++) {
      try {
        return await attempt();
      } catch (error) {
        const isMoved = isPhotinusError(error) && error.code === "ABORTED";
        if (!isMoved || round === rounds || clock.now() > end) throw error;
      }
    }
  }

  async #present(table: TableLayout, key: readonly ColumnValue[]): Promise<StoredRow> {
    const [row] = await beforeSending(this.#cache.read(table, [key]));
    if (row === undefined) throw missing(table);
    return row;
  }

  /**
   * Runs a change script. Loads the row into the cache first when the script needs it.
   *
   * @param until latest time of the write, by the clock's `now`; ABORTED when loading the row took longer
   */
  async #run(
    script: LuaScript,
    table: TableLayout,
    key: readonly ColumnValue[],
    args: readonly Text[],
    until = Number.POSITIVE_INFINITY,
  ): Promise<RedisReply> {
    const { redis, names, options } = this.#core;
    const place = names.place(table, key);
    const keys = [place.row, names.journal(place.shard)];
    // An earlier change of the row waits for it to be loaded. This change would be executed first, once the row is cached.
    const load = this.#loads.size === 0 ? undefined : this.#loads.get(place.row);
    if (load !== undefined) await beforeSending(load);
    for (let round = 0; round < rounds; round++) {
      if (options.clock.now() > until)
        throw fail("ABORTED", `a unique value of ${table.name} was not written before its hold ran out`);
      const reply = await redis.batch(script, this.#common, keys, args);
      if (typeof reply !== "number" || reply > 0) return reply;
      switch (reply) {
        case refusal.miss:
          await this.#load(place.row, this.#cache.ensure(table, key));
          break;
        case refusal.incomplete:
          await this.#load(place.row, this.#cache.complete(table, key, place));
          break;
        case refusal.notFound:
          throw missing(table);
        case refusal.moved:
          throw moved(table);
        case refusal.exists:
          throw fail("ALREADY_EXISTS", `the table ${table.name} already has a row with this key`);
        case refusal.backlog:
          throw backlogFull();
        default:
          return reply;
      }
    }
    throw fail(
      "ABORTED",
      `a row of ${table.name} was evicted from Redis before each of ${rounds} attempts to change it; retry`,
    );
  }

  /**
   * Waits for a load of a row, and for earlier loads of it, so that changes of the row go on in call order. Later changes
   * share the load and its error.
   */
  #load(row: string, loading: Promise<unknown>): Promise<void> {
    const before = this.#loads.get(row);
    const own = beforeSending(loading).then(() => undefined);
    // A failure has no waiter while an earlier load goes on.
    own.catch(ignore);
    const load = before === undefined ? own : before.then(ignore, ignore).then(() => own);
    this.#loads.set(row, load);
    const forget = () => {
      if (this.#loads.get(row) === load) this.#loads.delete(row);
    };
    load.then(forget, forget);
    return load;
  }
}

/** Arguments of a row for the scripts that create rows. */
function createArgs(table: TableLayout, values: readonly ColumnValue[], isFresh: boolean): Text[] {
  const first = String(isFresh ? 1 : firstVersion());
  return [first, nullsOf(table, values), `*=;${specOf(table, () => true)}`, ...textsOf(table, values)];
}

function missing(table: TableLayout): PhotinusError {
  return fail("NOT_FOUND", `the table ${table.name} has no row with this key`);
}

function moved(table: TableLayout): PhotinusError {
  return fail("ABORTED", `the row of ${table.name} was changed by a concurrent call`);
}

/** Indexes with a touched column, in the notation of the scripts. */
function specOf(table: TableLayout, isTouched: (column: number) => boolean): string {
  let spec = "";
  for (const { name, columns } of table.indexes) {
    if (columns.some(isTouched))
      spec += `${name}=${columns.map((at) => table.columns[at]!.field).join(",")};`;
  }
  return spec;
}

function isSame(a: Claim, b: Claim): boolean {
  return a.index === b.index && a.values.every((value, at) => isSameValue(value, b.values[at]!));
}

/** How the script adds to a column, and the bounds of the sum. */
interface Addition {
  /** Kind of number: i 64-bit integer, s int32, u uint32, d double, f float. */
  readonly kind: "i" | "s" | "u" | "d" | "f";
  readonly isBig: boolean;
  readonly least: bigint | number | undefined;
  readonly most: bigint | number | undefined;
}

/** Throws INVALID_ARGUMENT for a column that is not a number, and for a delta of another type. */
function additionOf(table: TableLayout, increment: Increment): Addition {
  const { column, delta, min, max } = increment;
  const { kind } = table.columns[column]!;
  const isBig = kind === "int64" || kind === "uint64";
  const range = integerRangeOf(kind);
  const isReal = kind === "double" || kind === "float";
  if ((range === undefined && !isReal) || isBig !== (typeof delta === "bigint"))
    throw noNumber(table, increment);
  if (range === undefined) return { kind: kind === "float" ? "f" : "d", isBig, least: min, most: max };
  const least = min !== undefined && min > range.least ? min : range.least;
  const most = max !== undefined && max < range.most ? max : range.most;
  return { kind: kind === "int32" ? "s" : kind === "uint32" ? "u" : "i", isBig, least, most };
}

function noNumber(table: TableLayout, { column, delta }: Increment): PhotinusError {
  return fail(
    "INVALID_ARGUMENT",
    `${table.name}.${table.columns[column]!.property} is not a column that a ${typeof delta} can be added to`,
  );
}
