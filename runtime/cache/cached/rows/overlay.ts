import { compareKeys } from "../../column/order.ts";
import type { ColumnValue, TableLayout } from "../../descriptor.ts";
import type { StoredRow } from "../../store.ts";
import type { Core } from "../core.ts";
import { compareIds } from "../journal/entry.ts";
import { covered } from "../lua/journal.ts";
import { keyOfText, keyText, type Text } from "../text.ts";
import type { RowCache } from "./cache.ts";
import { completed } from "./reply.ts";
import { keyOf } from "./sql.ts";
import { UniqueLooks } from "./values.ts";

/** The name under which all rows of a table are covered. */
export const allRows = "*";

/** What MySQL does not know yet of an index value: keys that have come, and keys that have gone. */
export interface Overlay {
  readonly added: ReadonlySet<string>;
  /** With the ids of the changes that removed them. */
  readonly removed: ReadonlyMap<string, string>;
}

/** Reads of many rows of write-behind tables: what MySQL has, and what it does not know yet. */
export class IndexReads {
  readonly #core: Core;
  readonly #cache: RowCache;
  readonly #looks: UniqueLooks;
  readonly #commonCovered: readonly Text[];

  constructor(core: Core, cache: RowCache) {
    this.#core = core;
    this.#cache = cache;
    this.#looks = new UniqueLooks(core.tables);
    this.#commonCovered = [String(core.names.shards), core.names.prefix];
  }

  async keysBy(table: TableLayout, index: number, values: readonly ColumnValue[]): Promise<ColumnValue[][]> {
    // The overlay first: what leaves it afterwards is in MySQL by then.
    const overlay = await this.#overlay(table, table.indexes[index]!.name, values);
    return merged(table, overlay, await this.#core.tables.keysBy(table, index, values));
  }

  /** Keys of the rows that MySQL has with a value of a unique index. */
  inMySql(table: TableLayout, index: number, values: readonly ColumnValue[]): Promise<ColumnValue[][]> {
    return this.#looks.keysOf(table, index, values);
  }

  /**
   * Who has the value now, and whether any other row than this one may have it in MySQL: also one that gave it up so soon
   * that a transaction which brings it there may be under way.
   *
   * @param until by the clock's `now`
   */
  async holders(
    table: TableLayout,
    index: number,
    values: readonly ColumnValue[],
    own: string,
    until: number,
  ): Promise<{ now: ColumnValue[][]; isLeft: boolean }> {
    const overlay = await this.#overlay(table, table.indexes[index]!.name, values);
    const removed = [...overlay.removed].filter(([key]) => key !== own);
    const isWritten = removed.length === 0 || (await this.#areWritten(table, removed, until));
    const inMySql = await this.#looks.keysOf(table, index, values, until);
    const isLeft = !isWritten || inMySql.some((key) => keyText(key) !== own);
    return { now: merged(table, overlay, inMySql), isLeft };
  }

  /** Whether MySQL has the journal up to these changes of rows. */
  async #areWritten(
    table: TableLayout,
    changes: readonly (readonly [string, string])[],
    until: number,
  ): Promise<boolean> {
    const { tables, names, options } = this.#core;
    const sql = "SELECT `shard`, `stream_id` FROM `photinus_position` WHERE `store` = ?";
    const rows = await tables.select(table, sql, [options.prefix], until);
    const positions = new Map(rows.map(([shard, id]) => [Number(shard), String(id)]));
    return changes.every(([key, id]) => {
      const position = positions.get(names.placeOfText(table.name, key).shard);
      return position !== undefined && compareIds(id, position) <= 0;
    });
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
    const { added, removed } = await this.#overlay(table, allRows, []);
    const stored = await this.#core.tables.page(table, after, limit);
    const inMySql = new Map(stored.map((row) => [keyText(keyOf(table, row.values)), row]));
    const last = stored.at(-1);
    // Beyond the last row of a full page MySQL has others, which come with the next one.
    const end = stored.length === limit && last !== undefined ? keyOf(table, last.values) : undefined;
    const keys = stored.map((row) => keyOf(table, row.values));
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
      const text = keyText(key);
      // A row that was gone before MySQL was asked may have been forgotten since.
      const stored = removed.has(text) ? undefined : inMySql.get(text);
      const row = known === undefined ? stored : completed(known, stored);
      return row === undefined ? [] : [row];
    });
    return { rows, next: page.length === limit ? page.at(-1) : undefined };
  }

  async #overlay(table: TableLayout, index: string, values: readonly ColumnValue[]): Promise<Overlay> {
    const { redis, names } = this.#core;
    const replies = redis.isOneServer
      ? [await this.#covered(names.indexValue(table, index, values))]
      : await redis.hashes(
          Array.from({ length: names.shards }, (_, shard) => names.overlay(shard, table, index, values)),
          (hash) => hash,
        );
    const added = new Set<string>();
    const removed = new Map<string, string>();
    for (const reply of replies) {
      for (let at = 0; at < reply.length; at += 2) {
        const key = reply[at]!.toString("utf8");
        const sign = reply[at + 1]!;
        if (sign[0] === plus) added.add(key);
        else removed.set(key, sign.toString("latin1", 1));
      }
    }
    return { added, removed };
  }

  /** Overlays of all shards in one: key, sign, key, sign ... */
  async #covered(value: Text): Promise<readonly Buffer[]> {
    const { redis, names } = this.#core;
    const reply = await redis.gather(covered, this.#commonCovered, [names.overlays(0)], [value], true);
    return reply as readonly Buffer[];
  }
}

const plus = 0x2b;

/** The keys that MySQL has, with what it does not know yet, in order. */
function merged(table: TableLayout, { added, removed }: Overlay, inMySql: ColumnValue[][]): ColumnValue[][] {
  if (added.size === 0 && removed.size === 0) return inMySql;
  const now = inMySql.filter((key) => !removed.has(keyText(key)));
  const there = new Set(now.map(keyText));
  for (const key of added) if (!there.has(key)) now.push(keyOfText(table, key));
  return now.sort((a, b) => compareKeys(table, a, b));
}
