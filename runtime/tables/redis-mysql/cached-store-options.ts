import type { Clock } from "../../clock/clock.ts";
import { clockOption } from "../../clock/clock-rules.ts";
import { loggerOption } from "../../log/log-rules.ts";
import type { Logger } from "../../log/logger.ts";
import { word } from "../../options/address-rules.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { type Given, object, type RulesOf, required, withDefault } from "../../options/option-rules.ts";
import { flag, having, list, ms, whole } from "../../options/rule-kinds.ts";
import { mysqlUrl, redisUrl } from "../../options/url-rules.ts";
import type { TableLayout } from "../table-layout.ts";

/** What {@link CachedStore.open} takes. */
export interface CachedStoreOptions {
  /** "mysql://user:password@host:port/database". */
  readonly mysqlUrl: string;
  /** Read replicas of this database, by URLs of the same form. They need not be there at the start. Default: none. */
  readonly replicaUrls?: readonly string[];
  /** "redis://host:port"; several, joined by commas, are nodes of one Redis Cluster. */
  readonly redisUrl: string;
  /**
   * All tables of the project. Any process may come to write another's changes to MySQL, and can do so only for tables it
   * knows; it leaves shards with others to processes that know them.
   */
  readonly tables?: readonly TableLayout[];
  /** Begins every key in Redis; stores with different ones share nothing. Default "p". */
  readonly prefix?: string;
  /** Parts that the rows are spread over; it never changes while Redis holds data. Default 16. */
  readonly shards?: number;
  /** Creates missing tables when they are first used. Default true. */
  readonly createTables?: boolean;
  /** Whether this process brings changes to MySQL when it comes to own a shard. Default true. */
  readonly writer?: boolean;
  /** Wait between two flushes of a shard, milliseconds. Default 100. */
  readonly flushMs?: number;
  /** Most changes in one transaction. Default 5,000. */
  readonly flushCount?: number;
  /** Changes that may wait for MySQL, all shards together; after that writes are refused. Default 1,000,000. */
  readonly backlogCount?: number;
  /** How long a shard stays its owner's without a sign of life, milliseconds. Default 5,000. */
  readonly leaseMs?: number;
  /** How long it is remembered that there is no row, milliseconds. Default 2,000. */
  readonly missMs?: number;
  /** Connections to MySQL, and to each read replica. Default 8. */
  readonly connections?: number;
  /**
   * Most time of one call to MySQL, milliseconds, at most 30,000: then it fails with UNAVAILABLE, and its connection is
   * given up. Default 15,000.
   */
  readonly timeoutMs?: number;
  /**
   * How long Redis may say nothing while a call waits for it, milliseconds: then the call fails with UNAVAILABLE, and the
   * connection is ended. Default 10,000.
   */
  readonly silenceMs?: number;
  /**
   * How long calls wait for a connection to Redis that has just broken to come back, milliseconds; 0: not at all. What was
   * sent before does not wait, it fails at once. Default 100.
   */
  readonly reconnectWaitMs?: number;
  /** Accepts a Redis that evicts keys without a time to live, which can lose changes. Default false. */
  readonly allowEviction?: boolean;
  readonly clock?: Clock;
  readonly log?: Logger;
}

const hourMs = 3_600_000;

/** The rules of one MySQL database; the topology has the same. */
export const databaseOptions = Object.freeze({
  connections: withDefault(whole(1, 10_000, "connections"), 8),
  // Marks in Redis outlast every call, so there is a longest time.
  timeoutMs: withDefault(ms(100, 30_000), 15_000),
  createTables: withDefault(flag, true),
});

/** The rules of Redis but for its prefix, which has room for the name of a database here; the topology has the same. */
export const redisOptions = Object.freeze({
  shards: withDefault(whole(1, 1024, "shards"), 16),
  missMs: withDefault(ms(1, hourMs), 2_000),
  silenceMs: withDefault(ms(1, hourMs), 10_000),
  reconnectWaitMs: withDefault(ms(0, hourMs), 100),
  allowEviction: withDefault(flag, false),
});

/** The rules of the journal; the topology has the same. */
export const journalOptions = Object.freeze({
  flushMs: withDefault(ms(1, hourMs), 100),
  flushCount: withDefault(whole(1, 1_000_000, "changes"), 5_000),
  backlogCount: withDefault(whole(1, 1_000_000_000, "changes"), 1_000_000),
  leaseMs: withDefault(ms(100, hourMs), 5_000),
});

/** The default of every `prefix`. */
export const defaultPrefix = "p";

/** The rules of what several databases share. */
export const sharedOptions = Object.freeze({
  redisUrl: required(redisUrl),
  tables: withDefault(list(having<TableLayout>("a generated table", "name", "columns"), 0, "tables"), []),
  prefix: withDefault(word(/^[\w.-]{1,110}$/, "1 to 110 letters, digits, _, - or ."), defaultPrefix),
  writer: withDefault(flag, true),
  ...redisOptions,
  ...journalOptions,
  clock: clockOption,
  log: loggerOption,
});

/** The rules of what each database has for itself. */
export const ownOptions = Object.freeze({
  mysqlUrl: required(mysqlUrl),
  replicaUrls: withDefault(list(mysqlUrl, 0, "URLs"), []),
  ...databaseOptions,
});

/** The rules of {@link CachedStoreOptions}. */
export const cachedStoreRule = object({
  ...ownOptions,
  ...sharedOptions,
} satisfies RulesOf<CachedStoreOptions>);

export type ResolvedOptions = Given<typeof cachedStoreRule>;

/** Fills in the defaults. Throws INVALID_ARGUMENT that names each bad option. */
export function resolveCached(options: CachedStoreOptions): ResolvedOptions {
  return resolveOptions("CachedStore.open", cachedStoreRule, options);
}
