import { compareKeys } from "../../columns/key-order.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { StoredRow } from "../../table-store.ts";
import { keyOfText, keyText } from "../column-text.ts";
import type { StoreCore } from "../store-core.ts";
import { completed } from "./cached-row.ts";
import { allRows, type IndexReads } from "./index-reads.ts";
import type { RowCache } from "./row-cache.ts";
import { keyOf } from "./sql-tables.ts";

/** Snapshot of the changes of a table that MySQL did not have. */
interface Listing {
  /** Keys of created rows, in key order. */
  readonly added: readonly (readonly ColumnValue[])[];
  readonly removed: { has(key: string): boolean };
  /** Rows of pages that used this snapshot, less its size; the snapshot is dropped at 0. */
  used: number;
}

/**
 * Pages through all rows of a write-behind table: pages of MySQL, corrected by the overlay of all rows. The overlay is read
 * whole, however small the page is. So a stream keeps it until its pages have as many rows: the cost of a stream grows with
 * its rows, not with the backlog. A row that exists during the whole stream is in MySQL or in the kept overlay.
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

  /**
   * Reads the next page; an empty page is the end.
   *
   * @param stream identity of the stream that the page belongs to, if any
   */
  async page(
    table: TableLayout,
    after: readonly ColumnValue[] | undefined,
    limit: number,
    stream: object | undefined,
  ): Promise<StoredRow[]> {
    let from = after;
    for (;;) {
      const { rows, next } = await this.#page(table, from, limit, stream);
      // All rows of a page may have been removed; only an empty page is the end.
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
    // After a full page MySQL has more rows, which come with the next page.
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
    // The cache remembers removed rows for a while after MySQL deleted them, but not longer: a late page is read again.
    const isLate = kept !== undefined && options.clock.now() - begun > options.missMs / 2;
    this.#keep(stream, listing, isLate ? Number.POSITIVE_INFINITY : page.length);
    if (isLate) return this.#page(table, after, limit, stream);
    // A row in neither place reached MySQL after its page was read and was evicted since, or it was removed.
    const late = page.filter((key, at) => cached[at] === undefined && !inMySql.has(keyText(key)));
    if (late.length > 0) for (const [key, row] of await tables.rows(table, late)) inMySql.set(key, row);
    const rows = page.flatMap((key, at) => {
      const known = cached[at];
      const text = keyText(key);
      // A row that was removed before MySQL was asked may have left the cache since.
      const stored = removed.has(text) ? undefined : inMySql.get(text);
      const row = known === undefined ? stored : completed(known, stored);
      return row === undefined ? [] : [row];
    });
    return { rows, next: page.length === limit ? page.at(-1) : undefined };
  }

  /** Reads the overlay, before MySQL is asked: a change that leaves the overlay later is in MySQL by then. */
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

  /**
   * Keeps the snapshot for the next page of the stream.
   *
   * @param count rows of the page that used the snapshot
   */
  #keep(stream: object | undefined, listing: Listing, count: number): void {
    if (stream === undefined) return;
    listing.used += count;
    if (listing.used < 0) this.#listings.set(stream, listing);
    else this.#listings.delete(stream);
  }
}

/** Index of the first key after `after`, in a sorted list. */
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
