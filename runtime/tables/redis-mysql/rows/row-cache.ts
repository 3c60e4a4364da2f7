import { randomUUID } from "node:crypto";
import { fail, isPhotinusError } from "../../../../schema/errors.ts";
import {
  completeRow,
  fillRows,
  openCompletion,
  openFill,
  readRows,
} from "../../lua/generated/lua-scripts.ts";
import type { LuaScript, RedisReply } from "../../redis/redis-calls.ts";
import { noMemory } from "../../redis/redis-error.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { StoredRow } from "../../table-store.ts";
import { keyText, type Text } from "../column-text.ts";
import type { RowPlace } from "../key-names.ts";
import type { StoreCore } from "../store-core.ts";
import { type CachedRow, completed, fieldsOf, RowReader } from "./cached-row.ts";

/** Time limit for filling a cache miss from MySQL, milliseconds. */
const fillMs = 20_000;
const rounds = 16;
/** Attempts to fill the cache; after that a row is answered without being cached. */
const fillRounds = 4;
/**
 * Maximum number of rows in one query; a single call for more rows is one query. Further misses of the table wait for the
 * end of the query. The result is decoded and sent to Redis in one turn, so this limit bounds how long many misses block the
 * process.
 */
const batchCount = 32;
/** Maximum number of keys and arguments in one script call; a much larger call exceeds the call stack of the process. */
const callTexts = 16_384;

interface Miss {
  /** Identity of the call that missed; all rows of one call share it. */
  readonly call: object;
  readonly key: readonly ColumnValue[];
  readonly place: RowPlace;
  readonly loaded: Promise<Loaded>;
  /** Deadline of the read, by the clock's `now`. */
  readonly until: number;
  resolve(loaded: Loaded): void;
  reject(error: unknown): void;
  hasBegun: boolean;
}

/** Result of a cache miss: the row from MySQL, or from the cache when another call filled it. */
interface Loaded {
  readonly row: StoredRow | undefined;
  /**
   * `kept`: the row is cached. `passed`: not cached; the row is as it was at some time between question and answer. `full`:
   * not cached, because Redis has no memory left.
   */
  readonly place: "kept" | "passed" | "full";
}

/** One entry to write to the cache: a row, or its absence. */
interface Filling {
  readonly place: RowPlace;
  readonly miss: Miss;
  readonly token: string;
  readonly row: StoredRow | undefined;
}

/** Cache misses of one table. */
interface Misses {
  /** Misses without a query yet. */
  readonly waiting: Miss[];
  isUnderWay: boolean;
}

/** Rows cached in Redis. Cache misses are read from MySQL; concurrent misses of a table share a query. */
export class RowCache {
  readonly #core: StoreCore;
  readonly #misses = new Map<string, Miss>();
  readonly #tables = new Map<TableLayout, Misses>();
  readonly #readers = new Map<TableLayout, RowReader>();

  constructor(core: StoreCore) {
    this.#core = core;
  }

  /** Reads rows by key, in the order of the keys; undefined for a row that does not exist. */
  async read(
    table: TableLayout,
    keys: readonly (readonly ColumnValue[])[],
  ): Promise<(StoredRow | undefined)[]> {
    const { names } = this.#core;
    const places = keys.map((key) => names.place(table, key));
    const found = await this.peek(table, places);
    const rows = new Array<StoredRow | undefined>(keys.length);
    const loading: Promise<void>[] = [];
    for (const [at, known] of found.entries()) {
      if (known !== undefined && known.missing.length === 0) rows[at] = known.row;
      else {
        const row =
          known === undefined
            ? this.#load(table, keys[at]!, places[at]!, keys).then(rowOf)
            : this.complete(table, keys[at]!, places[at]!);
        loading.push(
          row.then((loaded) => {
            rows[at] = loaded;
          }),
        );
      }
    }
    await Promise.all(loading);
    return rows;
  }

  /**
   * Loads a row, or its absence, into the cache.
   *
   * @throws RESOURCE_EXHAUSTED when Redis has no memory left
   */
  async ensure(table: TableLayout, key: readonly ColumnValue[]): Promise<void> {
    const { place } = await this.#load(table, key, this.#core.names.place(table, key), key);
    if (place === "full") throw noMemory();
  }

  /** Fills in the columns of a cached row that a process with an older schema did not know. Returns the whole row. */
  async complete(
    table: TableLayout,
    key: readonly ColumnValue[],
    place: RowPlace,
  ): Promise<StoredRow | undefined> {
    const known = await this.#complete(table, key, place);
    return known === undefined ? this.#load(table, key, place, key).then(rowOf) : known.row;
  }

