import { closeRule } from "../clock/clock-rules.ts";
import { object, type RulesOf, withDefault } from "../options/option-rules.ts";
import { choice } from "../options/rule-kinds.ts";
import type { ColumnValue, TableLayout } from "./table-layout.ts";

/** A row as it is stored. The version counts up with every change of the row. */
export interface StoredRow {
  readonly version: number;
  readonly values: readonly ColumnValue[];
}

export interface ColumnChange {
  /** Position in the table's columns. */
  readonly column: number;
  readonly value: ColumnValue;
}

export interface Increment {
  readonly column: number;
  readonly delta: bigint | number;
  /** The result must not be less; OUT_OF_RANGE otherwise. */
  readonly min?: bigint | number;
  readonly max?: bigint | number;
}

/** Where a read of many rows may look. */
export interface ReadOptions {
  /**
   * "primary": the rows as they are, with all that was acknowledged. "replica": the rows as the database has them, which is
   * some time ago: nothing is seen that the journal still holds, and of a read replica nothing that it has not followed yet.
   * Such a read passes the cache by: it neither sees what is in it nor puts anything there. Default "primary".
   */
  readonly from?: "primary" | "replica";
}

/** The rules of what {@link TableStore.close} takes. */
export const storeCloseRule = closeRule(5_000);

/** The options of reads, one by one. */
export const readOptions = {
  from: withDefault(choice(["primary", "replica"]), "primary"),
} satisfies RulesOf<ReadOptions>;

/** The rules of {@link ReadOptions}. */
export const readRule = object(readOptions);

/**
 * Where rows live. Two stores implement it under one conformance suite: `embedded` (node:sqlite, one machine) and
 * `cached` (Redis before MySQL). A promise that resolves means the change is durable as the store's configuration
 * says. Errors are PhotinusErrors: NOT_FOUND, ALREADY_EXISTS (key or unique index), ABORTED (version moved),
 * OUT_OF_RANGE, INVALID_ARGUMENT, RESOURCE_EXHAUSTED (backlog full), UNAVAILABLE (a server is away).
 */
export interface TableStore {
  /**
   * Rows in the order of the keys, undefined where there is none: one round trip for what is cached, one query for the rest.
   * For more rows than a process should take in without a pause there are several of each.
   */
  read(
    table: TableLayout,
    keys: readonly (readonly ColumnValue[])[],
    options?: ReadOptions,
  ): Promise<(StoredRow | undefined)[]>;
  /**
   * Creates a row; an auto-increment column whose value is 0 gets the next one: never that of a row that is there or was
   * there. Numbers may be left out.
   */
  create(table: TableLayout, values: readonly ColumnValue[]): Promise<StoredRow>;
  /** Changes some columns; with `expectedVersion`, only if the row still has it. Resolves with the new version. */
  write(
    table: TableLayout,
    key: readonly ColumnValue[],
    changes: readonly ColumnChange[],
    expectedVersion?: number,
  ): Promise<number>;
  /**
   * Adds to one column, atomically. Resolves with the new value. OUT_OF_RANGE, also when the column's kind cannot hold
   * the result; INVALID_ARGUMENT for a column that is null or no number.
   */
  increment(table: TableLayout, key: readonly ColumnValue[], increment: Increment): Promise<bigint | number>;
  /** Resolves with false when there was no such row. */
  remove(table: TableLayout, key: readonly ColumnValue[], expectedVersion?: number): Promise<boolean>;
  /** Keys of the rows with these values in an index (its position in the table's indexes), in key order. */
  keysBy(
    table: TableLayout,
    index: number,
    values: readonly ColumnValue[],
    options?: ReadOptions,
  ): Promise<ColumnValue[][]>;
  /**
   * One page of rows, after the key given; an empty page is the end. All rows have one order by key, which is the
   * database's own: a row that is there from first page to last comes exactly once, whatever is written meanwhile.
   *
   * @param stream one object for all pages of a stream, by which a store may keep what they need together
   */
  page(
    table: TableLayout,
    after: readonly ColumnValue[] | undefined,
    limit: number,
    options?: ReadOptions,
    stream?: object,
  ): Promise<StoredRow[]>;
  /** Keeps a cached row for its whole time to live from now. */
  touch(table: TableLayout, key: readonly ColumnValue[]): Promise<void>;
  status(): Promise<StoreStatus>;
  /** Flushes within the time, closes, and says what remains in the journal. Idempotent. */
  close(options?: { graceMs?: number }): Promise<Remainder>;
}

/** Changes in the journal that the database does not have. */
export interface Remainder {
  readonly remaining: number;
  /** Of these, how many lie where another process is bringing them to the database. */
  readonly elsewhere?: number;
  /** Which processes those are, by what the store calls them: process id, ":", and a random part. */
  readonly owners?: readonly string[];
  /** True when what remains could not be counted, or not all of it: the server that has the journal does not answer. */
  readonly isUnknown?: boolean;
}

/** What the server that keeps changes before the database is set up to do, in its own words. */
export interface CacheSettings {
  /** Redis' `maxmemory-policy`; "unknown" when it does not tell. */
  readonly evictionPolicy: string;
  /** Whether it may drop changes that the database does not have yet when it runs out of memory. */
  readonly mayEvictChanges: boolean;
  /** "appendonly yes, appendfsync everysec"; of several servers, that of the one that keeps the least. */
  readonly persistence: string;
}

export interface StoreStatus {
  readonly kind: "embedded" | "cached";
  /** What the configuration really gives, in words: "every write is on disk", "up to one second can be lost" ... */
  readonly durability: string;
  /** Of the cached store. */
  readonly cache?: CacheSettings;
  readonly tables: readonly {
    readonly name: string;
    /** Which of the configured databases it is in. */
    readonly database: string;
    readonly cachedRows: number;
    readonly dirtyRows: number;
  }[];
  /** Changes in the journal that the database does not have yet. */
  readonly journalLength: number;
  /** Age of the oldest of them, in milliseconds; 0 when there is none. */
  readonly journalLagMs: number;
  readonly deadLetters: number;
  /** Of a store of several databases: the figures of each; those above are of all together. */
  readonly databases?: readonly DatabaseStatus[];
}

/** What one of several databases says of itself; the names are those of {@link StoreStatus}. */
export interface DatabaseStatus extends Pick<StoreStatus, "journalLength" | "journalLagMs" | "deadLetters"> {
  readonly name: string;
}
