import { randomUUID } from "node:crypto";
import { fail, isPhotinusError } from "../../../../schema/errors.ts";
import { zeroOf } from "../../column/zero.ts";
import type { ColumnValue, TableLayout } from "../../descriptor.ts";
import type { StoredRow } from "../../store.ts";
import type { Core } from "../core.ts";
import type { RedisReply } from "../drivers/redis.ts";
import { fill, open } from "../lua/fill.ts";
import type { Script } from "../lua/script.ts";
import type { RowPlace } from "../names.ts";
import { isTextOnly, keyText, type Text, textOf, valueOfText } from "../text.ts";

/** How long a row that is being read from MySQL may be filled in, milliseconds. */
const fillMs = 20_000;
const rounds = 16;
/**
 * Most rows of one query; more wait until it has ended, each table for its own. What a query gives is taken in, and given to
 * Redis, without a pause, so this bounds how long a process that misses many rows is held up.
 */
const batchCount = 32;
/** Redis looks for each field from the hash's beginning: of more fields than these it is faster to read all. */
const searchedFields = 48;

interface Miss {
  readonly key: readonly ColumnValue[];
  readonly place: RowPlace;
  readonly row: Promise<StoredRow | undefined>;
  resolve(row: StoredRow | undefined): void;
  reject(error: unknown): void;
  hasBegun: boolean;
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
  /** Those that no query has been begun for. */
  readonly waiting: Miss[];
  isUnderWay: boolean;
}

/** Rows in Redis, filled from MySQL when they are missing: few queries for many that are missed at a time. */
export class RowCache {
  readonly #core: Core;
  readonly #misses = new Map<string, Miss>();
  readonly #tables = new Map<TableLayout, Misses>();
  readonly #fields = new Map<TableLayout, RowFields>();

  constructor(core: Core) {
    this.#core = core;
  }

