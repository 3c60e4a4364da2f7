import { compareKeys } from "../../columns/key-order.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { StoredRow } from "../../table-store.ts";
import { keyOfText, keyText } from "../column-text.ts";
import type { StoreCore } from "../store-core.ts";
import { completed } from "./cached-row.ts";
import { allRows, type IndexReads } from "./index-reads.ts";
import type { RowCache } from "./row-cache.ts";
import { keyOf } from "./sql-tables.ts";

/** What MySQL did not know of a table's rows at one time. */
interface Listing {
  /** Keys of rows that have come, in order. */
  readonly added: readonly (readonly ColumnValue[])[];
  readonly removed: { has(key: string): boolean };
  /** Rows of pages that were read by it. */
  used: number;
}

/**
 * Pages of all rows of write-behind tables: what MySQL has, with what it does not know yet. All of that is read for a page,
 * also what is far from it. So it is kept for the pages of one stream until these have as many rows: a stream costs what there
 * is to read, however much waits for MySQL. A row that is there all the time stands in MySQL or in what was kept.
 */
export class RowPages {
  readonly #core: StoreCore;
  readonly #cache: RowCache;
  readonly #reads: IndexReads;
  readonly #listings = new WeakMap<object, Listing>();

  constructor(core: StoreCore, cache: RowCache, reads: IndexReads) {
    this.#core = core;
    this.#cache = cache;
    this.#reads = reads;
  }

  /** @param stream the stream that the page is of, if any */
  async page(
    table: TableLayout,
    after: readonly ColumnValue[] | undefined,
    limit: number,
    stream: object | undefined,
  ): Promise<StoredRow[]> {
    let from = after;
    for (;;) {
      const { rows, next } = await this.#page(table, from, limit, stream);
      // All of a page may have been removed; only an empty page is the end.
      if (rows.length > 0 || next === undefined) return rows;
      from = next;
    }
  }

  async #page(
    table: TableLayout,
    after: readonly ColumnValue[] | undefined,
    limit: number,
    stream: object | undefined,
  ): Promise<{ rows: StoredRow[]; next: readonly ColumnValue[] | undefined }> {
    const { names, tables, options } = this.#core;
    const kept = stream && this.#listings.get(stream);
    const listing = kept ?? (await this.#list(table, after));
    const begun = options.clock.now();
    const stored = await tables.page(table, after, limit);
    const inMySql = new Map(stored.map((row) => [keyText(keyOf(table, row.values)), row]));
    const last = stored.at(-1);
    // Beyond the last row of a full page MySQL has others, which come with the next one.
    const end = stored.length === limit && last !== undefined ? keyOf(table, last.values) : undefined;
    const keys: (readonly ColumnValue[])[] = stored.map((row) => keyOf(table, row.values));
    const { added, removed } = listing;
    for (let at = firstAfter(table, added, after), left = limit; at < added.length && left > 0; at++) {
      const key = added[at]!;
      if (end !== undefined && compareKeys(table, key, end) >= 0) break;
      if (inMySql.has(keyText(key))) continue;
      keys.push(key);
      left--;
    }
    keys.sort((a, b) => compareKeys(table, a, b));
    const page = keys.slice(0, limit);
    const cached = await this.#cache.peek(
      table,
      page.map((key) => names.place(table, key)),
    );
    // What was removed since the listing is known to the cache, for some time after MySQL has heard of it.
    const isLate = kept !== undefined && options.clock.now() - begun > options.missMs / 2;
    this.#keep(stream, listing, isLate ? Number.POSITIVE_INFINITY : page.length);
    if (isLate) return this.#page(table, after, limit, stream);
    // What neither has came to MySQL after the page was read, and left the cache since; or it was removed.
    const late = page.filter((key, at) => cached[at] === undefined && !inMySql.has(keyText(key)));
    if (late.length > 0) for (const [key, row] of await tables.rows(table, late)) inMySql.set(key, row);
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

  /** Before MySQL is asked: what leaves the overlay afterwards is in MySQL by then. */
  async #list(table: TableLayout, after: readonly ColumnValue[] | undefined): Promise<Listing> {
    const overlay = await this.#reads.overlay(table, allRows, []);
    const added: ColumnValue[][] = [];
    for (const text of overlay.added) {
      const key = keyOfText(table, text);
      if (after === undefined || compareKeys(table, key, after) > 0) added.push(key);
    }
    added.sort((a, b) => compareKeys(table, a, b));
    return { added, removed: overlay.removed, used: -overlay.added.size - overlay.removed.size };
  }

  /** @param count rows of the page that was read by it */
  #keep(stream: object | undefined, listing: Listing, count: number): void {
    if (stream === undefined) return;
    listing.used += count;
    if (listing.used < 0) this.#listings.set(stream, listing);
    else this.#listings.delete(stream);
  }
}

/** Where the keys after one begin, in a list in order. */
function firstAfter(
  table: TableLayout,
  keys: readonly (readonly ColumnValue[])[],
  after: readonly ColumnValue[] | undefined,
): number {
  if (after === undefined) return 0;
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(table, keys[middle]!, after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
