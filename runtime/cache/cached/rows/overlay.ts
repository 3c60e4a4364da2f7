import { compareKeys } from "../../column/order.ts";
import type { ColumnValue, TableLayout } from "../../descriptor.ts";
import type { StoredRow } from "../../store.ts";
import type { Core } from "../core.ts";
import { keyOfText, keyText } from "../text.ts";
import type { RowCache } from "./cache.ts";
import { completed } from "./reply.ts";
import { keyOf } from "./sql.ts";

/** The name under which all rows of a table are covered. */
export const allRows = "*";

/** What MySQL does not know yet of an index value: keys that have come, and keys that have gone. */
export interface Overlay {
  readonly added: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
}

/** Reads of many rows of write-behind tables: what MySQL has, and what it does not know yet. */
export class IndexReads {
  readonly #core: Core;
  readonly #cache: RowCache;

  constructor(core: Core, cache: RowCache) {
    this.#core = core;
    this.#cache = cache;
  }

  async keysBy(table: TableLayout, index: number, values: readonly ColumnValue[]): Promise<ColumnValue[][]> {
    const { now } = await this.holders(table, index, values);
    return now;
  }

  /** Who has the value now, and who has it in MySQL. */
  async holders(
    table: TableLayout,
    index: number,
    values: readonly ColumnValue[],
  ): Promise<{ now: ColumnValue[][]; inMySql: ColumnValue[][] }> {
    // The overlay first: what leaves it afterwards is in MySQL by then.
    const { added, removed } = await this.#overlay(table, table.indexes[index]!.name, values);
    const inMySql = await this.#core.tables.keysBy(table, index, values);
    if (added.size === 0 && removed.size === 0) return { now: inMySql, inMySql };
    const now = inMySql.filter((key) => !removed.has(keyText(key)));
    const there = new Set(now.map(keyText));
    for (const key of added) if (!there.has(key)) now.push(keyOfText(table, key));
    return { now: now.sort((a, b) => compareKeys(table, a, b)), inMySql };
  }

  async page(
    table: TableLayout,
    after: readonly ColumnValue[] | undefined,
    limit: number,
  ): Promise<StoredRow[]> {
    let from = after;
    for (;;) {
      const { rows, next } = await this.#page(table, from, limit);
      // All of a page may have been removed; only an empty page is the end.
      if (rows.length > 0 || next === undefined) return rows;
      from = next;
    }
  }

  async #page(
    table: TableLayout,
    after: readonly ColumnValue[] | undefined,
    limit: number,
  ): Promise<{ rows: StoredRow[]; next: readonly ColumnValue[] | undefined }> {
    const { names } = this.#core;
    const { added } = await this.#overlay(table, allRows, []);
    const stored = await this.#core.tables.page(table, after, limit);
    const inMySql = new Map(stored.map((row) => [keyText(keyOf(table, row)), row]));
    const last = stored.at(-1);
    // Beyond the last row of a full page MySQL has others, which come with the next one.
    const end = stored.length === limit && last !== undefined ? keyOf(table, last) : undefined;
    const keys = stored.map((row) => keyOf(table, row));
    for (const text of added) {
      const key = keyOfText(table, text);
      const isInside =
        (after === undefined || compareKeys(table, key, after) > 0) &&
        (end === undefined || compareKeys(table, key, end) < 0);
      if (isInside && !inMySql.has(text)) keys.push(key);
    }
    keys.sort((a, b) => compareKeys(table, a, b));
    const page = keys.slice(0, limit);
    const cached = await this.#cache.peek(
      table,
      page.map((key) => names.place(table, key)),
    );
    const rows = page.flatMap((key, at) => {
      const known = cached[at];
      const stored = inMySql.get(keyText(key));
      const row = known === undefined ? stored : completed(known, stored);
      return row === undefined ? [] : [row];
    });
    return { rows, next: page.length === limit ? page.at(-1) : undefined };
  }

  async #overlay(table: TableLayout, index: string, values: readonly ColumnValue[]): Promise<Overlay> {
    const { redis, names } = this.#core;
    const shards = Array.from({ length: names.shards }, (_, shard) => shard);
    const replies = await Promise.all(
      shards.map((shard) => redis.hash(names.overlay(shard, table, index, values))),
    );
    const added = new Set<string>();
    const removed = new Set<string>();
    for (const reply of replies) {
      for (let at = 0; at < reply.length; at += 2) {
        (reply[at + 1]![0] === plus ? added : removed).add(reply[at]!.toString("utf8"));
      }
    }
    return { added, removed };
  }
}

const plus = 0x2b;
