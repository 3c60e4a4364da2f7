import { fail } from "../../../schema/errors.ts";
import { pause } from "../../clock/pause.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { beforeSending, ofChange, unavailable } from "../change-outcome.ts";
import { leaseOwner, touchRow } from "../lua/generated/lua-scripts.ts";
import { Database } from "../mysql/mysql-database.ts";
import { RedisClient } from "../redis/redis-client.ts";
import type { ColumnValue, TableLayout } from "../table-layout.ts";
import {
  type ColumnChange,
  type Increment,
  type ReadOptions,
  type Remainder,
  type StoredRow,
  type StoreStatus,
  storeCloseRule,
  type TableStore,
} from "../table-store.ts";
import { type CachedStoreOptions, resolveCached } from "./cached-store-options.ts";
import { statusOf } from "./cached-store-status.ts";
import { keyText } from "./column-text.ts";
import { JournalDeadLetters } from "./journal/journal-dead-letters.ts";
import { JournalTraces } from "./journal/journal-traces.ts";
import { JournalWriter } from "./journal/journal-writer.ts";
import { KeyNames } from "./key-names.ts";
import { ReadReplicas } from "./read-replicas.ts";
import { durabilityOf } from "./redis-durability.ts";
import { IndexReads } from "./rows/index-reads.ts";
import { RowCache } from "./rows/row-cache.ts";
import { RowPages } from "./rows/row-pages.ts";
import { Sequences } from "./rows/sequences.ts";
import { SqlTables } from "./rows/sql-tables.ts";
import { WriteBehindRows } from "./rows/write-behind.ts";
import { WriteThroughRows } from "./rows/write-through.ts";
import type { StoreCore } from "./store-core.ts";
import { checkLife, checkShards, createOwnTables, refuseFormer } from "./store-setup.ts";
import { BloomFilters } from "./unique/bloom-filters.ts";

/** Time that each server may take for its part of closing, milliseconds. */
const goodbyeMs = 2_000;

/**
 * Rows cached in Redis, stored in MySQL. A write-behind change is acknowledged once it is in Redis' journal, from which a
 * writer flushes it to MySQL in order. A write-through change is acknowledged once MySQL has committed it. docs/DATA.md says
 * which changes each setting can lose.
 */
export class CachedStore implements TableStore {
  readonly deadLetters: JournalDeadLetters;
  readonly traces: JournalTraces;
  readonly #core: StoreCore;
  readonly #cache: RowCache;
  readonly #reads: IndexReads;
  readonly #pages: RowPages;
  readonly #behind: WriteBehindRows;
  readonly #through: WriteThroughRows;
  readonly #sequences: Sequences;
  readonly #filters: BloomFilters;
  readonly #replicas: ReadReplicas;
  readonly #writer: JournalWriter | undefined;
  readonly #evicts: string | undefined;
  readonly #closeRedis: () => void;
  #closing: Promise<Remainder> | undefined;

