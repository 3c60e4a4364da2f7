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

/** Options of {@link CachedStore.open}. */
export interface CachedStoreOptions {
  /** URL of the primary: "mysql://user:password@host:port/database". */
  readonly mysqlUrl: string;
  /** URLs of read replicas of the database. A replica may be unreachable at the start. Default: none. */
  readonly replicaUrls?: readonly string[];
  /** URL of Redis: "redis://host:port". Several URLs, joined by commas, are nodes of one Redis Cluster. */
  readonly redisUrl: string;
  /**
   * All tables of the project. Any process may become the one that flushes another's changes to MySQL, and can do so only
   * for tables that it knows. Shards with changes of other tables are left to processes that know them. Default: none.
   */
  readonly tables?: readonly TableLayout[];
  /** Prefix of all keys in Redis; stores with different prefixes share no key. Default "p". */
  readonly prefix?: string;
  /** Number of parts that the rows are distributed over. Must not change while Redis holds data. Default 16. */
  readonly shards?: number;
  /** Whether a missing table is created on first use. Default true. */
  readonly createTables?: boolean;
  /** Whether this process flushes shards that it owns to MySQL. Default true. */
  readonly writer?: boolean;
  /** Wait between two flushes of a shard, milliseconds. Default 100. */
  readonly flushMs?: number;
  /** Maximum changes in one transaction. Default 5,000. */
  readonly flushCount?: number;
  /**
   * Maximum changes queued for MySQL, all shards together; beyond it, writes fail with RESOURCE_EXHAUSTED. Default
   * 1,000,000.
   */
  readonly backlogCount?: number;
  /** Time after which the lease of a shard expires without renewal, milliseconds. Default 5,000. */
  readonly leaseMs?: number;
  /** Time for which the cache remembers that a row does not exist, milliseconds. Default 2,000. */
  readonly missMs?: number;
  /** Maximum connections to MySQL, and to each read replica. Default 8. */
  readonly connections?: number;
  /**
   * Timeout of one call to MySQL, milliseconds, at most 30,000. On timeout the call fails with UNAVAILABLE and its
   * connection is closed. Default 15,000.
   */
  readonly timeoutMs?: number;
  /**
   * Time without any answer from Redis while a call waits, milliseconds. Then the call fails with UNAVAILABLE and the
   * connection is closed. Default 10,000.
   */
  readonly silenceMs?: number;
  /**
   * Time for which new calls wait for a reconnect to Redis, milliseconds; 0: they fail at once. Calls in flight when the
   * connection broke always fail at once. Default 100.
   */
  readonly reconnectWaitMs?: number;
  /** Accepts a Redis that evicts keys without a time to live, which can lose changes. Default false. */
  readonly allowEviction?: boolean;
  /** Time source. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Receives log lines. Default: none. */
  readonly log?: Logger;
}

const hourMs = 3_600_000;

/** Option rules of one MySQL database, also used by the topology. */
export const databaseOptions = Object.freeze({
  connections: withDefault(whole(1, 10_000, "connections"), 8),
  // Marks in Redis must outlast every call, so the timeout has a maximum.
  timeoutMs: withDefault(ms(100, 30_000), 15_000),
  createTables: withDefault(flag, true),
});

/**
 * Option rules of Redis without the prefix, also used by the topology. The prefix here is longer, to include a database
 * name.
 */
export const redisOptions = Object.freeze({
  shards: withDefault(whole(1, 1024, "shards"), 16),
  missMs: withDefault(ms(1, hourMs), 2_000),
  silenceMs: withDefault(ms(1, hourMs), 10_000),
  reconnectWaitMs: withDefault(ms(0, hourMs), 100),
  allowEviction: withDefault(flag, false),
});

/** Option rules of the journal, also used by the topology. */
export const journalOptions = Object.freeze({
  flushMs: withDefault(ms(1, hourMs), 100),
  flushCount: withDefault(whole(1, 1_000_000, "changes"), 5_000),
  backlogCount: withDefault(whole(1, 1_000_000_000, "changes"), 1_000_000),
  leaseMs: withDefault(ms(100, hourMs), 5_000),
});

/** Default of every `prefix` option. */
export const defaultPrefix = "p";

/** Option rules that several databases share. */
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

/** Option rules that each database has for itself. */
export const ownOptions = Object.freeze({
  mysqlUrl: required(mysqlUrl),
  replicaUrls: withDefault(list(mysqlUrl, 0, "URLs"), []),
  ...databaseOptions,
});

/** Rule that checks {@link CachedStoreOptions} and fills in defaults. */
export const cachedStoreRule = object({
  ...ownOptions,
  ...sharedOptions,
} satisfies RulesOf<CachedStoreOptions>);

/** {@link CachedStoreOptions} with all defaults filled in. */
export type ResolvedOptions = Given<typeof cachedStoreRule>;

/** Validates options and fills in defaults. Throws INVALID_ARGUMENT that names each bad option. */
export function resolveCached(options: CachedStoreOptions): ResolvedOptions {
  return resolveOptions("CachedStore.open", cachedStoreRule, options);
}
