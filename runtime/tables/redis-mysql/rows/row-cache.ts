import { randomUUID } from "node:crypto";
import { fail, isPhotinusError } from "../../../../schema/errors.ts";
import type { LuaScript, RedisReply } from "../../redis/redis-calls.ts";
import { noMemory } from "../../redis/redis-error.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { StoredRow } from "../../table-store.ts";
import { keyText, type Text } from "../column-text.ts";
import type { RowPlace } from "../key-names.ts";
import { completeRow, fillRows, openCompletion, openFill, readRows } from "../lua/generated/lua-scripts.ts";
import type { StoreCore } from "../store-core.ts";
import { type CachedRow, completed, fieldsOf, RowReader } from "./cached-row.ts";

/** How long a row that is being read from MySQL may be filled in, milliseconds. */
const fillMs = 20_000;
const rounds = 16;
/** After so many tries to fill it in, a row is answered without being kept. */
const fillRounds = 4;
/**
 * Most rows of one query, unless more are asked for together; others wait until it has ended, each table for its own. What a
 * query gives is taken in, and given to Redis, without a pause, so this bounds how long a process that misses many rows is
 * held up.
 */
const batchCount = 32;
/** Most keys and arguments of one Lua function: a call of many more is beyond what a process can make. */
const callTexts = 16_384;

interface Miss {
  /** One object for all rows that are asked for together. */
  readonly call: object;
  readonly key: readonly ColumnValue[];
  readonly place: RowPlace;
  readonly loaded: Promise<Loaded>;
  /** When it is given up, by the clock's `now`. */
  readonly until: number;
  resolve(loaded: Loaded): void;
  reject(error: unknown): void;
  hasBegun: boolean;
}

/** A row that was read from MySQL, or is in the cache by now. */
interface Loaded {
  readonly row: StoredRow | undefined;
  /**
   * `kept`: in the cache. `passed`: not there; the row is as it was some time between the question and the answer. `full`: the
   * same, because Redis has no memory left.
   */
  readonly place: "kept" | "passed" | "full";
}

/** What the cache is to be given of a row, or of its absence. */
interface Filling {
  readonly place: RowPlace;
  readonly miss: Miss;
  readonly token: string;
  readonly row: StoredRow | undefined;
}

/** Rows of one table that are read from MySQL. */
interface Misses {
  /** Rows that no query has been begun for. */
  readonly waiting: Miss[];
  isUnderWay: boolean;
}

/** Rows in Redis, filled from MySQL when they are missing: few queries for many that are missed at a time. */
export class RowCache {
  readonly #core: StoreCore;
  readonly #misses = new Map<string, Miss>();
  readonly #tables = new Map<TableLayout, Misses>();
  readonly #readers = new Map<TableLayout, RowReader>();

  constructor(core: StoreCore) {
    this.#core = core;
  }

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
   * Brings a row into the cache, or the knowledge that there is none.
   * @throws RESOURCE_EXHAUSTED when Redis has no memory left
   */
  async ensure(table: TableLayout, key: readonly ColumnValue[]): Promise<void> {
    const { place } = await this.#load(table, key, this.#core.names.place(table, key), key);
    if (place === "full") throw noMemory();
  }

  /** A row with all its columns, also in the cache, when a process with an older schema put it there without some. */
  async complete(
    table: TableLayout,
    key: readonly ColumnValue[],
    place: RowPlace,
  ): Promise<StoredRow | undefined> {
    const known = await this.#complete(table, key, place);
    return known === undefined ? this.#load(table, key, place, key).then(rowOf) : known.row;
  }

  /** A row as the cache has it, with nothing missing; undefined when the cache does not have it. */
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
      // What is lacking was not changed since the row came here: MySQL has it, or the row is so new that it has its defaults.
      const row = completed(known, (await tables.rows(table, [key])).get(keyText(key)));
      const fields = fieldsOf(table, row!.values, known.missing);
      if ((await redis.run(completeRow, [place.row], [String(token), ...fields])) === 1)
        return { ...known, row, missing: [] };
    }
    throw fail("ABORTED", `a row of ${table.name} is changed faster than it is read`);
  }

  /** Rows as the cache has them; undefined where it knows nothing. */
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
    // A read of a write-through table may be older than a write that has ended since; so may a row that is not kept.
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
    // All that are missed in one tick go together.
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
    // What was asked for together is one query.
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
      // A server that is away is away for those that wait too: each batch would take its time to find out.
      if (isPhotinusError(error) && error.code === "UNAVAILABLE") batch = batch.concat(waiting.splice(0));
      for (const miss of batch) miss.reject(error);
    } finally {
      for (const miss of batch) this.#forget(miss);
      misses.isUnderWay = false;
      this.#beginBatch(table, misses);
    }
  }

  /** No later question for the row waits for this answer. */
  #forget(miss: Miss): void {
    if (this.#misses.get(miss.place.row) === miss) this.#misses.delete(miss.place.row);
  }

  /**
   * Answers with what MySQL has, and keeps nothing. Of a row that was not in the cache no change waited: MySQL had it as it
   * was when the cache was asked, and what MySQL said since is that state or a later one.
   */
  #pass(miss: Miss, row: StoredRow | undefined, place: "passed" | "full"): void {
    this.#forget(miss);
    miss.resolve({ row, place });
  }

  /**
   * Resolves with those that somebody changed meanwhile.
   * @param isLate whether rows that cannot be kept are answered all the same
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
            // The first has waited for the longest.
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
      // As a text: a command with bytes in it costs the driver several times as much.
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
   * Runs a function over rows, in as few calls as may be; its answers in the order of the rows.
   * @param most arguments of a row, at most
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