  async read(
    table: TableLayout,
    keys: readonly (readonly ColumnValue[])[],
  ): Promise<(StoredRow | undefined)[]> {
    const { names } = this.#core;
    const places = keys.map((key) => names.place(table, key));
    const replies = await Promise.all(places.map(({ row }) => this.#reply(table, row)));
    return Promise.all(
      replies.map((reply, at) =>
        reply[0] === null ? this.#load(table, keys[at]!, places[at]!) : rowOfReply(table, reply),
      ),
    );
  }

  /** Brings a row into the cache, or the knowledge that there is none. */
  ensure(table: TableLayout, key: readonly ColumnValue[]): Promise<StoredRow | undefined> {
    return this.#load(table, key, this.#core.names.place(table, key));
  }

  /** Rows as the cache has them; undefined where it knows nothing. */
  async peek(table: TableLayout, places: readonly RowPlace[]): Promise<(CachedRow | undefined)[]> {
    const replies = await Promise.all(places.map(({ row }) => this.#reply(table, row)));
    return replies.map((reply) =>
      reply[0] === null ? undefined : { row: rowOfReply(table, reply), lastChange: lastChangeOf(reply) },
    );
  }

  #load(table: TableLayout, key: readonly ColumnValue[], place: RowPlace): Promise<StoredRow | undefined> {
    const known = this.#misses.get(place.row);
    // What is read of a write-through table may be older than a write that has ended since.
    if (known !== undefined && (!known.hasBegun || table.durability === "write-behind")) return known.row;
    const { promise, resolve, reject } = Promise.withResolvers<StoredRow | undefined>();
    const miss: Miss = { key, place, row: promise, resolve, reject, hasBegun: false };
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
    const batch = misses.waiting.splice(0, batchCount);
    let left: readonly Miss[] = batch;
    try {
      for (const miss of batch) miss.hasBegun = true;
      for (let round = 0; left.length > 0; round++) {
        if (round === rounds)
          throw fail("ABORTED", `rows of ${table.name} are changed faster than they are read`);
        left = await this.#loadRound(table, left);
      }
    } catch (error) {
      // A server that is away is away for those that wait too: each batch would take its time to find out.
      if (isPhotinusError(error) && error.code === "UNAVAILABLE") batch.push(...misses.waiting.splice(0));
      for (const miss of batch) miss.reject(error);
    } finally {
      for (const miss of batch) {
        if (this.#misses.get(miss.place.row) === miss) this.#misses.delete(miss.place.row);
      }
      misses.isUnderWay = false;
      this.#beginBatch(table, misses);
    }
  }

  /** Resolves with those that somebody changed meanwhile. */
  async #loadRound(table: TableLayout, batch: readonly Miss[]): Promise<Miss[]> {
    const { tables } = this.#core;
    const token = randomUUID();
    const opened = await this.#runOver(open, batch, () => [token, fillMs]);
    const missing = batch.filter((_, at) => opened[at] !== 1);
    const rows =
      missing.length === 0
        ? undefined
        : await tables.rows(
            table,
            missing.map(({ key }) => key),
          );
    const again: Miss[] = [];
    const fills: Filling[] = [];
    const cached: Miss[] = [];
    for (const [at, miss] of batch.entries()) {
      const answer = opened[at];
      const row = rows?.get(keyText(miss.key));
      if (answer === 0) miss.resolve(row);
      else if (answer === 1) cached.push(miss);
      // As a text: a command with bytes in it costs the driver several times as much.
      else fills.push({ place: miss.place, miss, token: String(answer), row });
    }
    const [filled] = await Promise.all([
      this.#runOver(fill, fills, (some) => some.flatMap((one) => this.#fillArgs(table, one))),
      ...cached.map(async (miss) => {
        const reply = await this.#reply(table, miss.place.row);
        if (reply[0] === null) again.push(miss);
        else miss.resolve(rowOfReply(table, reply));
      }),
    ]);
    for (const [at, answer] of filled.entries()) {
      const { miss, row } = fills[at]!;
      if (answer === 1) miss.resolve(row);
      else again.push(miss);
    }
    return again;
  }

  #fillArgs(table: TableLayout, { token, row }: Filling): Text[] {
    if (row === undefined) return [token, String(this.#core.options.missMs), "0", ""];
    const texts = textsOf(table, row.values);
    return [token, String(table.ttlMs), String(texts.length), String(row.version), ...texts];
  }

  /** Runs a function over rows, in as few calls as may be; its answers in the order of the rows. */
  async #runOver<T extends { readonly place: RowPlace }>(
    script: Script,
    rows: readonly T[],
    argsOf: (some: readonly T[]) => readonly (Text | number)[],
  ): Promise<RedisReply[]> {
    const { redis } = this.#core;
    const groups = new Map<number, number[]>();
    for (const [at, { place }] of rows.entries()) {
      const group = redis.groupOf(place);
      const known = groups.get(group);
      if (known === undefined) groups.set(group, [at]);
      else known.push(at);
    }
    const answers: RedisReply[] = [];
    await Promise.all(
      [...groups.values()].map(async (places) => {
        const some = places.map((at) => rows[at]!);
        const keys = some.map(({ place }) => place.row);
        const reply = (await redis.run(script, keys, argsOf(some))) as readonly RedisReply[];
        for (const [at, answer] of reply.entries()) answers[places[at]!] = answer;
      }),
    );
    return answers;
  }

  async #reply(table: TableLayout, row: string): Promise<Reply> {
    let fields = this.#fields.get(table);
    if (fields === undefined) {
      const names = ["v", ...table.columns.map(({ field }) => field)];
      fields = { names, areBytes: !isTextOnly(table) };
      this.#fields.set(table, fields);
    }
    const { redis } = this.#core;
    if (fields.names.length <= searchedFields) return redis.fields(row, fields.names, fields.areBytes);
    const hash = await redis.hash(row, fields.areBytes);
    return fields.names.map((name) => hash[name] ?? null);
  }
}

/** What is asked for of a row's hash. */
interface RowFields {
  readonly names: readonly string[];
  readonly areBytes: boolean;
}

type Reply = readonly (Buffer | string | null)[];

/** What the cache knows of a row. */
export interface CachedRow {
  /** Undefined when there is no such row. */
  readonly row: StoredRow | undefined;
  /** The journal's id of the last change that MySQL does not have; "" when it has all. */
  readonly lastChange: string;
}

/** Field, text, field, text ... of the values that are not null. */
export function textsOf({ columns }: TableLayout, values: readonly ColumnValue[]): Text[] {
  const texts: Text[] = [];
  for (let column = 0; column < values.length; column++) {
    const value = values[column]!;
    if (value !== null) texts.push(columns[column]!.field, textOf(value));
  }
  return texts;
}

/** The row of version and columns; undefined when there is none. */
function rowOfReply({ columns }: TableLayout, reply: Reply): StoredRow | undefined {
  const version = Number.parseInt(String(reply[0]), 10);
  // There is none at version -0, too.
  if (version < 0 || Object.is(version, -0)) return undefined;
  const values: ColumnValue[] = new Array(columns.length);
  for (let at = 0; at < columns.length; at++) {
    const text = reply[at + 1];
    const column = columns[at]!;
    values[at] = text === null || text === undefined ? zeroOf(column) : valueOfText(column.kind, text);
  }
  return { version, values };
}

function lastChangeOf(reply: Reply): string {
  const version = String(reply[0]);
  const at = version.indexOf("@");
  return at < 0 ? "" : version.slice(at + 1);
}