  private constructor(
    core: StoreCore,
    replicas: ReadReplicas,
    evicts: string | undefined,
    closeRedis: () => void,
  ) {
    this.#core = core;
    this.#replicas = replicas;
    this.#evicts = evicts;
    this.#closeRedis = closeRedis;
    this.#cache = new RowCache(core);
    this.#reads = new IndexReads(core);
    this.#pages = new RowPages(core, this.#cache, this.#reads);
    this.#sequences = new Sequences(core);
    this.#filters = new BloomFilters(core);
    const parts = { sequences: this.#sequences, filters: this.#filters };
    this.#behind = new WriteBehindRows(core, this.#cache, this.#reads, parts);
    this.#through = new WriteThroughRows(core, this.#cache, this.#filters);
    this.deadLetters = new JournalDeadLetters(core);
    this.traces = new JournalTraces(core, this.deadLetters, () => this.#writer?.owner);
    if (core.options.writer) {
      this.#writer = new JournalWriter(core, this.#cache);
      this.#writer.start();
    }
  }

  /**
   * Connects to both servers. Throws UNAVAILABLE when one cannot be reached, INVALID_ARGUMENT for a wrong option, and
   * FAILED_PRECONDITION when Redis is configured such that it may lose changes.
   *
   * @param shared connection to the Redis of `redisUrl` that other stores use too; its owner closes it
   */
  static async open(options: CachedStoreOptions, shared?: RedisClient): Promise<CachedStore> {
    const resolved = resolveCached(options);
    const { log, redisUrl, mysqlUrl, prefix, shards, tables, createTables } = resolved;
    const redis = shared ?? (await RedisClient.open(redisUrl, log, resolved));
    const closeRedis = () => {
      if (shared === undefined) redis.close();
    };
    let database: Database | undefined;
    try {
      const until = resolved.clock.now() + resolved.timeoutMs;
      database = await Database.open({ ...resolved, url: mysqlUrl }, until);
      const names = new KeyNames(prefix, shards);
      await checkLife(redis, names);
      await checkShards(redis, names);
      const { text, evicts, settings } = await durabilityOf(redis);
      const hasBehind = tables.some(({ durability }) => durability === "write-behind");
      if (evicts !== undefined && hasBehind && !resolved.allowEviction) throw evicting(evicts);
      log.info({ durability: text, ...settings }, "table store opened with Redis and MySQL");
      await createOwnTables(database, until);
      const sql = new SqlTables(database, tables, createTables);
      const core = { options: resolved, redis, database, tables: sql, names };
      // A store that does not flush only reads, so changes under former names are no risk.
      if (resolved.writer) await refuseFormer(core, tables, until);
      const replicas = new ReadReplicas(resolved, sql);
      return new CachedStore(core, replicas, resolved.allowEviction ? undefined : evicts, closeRedis);
    } catch (error) {
      closeRedis();
      await database?.close();
      throw error;
    }
  }

  async read(
    table: TableLayout,
    keys: readonly (readonly ColumnValue[])[],
    options?: ReadOptions,
  ): Promise<(StoredRow | undefined)[]> {
    if (options?.from === "replica") {
      const rows = await this.#aged().read((tables, until) => tables.rows(table, keys, until));
      return keys.map((key) => rows.get(keyText(key)));
    }
    return this.#isBehind(table) ? this.#cache.read(table, keys) : this.#through.read(table, keys);
  }

  async create(table: TableLayout, values: readonly ColumnValue[]): Promise<StoredRow> {
    const rows = this.#rowsOf(table);
    const { autoIncrement } = table;
    const given = autoIncrement < 0 ? undefined : values[autoIncrement];
    const wanted = given === 0n || given === 0;
    if (autoIncrement >= 0 && !wanted) await beforeSending(this.#sequences.skip(table, given!));
    const numbers = wanted ? () => beforeSending(this.#sequences.next(table)) : undefined;
    return ofChange(rows.create(table, values, numbers));
  }

  async write(
    table: TableLayout,
    key: readonly ColumnValue[],
    changes: readonly ColumnChange[],
    expectedVersion?: number,
  ): Promise<number> {
    return ofChange(this.#rowsOf(table).write(table, key, changes, expectedVersion));
  }

  async increment(
    table: TableLayout,
    key: readonly ColumnValue[],
    increment: Increment,
  ): Promise<bigint | number> {
    return ofChange(this.#rowsOf(table).increment(table, key, increment));
  }

  async remove(table: TableLayout, key: readonly ColumnValue[], expectedVersion?: number): Promise<boolean> {
    return ofChange(this.#rowsOf(table).remove(table, key, expectedVersion));
  }

  async keysBy(
    table: TableLayout,
    index: number,
    values: readonly ColumnValue[],
    options?: ReadOptions,
  ): Promise<ColumnValue[][]> {
    if (options?.from === "replica")
      return this.#aged().read((tables, until) => tables.keysBy(table, index, values, until));
    const reads = this.#isBehind(table) ? this.#reads : this.#core.tables;
    return reads.keysBy(table, index, values);
  }

  async page(
    table: TableLayout,
    after: readonly ColumnValue[] | undefined,
    limit: number,
    options?: ReadOptions,
    stream?: object,
  ): Promise<StoredRow[]> {
    if (options?.from === "replica")
      return this.#aged().read((tables, until) => tables.page(table, after, limit, until));
    if (this.#isBehind(table)) return this.#pages.page(table, after, limit, stream);
    return this.#core.tables.page(table, after, limit);
  }

  async touch(table: TableLayout, key: readonly ColumnValue[]): Promise<void> {
    if (table.ttlMs <= 0) return;
    const { redis, names } = this.#core;
    await redis.run(touchRow, [names.place(table, key).row], [table.ttlMs]);
  }

  async status(): Promise<StoreStatus> {
    return statusOf(this.#core);
  }

  /**
   * Flushes within the grace time, then disconnects. Resolves with the number of changes left in the journal. Repeated calls
   * share one result.
   */
  close(options?: { graceMs?: number }): Promise<Remainder> {
    const { graceMs } = resolveOptions("CachedStore.close", storeCloseRule, options);
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #close(graceMs: number): Promise<Remainder> {
    const { redis, database, names } = this.#core;
    this.#filters.close();
    await this.#writer?.close(graceMs);
    let [remaining, elsewhere] = [0, 0];
    const owners = new Set<string>();
    const look = async (shard: number) => {
      const length = Number(await redis.command("xlen", names.journal(shard)));
      remaining += length;
      const owner = length === 0 ? null : await redis.run(leaseOwner, [names.lease(shard)], []);
      if (owner === null || String(owner) === this.#writer?.owner) return;
      elsewhere += length;
      owners.add(String(owner));
    };
    const shards = Array.from({ length: names.shards }, (_, shard) => shard);
    // Without an answer from Redis the remainder is unknown; the changes stay in the journal.
    let isUnknown = true;
    const looked = Promise.allSettled(shards.map(look)).then((looks) => {
      isUnknown = looks.some(({ status }) => status === "rejected");
    });
    await Promise.race([looked, pause(this.#core.options.clock, goodbyeMs)]);
    this.#closeRedis();
    const closing = Promise.all([database.close(), this.#replicas.close()]);
    await Promise.race([closing, pause(this.#core.options.clock, goodbyeMs)]);
    return {
      remaining,
      ...(elsewhere === 0 ? {} : { elsewhere, owners: [...owners].sort() }),
      ...(isUnknown ? { isUnknown } : {}),
    };
  }

  /** Servers of reads that accept stale rows. */
  #aged(): ReadReplicas {
    if (this.#closing !== undefined) throw fail("UNAVAILABLE", "the table store is closed");
    return this.#replicas;
  }

  /** Implementation of a table's changes. Throws UNAVAILABLE when the store is closed. */
  #rowsOf(table: TableLayout): WriteBehindRows | WriteThroughRows {
    if (this.#closing !== undefined) throw unavailable("the table store is closed", "not sent");
    return this.#isBehind(table) ? this.#behind : this.#through;
  }

  /** Whether a table is write-behind. Throws FAILED_PRECONDITION when Redis may evict changes of the table. */
  #isBehind(table: TableLayout): boolean {
    if (this.#closing !== undefined) throw fail("UNAVAILABLE", "the table store is closed");
    this.#core.tables.know(table);
    if (table.durability === "write-through") return false;
    if (this.#evicts !== undefined) throw evicting(this.#evicts);
    return true;
  }
}

function evicting(policy: string) {
  return fail(
    "FAILED_PRECONDITION",
    `Redis has maxmemory-policy ${policy} and may evict changes that are not in MySQL yet; expected noeviction or volatile-lru (data.redis.allowEviction accepts the loss)`,
  );
}
