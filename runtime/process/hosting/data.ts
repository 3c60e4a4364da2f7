import { fail } from "../../../schema/errors.ts";
import type { CachedStoreOptions } from "../../cache/cached/options.ts";
import type { CachedStore } from "../../cache/cached/store.ts";
import type { TableLayout } from "../../cache/descriptor.ts";
import { EmbeddedStore } from "../../cache/embedded/store.ts";
import type { TableStore } from "../../cache/store.ts";
import { Tables } from "../../cache/tables.ts";
import type { Clock } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import type { ResolvedData } from "../topology/data.ts";
import type { ResolvedTopology } from "../topology/resolved.ts";

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
  if (data.kind === "embedded") return new Tables(() => openEmbedded(data, outside), outside.clock);
  const tables = (await protocol.tables?.()) ?? [];
  if (tables.length === 0) {
    return new Tables(() => {
      throw fail("FAILED_PRECONDITION", "the topology's protocol has no tables; run photinus codegen");
    }, outside.clock);
  }
  const store = await openCached(data, tables, outside);
  return new Tables(() => store, outside.clock, store);
}

/** The tables of a process without nodes. */
export function noTables({ clock }: Outside): Tables {
  return new Tables(() => {
    throw fail("FAILED_PRECONDITION", "a process without nodes has no tables");
  }, clock);
}

/** Closes the tables, and says what did not get to the database. */
export async function closeTables(tables: Tables, graceMs: number, log: Logger): Promise<void> {
  const { remaining } = await tables.close({ graceMs });
  if (remaining > 0) log.warn({ remaining }, "changes that the database does not have yet remain");
}

/** Opens the store in a file. */
export function openEmbedded(
  data: Extract<ResolvedData, { kind: "embedded" }>,
  { clock, log }: Outside,
): TableStore {
  log.info({ file: data.file }, "tables live in the embedded store");
  return new EmbeddedStore({ file: data.file, synchronous: data.synchronous, clock, log });
}

/**
 * Connects to MySQL and Redis. Throws FAILED_PRECONDITION when one of them is not configured, UNAVAILABLE when one cannot be
 * reached.
 */
export async function openCached(
  { because, mysqlUrl, redisUrl, allowEviction }: Extract<ResolvedData, { kind: "cached" }>,
  tables: readonly TableLayout[],
  outside: Outside,
  options: Partial<CachedStoreOptions> = {},
): Promise<CachedStore> {
  const isMissing = mysqlUrl === undefined ? "MySQL" : redisUrl === undefined ? "Redis" : undefined;
  if (mysqlUrl === undefined || redisUrl === undefined) {
    throw fail(
      "FAILED_PRECONDITION",
      `${because} asks for tables in MySQL and Redis, but no ${isMissing} is configured: set ${isMissing === "Redis" ? "REDIS_URL" : "MYSQL_URL"} or data.${isMissing?.toLowerCase()}.url`,
    );
  }
  const other = tables.find(({ database }) => database !== "main");
  if (other !== undefined) {
    throw fail(
      "FAILED_PRECONDITION",
      `the table ${other.name} is in the database "${other.database}"; only "main" is configured`,
    );
  }
  // Without MySQL and Redis nothing of their drivers is loaded.
  const { CachedStore } = await import("../../cache/cached/store.ts");
  const { clock, log } = outside;
  return CachedStore.open({ allowEviction, ...options, clock, log, mysqlUrl, redisUrl, tables });
}
