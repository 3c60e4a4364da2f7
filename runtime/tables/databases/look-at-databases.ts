import { isPhotinusError } from "../../../schema/errors.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { Database } from "../mysql/mysql-database.ts";
import { databaseError } from "../mysql/mysql-error.ts";
import { RedisClient } from "../redis/redis-client.ts";
import { resolveCached } from "../redis-mysql/cached-store-options.ts";
import { statusOf } from "../redis-mysql/cached-store-status.ts";
import { KeyNames } from "../redis-mysql/key-names.ts";
import { checkShards } from "../redis-mysql/store-setup.ts";
import type { StoreStatus } from "../table-store.ts";
import { joinedStatus } from "./joined-status.ts";
import {
  type CachedDatabasesOptions,
  cachedDatabasesRule,
  prefixOf,
  type ResolvedDatabases,
} from "./open-databases.ts";

/** Server that did not answer, or refused to. */
export interface SilentServer {
  readonly server: "MySQL" | "Redis";
  /** Name of the MySQL database; undefined for Redis. */
  readonly database?: string;
  /** Error message of the connection or the server. */
  readonly reason: string;
  /** Whether the server answered with a refusal, for example of the user; false when it did not answer. */
  readonly hasAnswered: boolean;
}

/** Status from the servers that answered. */
export interface Look {
  /** Status of the stores; undefined when Redis is silent, because only Redis has all figures. */
  readonly status: StoreStatus | undefined;
  /** Servers without an answer. */
  readonly silent: readonly SilentServer[];
  /** Estimated rows of each existing table in MySQL: by database, then table. Filled only when Redis is silent. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/**
 * Reads the status from Redis and from each MySQL database separately, so that an unreachable server hides only its own
 * figures. Takes no lease and changes nothing. Throws INVALID_ARGUMENT for a wrong option, and FAILED_PRECONDITION when the
 * number of shards differs.
 */
export async function lookAtDatabases(options: CachedDatabasesOptions): Promise<Look> {
  const resolved = resolveOptions("lookAtDatabases", cachedDatabasesRule, options);
  const silent: SilentServer[] = [];
  const [status, ...rows] = await Promise.all([
    redisStatus(resolved, silent),
    ...[...resolved.databases.keys()].map((name) => mysqlRows(resolved, name, silent)),
  ]);
  // Sorted, because the servers fail in any order.
  silent.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  return { status, silent, rows: new Map(status === undefined ? rows : []) };
}

function placeOf({ server, database = "" }: SilentServer): string {
  return `${server} ${database}`;
}

async function redisStatus(
  { databases, formerDatabases: _former, prefix, tables, ...shared }: ResolvedDatabases,
  silent: SilentServer[],
): Promise<StoreStatus | undefined> {
  let redis: RedisClient | undefined;
  try {
    const link = await openRedis(shared, silent);
    if (link === undefined) return undefined;
    redis = link;
    const looks = [...databases].map(async ([name, { mysqlUrl }]) => {
      const own = { ...shared, mysqlUrl, prefix: prefixOf(prefix, name) };
      const resolved = resolveCached(own);
      const names = new KeyNames(resolved.prefix, resolved.shards);
      await checkShards(link, names);
      const all = tables.filter((table) => table.database === name);
      return [name, await statusOf({ redis: link, names, options: resolved, tables: { all } })] as const;
    });
    return joinedStatus(await Promise.all(looks));
  } catch (error) {
    if (!isPhotinusError(error) || error.code !== "UNAVAILABLE") throw error;
    silent.push({ server: "Redis", reason: error.reason, hasAnswered: false });
    return undefined;
  } finally {
    redis?.close();
  }
}

/** Connects to Redis; undefined when Redis rejects the user. */
async function openRedis(
  shared: Pick<ResolvedDatabases, "redisUrl" | "log" | "silenceMs" | "reconnectWaitMs" | "clock">,
  silent: SilentServer[],
): Promise<RedisClient | undefined> {
  try {
    return await RedisClient.open(shared.redisUrl, shared.log, shared);
  } catch (error) {
    if (!isPhotinusError(error) || error.code !== "FAILED_PRECONDITION") throw error;
    silent.push({ server: "Redis", reason: error.reason, hasAnswered: true });
    return undefined;
  }
}

async function mysqlRows(
  { databases, clock, log }: ResolvedDatabases,
  name: string,
  silent: SilentServer[],
): Promise<[string, ReadonlyMap<string, number>]> {
  const { mysqlUrl, timeoutMs } = databases.get(name)!;
  const until = clock.now() + timeoutMs;
  let database: Database | undefined;
  try {
    database = await Database.open({ url: mysqlUrl, connections: 1, timeoutMs, clock, log }, until);
    const rows = await database.rows(rowCounts, [], until);
    return [name, new Map(rows.map(([table, count]) => [String(table), Number(count)]))];
  } catch (error) {
    if (isPhotinusError(error) && error.code === "INVALID_ARGUMENT") throw error;
    const told = databaseError(error);
    const reason = isPhotinusError(error) ? error.reason : (error as Error).message;
    silent.push({ server: "MySQL", database: name, reason, hasAnswered: told.code !== "UNAVAILABLE" });
    return [name, new Map()];
  } finally {
    await database?.close();
  }
}

const rowCounts =
  "SELECT `TABLE_NAME`, `TABLE_ROWS` FROM `information_schema`.`TABLES` WHERE `TABLE_SCHEMA` = DATABASE()";
