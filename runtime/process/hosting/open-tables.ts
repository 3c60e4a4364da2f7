import { fail } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import { inDevelopment } from "../../node/development.ts";
import type { Look } from "../../tables/databases/look-at-databases.ts";
import type { CachedDatabasesOptions } from "../../tables/databases/open-databases.ts";
import { EmbeddedStore } from "../../tables/sqlite/embedded-store.ts";
import type { TableLayout } from "../../tables/table-layout.ts";
import type { TableStore } from "../../tables/table-store.ts";
import { Tables } from "../../tables/tables.ts";
import type { ResolvedCached, ResolvedEmbedded } from "../topology/resolve-data.ts";
import type { ResolvedTopology } from "../topology/resolved-topology.ts";
import { databasesOf, formerDatabasesOf, unusedDatabases } from "../topology/table-databases.ts";

/** What the store of a process is given by it. */
interface Outside {
  readonly clock: Clock;
  readonly log: Logger;
}

type Configured = Pick<ResolvedTopology, "data" | "protocol">;

/**
 * The tables of a process with nodes. A file is opened when a node asks for a table; servers that are configured are
 * connected to at once, so that one that cannot be reached keeps the process from starting. Without tables in the schema
 * nothing is opened.
 */
export async function openTables(configured: Configured, outside: Outside): Promise<Tables> {
  const { data, protocol } = configured;
  if (data.kind === "embedded") {
    return new Tables(() => openEmbedded(data, outside), outside.clock, undefined, inDevelopment());
  }
  const tables = (await protocol.tables?.()) ?? [];
  if (tables.length === 0) {
    return new Tables(() => {
      throw fail("FAILED_PRECONDITION", "the topology's protocol has no tables; run photinus codegen");
    }, outside.clock);
  }
  const store = await openCached(data, tables, outside);
  return new Tables(() => store, outside.clock, store, inDevelopment());
}

/** The tables of a process without nodes. */
export function noTables({ clock }: Outside): Tables {
  return new Tables(() => {
    throw fail("FAILED_PRECONDITION", "a process without nodes has no tables");
  }, clock);
}

/** Closes the tables, and says what did not get to the database. */
export async function closeTables(tables: Tables, graceMs: number, log: Logger): Promise<void> {
  const { remaining, elsewhere = 0, owners = [], isUnknown = false } = await tables.close({ graceMs });
  if (elsewhere > 0) {
    log.info(
      { remaining: elsewhere, owners },
      "changes that the database does not have yet remain in shards of other processes, which bring them there",
    );
  }
  if (remaining > elsewhere)
    log.warn({ remaining: remaining - elsewhere }, "changes that the database does not have yet remain");
  if (isUnknown) log.warn({}, "how many changes remain is not known: Redis does not answer");
}

/** Opens the store in a file. */
export function openEmbedded(data: ResolvedEmbedded, { clock, log }: Outside): TableStore {
  log.info({ file: data.file }, "tables live in the embedded store");
  return new EmbeddedStore({ file: data.file, synchronous: data.synchronous, clock, log });
}

/**
 * Connects to Redis and to the MySQL databases of these tables. Throws FAILED_PRECONDITION when one of them is not configured,
 * UNAVAILABLE when one cannot be reached.
 */
export async function openCached(
  data: ResolvedCached,
  tables: readonly TableLayout[],
  outside: Outside,
  { isLooking = false }: CachedUse = {},
): Promise<TableStore> {
  const options = optionsOf(data, tables, outside);
  if (!isLooking) {
    for (const database of unusedDatabases(data, tables)) {
      outside.log.warn({ database }, "a database is configured, but no table is in it");
    }
  }
  // Without MySQL and Redis nothing of their drivers is loaded.
  const { openDatabases } = await import("../../tables/databases/open-databases.ts");
  if (!isLooking) return openDatabases(options);
  const looked = [...options.databases].map(
    ([name, one]) => [name, { ...one, createTables: false }] as const,
  );
  // What Redis is set up to evict is to be seen here, not refused.
  const looking = { writer: false, allowEviction: true };
  return openDatabases({ ...options, ...looking, databases: new Map(looked) });
}

/** What those of the servers tell that answer. Throws FAILED_PRECONDITION when one of them is not configured. */
export async function lookAtCached(
  data: ResolvedCached,
  tables: readonly TableLayout[],
  outside: Outside,
): Promise<Look> {
  const { lookAtDatabases } = await import("../../tables/databases/look-at-databases.ts");
  return lookAtDatabases(optionsOf(data, tables, outside));
}

function optionsOf(
  data: ResolvedCached,
  tables: readonly TableLayout[],
  { clock, log }: Outside,
): CachedDatabasesOptions {
  const { because, redisUrl, options } = data;
  const databases = databasesOf(data, tables);
  if (redisUrl === undefined) {
    throw fail(
      "FAILED_PRECONDITION",
      `${because} asks for tables in MySQL and Redis, but no Redis is configured: set REDIS_URL or data.redis.url`,
    );
  }
  const formerDatabases = formerDatabasesOf(data, tables);
  return { ...options, clock, log, redisUrl, tables, databases, formerDatabases };
}

/** What a store is opened for. */
export interface CachedUse {
  /** To look at, not to serve: it brings nothing to MySQL, and makes no tables. Default false. */
  readonly isLooking?: boolean;
}