  /** Reads a cached row and fills in its unknown columns; undefined when the row is not cached. */
  async #complete(
    table: TableLayout,
    key: readonly ColumnValue[],
    place: RowPlace,
  ): Promise<CachedRow | undefined> {
    const { redis, tables } = this.#core;
    for (let round = 0; round < rounds; round++) {
      const [known] = await this.peek(table, [place]);
      if (known === undefined || known.missing.length === 0) return known;
      const token = await redis.run(openCompletion, [place.row], [randomUUID()]);
      if (token === null) continue;
      // The unknown columns have not changed since the row was cached: MySQL has them, or the row is so new that it has the
      // defaults.
      const row = completed(known, (await tables.rows(table, [key])).get(keyText(key)));
      const fields = fieldsOf(table, row!.values, known.missing);
      if ((await redis.run(completeRow, [place.row], [String(token), ...fields])) === 1)
        return { ...known, row, missing: [] };
    }
    throw fail(
      "ABORTED",
      `a row of ${table.name} was changed during each of ${rounds} attempts to read it; retry`,
    );
  }

  /** Reads rows from the cache alone; undefined for each row that is not cached. */
  async peek(table: TableLayout, places: readonly RowPlace[]): Promise<(CachedRow | undefined)[]> {
    const { redis } = this.#core;
    const reader = this.#readerOf(table);
    if (table.durability === "write-through") {
      const hashes = await this.#runOver(readRows, places.map(placed), () => []);
      return hashes.map((hash) => reader.read(hash as readonly Buffer[]));
    }
    return redis.hashes(
      places.map(({ row }) => row),
      (hash) => reader.read(hash),
    );
  }

  #load(table: TableLayout, key: readonly ColumnValue[], place: RowPlace, call: object): Promise<Loaded> {
    const known = this.#misses.get(place.row);
    if (known !== undefined && !known.hasBegun) return known.loaded;
    // A query that has begun may be older than a write-through that has ended since, and a row that was not cached may be
    // stale.
    if (known !== undefined && table.durability === "write-behind") {
      return known.loaded.then((loaded) =>
        loaded.place === "kept" ? loaded : this.#load(table, key, place, call),
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<Loaded>();
    const until = this.#core.tables.until();
    const miss: Miss = { call, key, place, loaded: promise, until, resolve, reject, hasBegun: false };
    this.#misses.set(place.row, miss);
    this.#wait(table, miss);
    return promise;
  }

  #wait(table: TableLayout, miss: Miss): void {
    let misses = this.#tables.get(table);
    if (misses === undefined) {
      misses = { waiting: [], isUnderWay: false };
      this.#tables.set(table, misses);
    }
    const isFirst = misses.waiting.push(miss) === 1;
    // All misses of one tick share a query.
    if (isFirst) setImmediate(() => this.#beginBatch(table, misses));
  }

  #beginBatch(table: TableLayout, misses: Misses): void {
    if (misses.isUnderWay || misses.waiting.length === 0) return;
    misses.isUnderWay = true;
    void this.#loadBatch(table, misses);
  }

  async #loadBatch(table: TableLayout, misses: Misses): Promise<void> {
    const { waiting } = misses;
    let count = Math.min(batchCount, waiting.length);
    // All misses of one call stay in one query.
    while (count < waiting.length && waiting[count]!.call === waiting[count - 1]!.call) count++;
    let batch = waiting.splice(0, count);
    let left: readonly Miss[] = batch;
    try {
      for (const miss of batch) miss.hasBegun = true;
      for (let round = 0; left.length > 0; round++) {
        if (round === rounds)
          throw fail("ABORTED", `rows of ${table.name} are changed faster than they are read`);
        left = await this.#loadRound(table, left, round >= fillRounds);
      }
    } catch (error) {
      // When MySQL is unreachable, waiting misses fail too: otherwise each batch would wait for its own timeout.
      if (isPhotinusError(error) && error.code === "UNAVAILABLE") batch = batch.concat(waiting.splice(0));
      for (const miss of batch) miss.reject(error);
    } finally {
      for (const miss of batch) this.#forget(miss);
      misses.isUnderWay = false;
      this.#beginBatch(table, misses);
    }
  }

  /** Later reads of the row no longer join this miss. */
  #forget(miss: Miss): void {
    if (this.#misses.get(miss.place.row) === miss) this.#misses.delete(miss.place.row);
  }

  /**
   * Answers with the row from MySQL and caches nothing. The row was not in the cache, so no change of it was queued: MySQL
   * had the current state when the cache was asked, and its answer is that state or a later one.
   */
  #pass(miss: Miss, row: StoredRow | undefined, place: "passed" | "full"): void {
    this.#forget(miss);
    miss.resolve({ row, place });
  }

  /**
   * Loads a batch of misses once. Resolves with the misses whose rows were changed meanwhile, to be tried again.
   *
   * @param isLate whether a row that cannot be cached is answered nevertheless
   */
  async #loadRound(table: TableLayout, batch: readonly Miss[], isLate: boolean): Promise<Miss[]> {
    const { tables } = this.#core;
    const token = randomUUID();
    const opened = await this.#runOver(openFill, batch, () => [token, fillMs]);
    const missing = batch.filter((_, at) => opened[at] !== 1);
    const rows =
      missing.length === 0
        ? undefined
        : await tables.rows(
            table,
            missing.map(({ key }) => key),
            // The first miss has the earliest deadline.
            batch[0]!.until,
          );
    const again: Miss[] = [];
    const fills: Filling[] = [];
    const cached: Miss[] = [];
    for (const [at, miss] of batch.entries()) {
      const answer = opened[at];
      const row = rows?.get(keyText(miss.key));
      if (answer === 0) this.#pass(miss, row, "passed");
      else if (answer === 2) this.#pass(miss, row, "full");
      else if (answer === 1) cached.push(miss);
      // As a text: a command with bytes costs the driver several times as much.
      else fills.push({ place: miss.place, miss, token: String(answer), row });
    }
    const [filled] = await Promise.all([
      this.#runOver(
        fillRows,
        fills,
        (some) => [
          table.durability === "write-through" ? "1" : "0",
          ...some.flatMap((one) => this.#fillArgs(table, one)),
        ],
        2 * table.columns.length + 4,
      ),
      ...cached.map(async (miss) => {
        const known = await this.#complete(table, miss.key, miss.place);
        if (known === undefined) again.push(miss);
        else miss.resolve({ row: known.row, place: "kept" });
      }),
    ]);
    for (const [at, answer] of filled.entries()) {
      const { miss, row } = fills[at]!;
      if (answer === 1) miss.resolve({ row, place: "kept" });
      else if (answer === 2) this.#pass(miss, row, "full");
      else if (isLate) this.#pass(miss, row, "passed");
      else again.push(miss);
    }
    return again;
  }

  #fillArgs(table: TableLayout, { token, row }: Filling): Text[] {
    if (row === undefined) return [token, String(this.#core.options.missMs), "0", ""];
    const fields = fieldsOf(table, row.values);
    return [token, String(table.ttlMs), String(fields.length), String(row.version), ...fields];
  }

  /**
   * Runs a script over rows, in as few calls as possible. Returns its answers in the order of the rows.
   *
   * @param most maximum number of arguments of one row
   */
  async #runOver<T extends { readonly place: RowPlace }>(
    script: LuaScript,
    rows: readonly T[],
    argsOf: (some: readonly T[]) => readonly (Text | number)[],
    most = 1,
  ): Promise<RedisReply[]> {
    const { redis } = this.#core;
    const count = Math.max(1, Math.floor(callTexts / (most + 1)));
    const calls: number[][] = [];
    const groups = new Map<number, number[]>();
    for (const [at, { place }] of rows.entries()) {
      const group = redis.groupOf(place.shard);
      const known = groups.get(group);
      if (known !== undefined && known.length < count) known.push(at);
      else {
        const begun = [at];
        groups.set(group, begun);
        calls.push(begun);
      }
    }
    const answers: RedisReply[] = [];
    await Promise.all(
      calls.map(async (places) => {
        const some = places.map((at) => rows[at]!);
        const replies = await redis.runOver(script, some, ({ place }) => place.row, argsOf);
        for (const [at, answer] of (replies as RedisReply[][]).flat().entries())
          answers[places[at]!] = answer;
      }),
    );
    return answers;
  }

  #readerOf(table: TableLayout): RowReader {
    let reader = this.#readers.get(table);
    if (reader === undefined) {
      reader = new RowReader(table);
      this.#readers.set(table, reader);
    }
    return reader;
  }
}

const rowOf = ({ row }: Loaded) => row;
const placed = (place: RowPlace) => ({ place });
