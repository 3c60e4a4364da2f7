import { fail } from "../../../schema/errors.ts";
import { type Clock, systemClock } from "../../clock/clock.ts";
import { type Logger, silentLogger } from "../../log/logger.ts";
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

export type ResolvedOptions = Required<CachedStoreOptions>;

const defaults = Object.freeze({
  replicaUrls: [],
  tables: [],
  prefix: "p",
  shards: 16,
  createTables: true,
  writer: true,
  flushMs: 100,
  flushCount: 5_000,
  backlogCount: 1_000_000,
  leaseMs: 5_000,
  missMs: 2_000,
  connections: 8,
  timeoutMs: 15_000,
  silenceMs: 10_000,
  reconnectWaitMs: 100,
  allowEviction: false,
  clock: systemClock,
  log: silentLogger,
});

/** Fills in defaults. Throws INVALID_ARGUMENT, naming the option that is wrong. */
export function resolveOptions(options: CachedStoreOptions): ResolvedOptions {
  const resolved: ResolvedOptions = { ...defaults, ...options };
  const counts = [
    "shards",
    "flushMs",
    "flushCount",
    "backlogCount",
    "leaseMs",
    "missMs",
    "connections",
    "timeoutMs",
    "silenceMs",
  ] as const;
  for (const name of counts) {
    const value = resolved[name];
    if (!Number.isInteger(value) || value < 1) {
      throw fail("INVALID_ARGUMENT", `${name} is ${value}; it must be a whole number of at least 1`);
    }
  }
  const { reconnectWaitMs } = resolved;
  if (!Number.isInteger(reconnectWaitMs) || reconnectWaitMs < 0) {
    throw fail(
      "INVALID_ARGUMENT",
      `reconnectWaitMs is ${reconnectWaitMs}; it must be a whole number, 0 or more`,
    );
  }
  if (resolved.shards > 1024)
    throw fail("INVALID_ARGUMENT", `shards is ${resolved.shards}; the most is 1,024`);
  // Marks in Redis outlast every call.
  if (resolved.timeoutMs > 30_000)
    throw fail("INVALID_ARGUMENT", `timeoutMs is ${resolved.timeoutMs}; the most is 30,000`);
  if (!/^[\w.-]{1,40}$/.test(resolved.prefix)) {
    throw fail(
      "INVALID_ARGUMENT",
      `prefix is "${resolved.prefix}"; it takes letters, digits, ".", "-" and "_", 40 at most`,
    );
  }
  return resolved;
}
