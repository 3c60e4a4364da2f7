import { randomUUID } from "node:crypto";
import { fail, isPhotinusError } from "../../../../schema/errors.ts";
import { backoffMs } from "../../../clock/backoff.ts";
import { pause } from "../../../clock/pause.ts";
import { beforeSending } from "../../change-outcome.ts";
import { firstVersion } from "../../columns/first-version.ts";
import { sumOf } from "../../columns/increment-sum.ts";
import { beginWrite, endWrite, listMark } from "../../lua/generated/lua-scripts.ts";
import type { Statements } from "../../mysql/mysql-database.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { ColumnChange, Increment, StoredRow } from "../../table-store.ts";
import { keyText } from "../column-text.ts";
import type { RowPlace } from "../key-names.ts";
import type { StoreCore } from "../store-core.ts";
import type { BloomFilters } from "../unique/bloom-filters.ts";
import type { RowCache } from "./row-cache.ts";
import { storedRowOf, updateRow } from "./sql-tables.ts";

/** Longest time that reads bypass the cache after a writer died or lost MySQL in the middle of a write, milliseconds. */
const writeMs = 60_000;
const rounds = 8;
/** Full jitter, so that competing writers do not collide again. */
const betweenRounds = Object.freeze({ minDelayMs: 1, maxDelayMs: 2 ** rounds, jitter: 1 });

/**
 * Changes of write-through tables: a transaction in MySQL, then the row is evicted from the cache. During the transaction
 * the row is read from MySQL alone. Without Redis, writes fail, because stale rows in the cache could not be evicted; reads
 * go to MySQL.
 */
export class WriteThroughRows {
  readonly #core: StoreCore;
  readonly #cache: RowCache;
  readonly #filters: BloomFilters;

  constructor(core: StoreCore, cache: RowCache, filters: BloomFilters) {
    this.#core = core;
    this.#cache = cache;
    this.#filters = filters;
  }

  /** Reads rows by key, in the order of the keys. Falls back to MySQL when Redis is unreachable. */
  async read(
    table: TableLayout,
    keys: readonly (readonly ColumnValue[])[],
  ): Promise<(StoredRow | undefined)[]> {
    const { tables, options } = this.#core;
    const until = tables.until();
    try {
      return await this.#cache.read(table, keys);
    } catch (error) {
      // MySQL may be the unreachable server, and may have used up the whole time.
      const isOver = options.clock.now() >= until;
      if (isOver || !isPhotinusError(error) || error.code !== "UNAVAILABLE") throw error;
    }
    const rows = await tables.rows(table, keys, until);
    return keys.map((key) => rows.get(keyText(key)));
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
    const values = numbers === undefined ? given : given.with(table.autoIncrement, await numbers());
    const key = table.key.map((column) => values[column]!);
    const row = { version: firstVersion(), values };
    await this.#change(table, key, (statements) =>
      statements.run(table.mysql.insertMany(1), [...values, row.version]),
    );
    return row;
  }

  /** Changes columns of a row; with `expected`, only if the row has that version. Resolves with the new version. */
  write(
    table: TableLayout,
    key: readonly ColumnValue[],
    changes: readonly ColumnChange[],
    expected?: number,
  ): Promise<number> {
    return this.#change(table, key, async (statements) => {
      const row = await this.#lock(statements, table, key, expected);
      if (row === undefined) throw fail("NOT_FOUND", `the table ${table.name} has no row with this key`);
      const values = [...row.values];
      for (const { column, value } of changes) values[column] = value;
      const version = row.version + 1;
      await updateRow(statements, table, { version, values });
      return version;
    });
  }

  /** Adds to a column. Resolves with the sum. */
  increment(table: TableLayout, key: readonly ColumnValue[], increment: Increment): Promise<bigint | number> {
    return this.#change(table, key, async (statements) => {
      const row = await this.#lock(statements, table, key, undefined);
      if (row === undefined) throw fail("NOT_FOUND", `the table ${table.name} has no row with this key`);
      const values = [...row.values];
      const sum = sumOf(table, increment, values[increment.column]!);
      values[increment.column] = sum;
      await updateRow(statements, table, { version: row.version + 1, values });
      return sum;
    });
  }

  /** Deletes a row. Resolves with false when the row does not exist. */
  remove(table: TableLayout, key: readonly ColumnValue[], expected?: number): Promise<boolean> {
    return this.#change(table, key, async (statements) => {
      if ((await this.#lock(statements, table, key, expected)) === undefined) return false;
      await statements.run(table.mysql.deleteMany(1), key);
      return true;
    });
  }

  async #change<T>(
    table: TableLayout,
    key: readonly ColumnValue[],
    work: (statements: Statements) => Promise<T>,
  ): Promise<T> {
    const { tables, names } = this.#core;
    const place = names.place(table, key);
    const token = randomUUID();
    const until = tables.until();
    let [isAsked, isOver, isAway] = [false, true, false];
    try {
      await beforeSending(this.#filters.passBy(table));
      await beforeSending(this.#begin(place, token));
      isAsked = true;
      for (let round = 1; ; round++) {
        try {
          return await tables.transaction(table, work, { until, isChange: true });
        } catch (error) {
          if (round === rounds || !isConflict(error)) throw error;
        }
        await pause(this.#core.options.clock, backoffMs(betweenRounds, round));
      }
    } catch (error) {
      // MySQL may still commit the transaction. The mark stays until it expires, so that no reader caches the old row.
      isAway = isPhotinusError(error) && error.code === "UNAVAILABLE";
      isOver = !isAsked || !isAway || (isPhotinusError(error) && error.outcome === "not sent");
      throw error;
    } finally {
      // When Redis is unreachable, the mark expires by itself.
      const ended = isOver ? this.#end(place, token).catch(() => undefined) : undefined;
      // After a timeout of one server, its second answer is not awaited.
      if (!isAway) await ended;
    }
  }

  async #begin({ shard, row }: RowPlace, token: string): Promise<void> {
    const { redis, names } = this.#core;
    const steps = await Promise.allSettled([
      redis.run(listMark, [names.marks(shard)], [token, row, writeMs]),
      redis.run(beginWrite, [row], [token, writeMs]),
    ]);
    for (const step of steps) if (step.status === "rejected") throw step.reason;
  }

  async #end({ shard, row }: RowPlace, token: string): Promise<void> {
    const { redis, names } = this.#core;
    await redis.run(endWrite, [row], [token]);
    // Not awaited: a mark that stays on the list is swept later.
    redis.command("hdel", names.marks(shard), token).catch(() => undefined);
  }

  async #lock(
    statements: Statements,
    table: TableLayout,
    key: readonly ColumnValue[],
    expected: number | undefined,
  ): Promise<StoredRow | undefined> {
    const rows = await selectForUpdate(statements, table, key);
    if (rows !== undefined && expected !== undefined && rows.version !== expected) {
      throw fail("ABORTED", `the row of ${table.name} was changed by a concurrent call`);
    }
    return rows;
  }
}

/** Tells a deadlock from a version that moved. */
function isConflict(error: unknown): boolean {
  return isPhotinusError(error) && error.code === "ABORTED" && error.cause !== undefined;
}

async function selectForUpdate(
  statements: Statements,
  table: TableLayout,
  key: readonly ColumnValue[],
): Promise<StoredRow | undefined> {
  const rows = await statements.rows(`${table.mysql.selectOne} FOR UPDATE`, key);
  const [row] = rows;
  return row === undefined ? undefined : storedRowOf(table, row);
}
