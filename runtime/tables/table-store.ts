import { closeRule } from "../clock/clock-rules.ts";
import { object, type RulesOf, withDefault } from "../options/option-rules.ts";
import { choice } from "../options/rule-kinds.ts";
import type { ColumnValue, TableLayout } from "./table-layout.ts";

/** Stored row. Every change of the row increments the version. */
export interface StoredRow {
  readonly version: number;
  /** Values in the order of the table's columns. */
  readonly values: readonly ColumnValue[];
}

/** New value of one column. */
export interface ColumnChange {
  /** Position in the table's columns. */
  readonly column: number;
  readonly value: ColumnValue;
}

/** Addition to a number column. */
export interface Increment {
  /** Position in the table's columns. */
  readonly column: number;
  /** Addend; a bigint for 64-bit columns. */
  readonly delta: bigint | number;
  /** Minimum of the sum; a smaller sum fails with OUT_OF_RANGE. */
  readonly min?: bigint | number;
  /** Maximum of the sum; a greater sum fails with OUT_OF_RANGE. */
  readonly max?: bigint | number;
}

/** Options of reads that may be stale. */
export interface ReadOptions {
  /**
   * Source of the rows. "primary": current rows, with all acknowledged changes. "replica": rows of the database or a read
   * replica, which lack the changes that are still in the journal or not replicated yet; bypasses the cache in both
   * directions. Default "primary".
   */
  readonly from?: "primary" | "replica";
}

/** Rule of the options of {@link TableStore.close}. */
export const storeCloseRule = closeRule(5_000);

/** Rules of the options of reads, by name. */
export const readOptions = {
  from: withDefault(choice(["primary", "replica"]), "primary"),
} satisfies RulesOf<ReadOptions>;

/** Rule that checks {@link ReadOptions} and fills in defaults. */
export const readRule = object(readOptions);

/**
 * Storage of rows. Two stores implement it and pass one conformance suite: `embedded` (node:sqlite, one machine) and
 * `cached` (Redis before MySQL). A change is durable, as the store's configuration guarantees, once its promise resolves.
 * Errors are PhotinusErrors: NOT_FOUND, ALREADY_EXISTS (key or unique index), ABORTED (version moved), OUT_OF_RANGE,
 * INVALID_ARGUMENT, RESOURCE_EXHAUSTED (backlog full), UNAVAILABLE (a server is unreachable).
 */
export interface TableStore {
  /**
   * Reads rows in the order of the keys; undefined for each missing row. Takes one round trip for cached rows and one query
   * for the others, or several for more rows than a process should decode in one turn.
   */
  read(
    table: TableLayout,
    keys: readonly (readonly ColumnValue[])[],
    options?: ReadOptions,
  ): Promise<(StoredRow | undefined)[]>;
  /**
   * Creates a row. An auto-increment column with the value 0 gets the next number, which no row has or had. Numbers may be
   * skipped.
   */
  create(table: TableLayout, values: readonly ColumnValue[]): Promise<StoredRow>;
  /**
   * Changes some columns. With `expectedVersion`, fails with ABORTED when the row has another version. Resolves with the new
   * version.
   */
  write(
    table: TableLayout,
    key: readonly ColumnValue[],
    changes: readonly ColumnChange[],
    expectedVersion?: number,
  ): Promise<number>;
  /**
   * Adds to one column atomically. Resolves with the new value. Fails with OUT_OF_RANGE when the sum is beyond the bounds or
   * the column's range, and with INVALID_ARGUMENT for a column that is null or not a number.
   */
  increment(table: TableLayout, key: readonly ColumnValue[], increment: Increment): Promise<bigint | number>;
  /** Deletes a row. Resolves with false when the row did not exist. */
  remove(table: TableLayout, key: readonly ColumnValue[], expectedVersion?: number): Promise<boolean>;
  /** Reads the keys of the rows with these values in an index (its position in the table's indexes), in key order. */
  keysBy(
    table: TableLayout,
    index: number,
    values: readonly ColumnValue[],
    options?: ReadOptions,
  ): Promise<ColumnValue[][]>;
  /**
   * Reads one page of rows after a key; an empty page is the end. Rows have one order by key, which is the database's own: a
   * row that exists from the first page to the last comes exactly once, whatever is written meanwhile.
   *
   * @param stream identity of the stream, the same for all of its pages, by which a store may keep shared state
   */
  page(
    table: TableLayout,
    after: readonly ColumnValue[] | undefined,
    limit: number,
    options?: ReadOptions,
    stream?: object,
  ): Promise<StoredRow[]>;
  /** Restarts the time to live of a cached row. */
  touch(table: TableLayout, key: readonly ColumnValue[]): Promise<void>;
  /** Reads the figures of the store. May scan all keys: for people, not for hot paths. */
  status(): Promise<StoreStatus>;
  /** Flushes within the grace time, then closes. Resolves with the number of changes left in the journal. Idempotent. */
  close(options?: { graceMs?: number }): Promise<Remainder>;
}

/** Changes in the journal that the database does not have yet. */
export interface Remainder {
  /** Number of changes. */
  readonly remaining: number;
  /** Number of remaining changes in shards that another process owns and flushes. */
  readonly elsewhere?: number;
  /** Owners of these shards: process id, ":", and a random part. */
  readonly owners?: readonly string[];
  /** True when not all remaining changes could be counted, because the server with the journal does not answer. */
  readonly isUnknown?: boolean;
}

/** Settings of the server that holds changes before the database, in its own terms. */
export interface CacheSettings {
  /** Redis' `maxmemory-policy`; "unknown" when Redis does not report it. */
  readonly evictionPolicy: string;
  /** Whether the server may evict changes that the database does not have yet when it runs out of memory. */
  readonly mayEvictChanges: boolean;
  /** Persistence: "appendonly yes, appendfsync everysec"; of several servers, the least durable one's. */
  readonly persistence: string;
}

/** Figures of a store, for status and metrics. */
export interface StoreStatus {
  /** Store that reports: "embedded" (SQLite) or "cached" (Redis before MySQL). */
  readonly kind: "embedded" | "cached";
  /** Actual durability of the configuration, as a sentence: "every write is on disk", "up to one second can be lost" ... */
  readonly durability: string;
  /** Settings of the cache; only for the cached store. */
  readonly cache?: CacheSettings;
  /** Figures of each table; `cachedRows` are in Redis, `dirtyRows` have changes that the database does not have yet. */
  readonly tables: readonly {
    readonly name: string;
    /** Configured database of the table. */
    readonly database: string;
    readonly cachedRows: number;
    readonly dirtyRows: number;
  }[];
  /** Changes in the journal that the database does not have yet. */
  readonly journalLength: number;
  /** Age of the oldest change in the journal that the database does not have yet, in ms; 0 without such a change. */
  readonly journalLagMs: number;
  /** Number of dead letters. */
  readonly deadLetters: number;
  /** Figures of each database, in a store of several databases; the figures above are totals. */
  readonly databases?: readonly DatabaseStatus[];
}

/** Figures of one of several databases, with the names of {@link StoreStatus}. */
export interface DatabaseStatus extends Pick<StoreStatus, "journalLength" | "journalLagMs" | "deadLetters"> {
  readonly name: string;
}
