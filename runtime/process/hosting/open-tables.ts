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
import type { ResolvedCached, ResolvedEmbedded } from "../topology/resolve/resolve-data.ts";
import type { ResolvedTopology } from "../topology/resolved-topology.ts";
import { databasesOf, formerDatabasesOf, unusedDatabases } from "../topology/table-databases.ts";

/** Clock and log that a process provides to its store. */
interface Outside {
  readonly clock: Clock;
  readonly log: Logger;
}

type Configured = Pick<ResolvedTopology, "data" | "protocol">;

/**
 * Opens the tables of a process with nodes. The embedded store opens its file at the first use of a table. Configured servers
 * are connected at once, so that an unreachable server prevents the start. Without tables in the schema no store is opened.
 * Throws the errors of {@link openCached}.
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

/** Makes the tables of a process without nodes: every use throws FAILED_PRECONDITION. */
export function noTables({ clock }: Outside): Tables {
  return new Tables(() => {
    throw fail("FAILED_PRECONDITION", "a process without nodes has no tables");
  }, clock);
}

/** Closes the tables, and logs how many changes the database does not have yet. */
export async function closeTables(tables: Tables, graceMs: number, log: Logger): Promise<void> {
  const { remaining, elsewhere = 0, owners = [], isUnknown = false } = await tables.close({ graceMs });
  if (elsewhere > 0) {
    log.info(
      { remaining: elsewhere, owners },
      "unflushed changes remain in shards of other processes, which flush them",
    );
  }
  if (remaining > elsewhere)
    log.warn(
      { remaining: remaining - elsewhere },
      "table store closed; unflushed changes remain in its journal",
    );
  if (isUnknown) log.warn({}, "number of unflushed changes unknown: Redis does not answer");
}

/** Opens the embedded store, which keeps tables in a SQLite file. */
export function openEmbedded(data: ResolvedEmbedded, { clock, log }: Outside): TableStore {
  log.info({ file: data.file }, "tables use the embedded store");
  return new EmbeddedStore({ file: data.file, synchronous: data.synchronous, clock, log });
}

/**
 * Connects to Redis and to the MySQL databases of these tables. Throws FAILED_PRECONDITION for a server that is not configured,
 * UNAVAILABLE for an unreachable server.
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
      outside.log.warn({ database }, "configured database has no tables");
    }
  }
  // The drivers of MySQL and Redis are loaded only where they are configured.
  const { openDatabases } = await import("../../tables/databases/open-databases.ts");
  if (!isLooking) return openDatabases(options);
  const looked = [...options.databases].map(
    ([name, one]) => [name, { ...one, createTables: false }] as const,
  );
  // An inspection shows an unsafe eviction policy of Redis instead of rejecting it.
  const looking = { writer: false, allowEviction: true };
  return openDatabases({ ...options, ...looking, databases: new Map(looked) });
}

/** Inspects the configured servers, also when some do not answer. Throws FAILED_PRECONDITION for a missing configuration. */
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
      `${because} selects MySQL and Redis for tables, but no Redis is configured; set REDIS_URL or data.redis.url`,
    );
  }
  const formerDatabases = formerDatabasesOf(data, tables);
  return { ...options, clock, log, redisUrl, tables, databases, formerDatabases };
}

/** Purpose of an opened store. */
export interface CachedUse {
  /** Inspection only: the store flushes nothing to MySQL, and creates no tables. Default false. */
  readonly isLooking?: boolean;
}
