import { fail, isPhotinusError } from "../../../schema/errors.ts";
import type { Logger } from "../../log/logger.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { type Given, object, type RulesOf, required, withDefault } from "../../options/option-rules.ts";
import { having, mapOf } from "../../options/rule-kinds.ts";
import { RedisClient } from "../redis/redis-client.ts";
import { CachedStore } from "../redis-mysql/cached-store.ts";
import { type CachedStoreOptions, ownOptions, sharedOptions } from "../redis-mysql/cached-store-options.ts";
import { type Place, refuseMoved } from "../redis-mysql/renamed-tables-check.ts";
import { DatabaseStores } from "./database-stores.ts";

/** One MySQL database, with the options of its own. */
export type CachedDatabase = Pick<
  CachedStoreOptions,
  "mysqlUrl" | "replicaUrls" | "connections" | "timeoutMs" | "createTables"
>;

/** Options of {@link openDatabases}: those of a cached store, without those that each database has for itself. */
export interface CachedDatabasesOptions extends Omit<CachedStoreOptions, keyof CachedDatabase> {
  /** Databases by the names that tables use. */
  readonly databases: ReadonlyMap<string, CachedDatabase>;
  /** Further databases by name, which an earlier schema used and which may still have rows of tables. Default: none. */
  readonly formerDatabases?: ReadonlyMap<string, Place>;
}

/** Rule that checks {@link CachedDatabasesOptions} and fills in defaults. */
export const cachedDatabasesRule = object({
  ...sharedOptions,
  databases: required(mapOf(object(ownOptions satisfies RulesOf<CachedDatabase>), "databases")),
  formerDatabases: withDefault(mapOf(having<Place>("a database", "mysqlUrl"), "databases"), new Map()),
} satisfies RulesOf<CachedDatabasesOptions>);

/** {@link CachedDatabasesOptions} with all defaults filled in. */
export type ResolvedDatabases = Given<typeof cachedDatabasesRule>;

/**
 * Opens a cached store for each database, over one connection to Redis. Each store has its own keys, "p:..." for the
 * database "main" and "p.shop:..." for the database "shop", and so its own journal, owners and positions. Throws the errors
 * of {@link CachedStore.open}, with the database's name.
 */
export async function openDatabases(options: CachedDatabasesOptions): Promise<DatabaseStores> {
  const resolved = resolveOptions("openDatabases", cachedDatabasesRule, options);
  const { databases, formerDatabases, prefix, tables, log, ...shared } = resolved;
  if (shared.writer) {
    const places = new Map<string, Place>([...formerDatabases, ...databases]);
    await refuseMoved(tables, places, { clock: shared.clock, log });
  }
  const redis = await RedisClient.open(shared.redisUrl, log, shared);
  const opening = [...databases].map(async ([name, database]): Promise<[string, CachedStore]> => {
    const own = {
      ...shared,
      ...database,
      prefix: prefixOf(prefix, name),
      tables: tables.filter((table) => table.database === name),
      log: loggerOf(log, name),
    };
    try {
      return [name, await CachedStore.open(own, redis)];
    } catch (error) {
      if (name === "main" || !isPhotinusError(error)) throw error;
      throw fail(error.code, `database "${name}": ${error.reason}`, { cause: error });
    }
  });
  const results = await Promise.allSettled(opening);
  const opened = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = results.find((result) => result.status === "rejected");
  if (failed === undefined) return new DatabaseStores(new Map(opened), () => redis.close());
  await Promise.all(opened.map(([, store]) => store.close({ graceMs: 0 })));
  redis.close();
  throw failed.reason;
}

/** Key prefix of a database in Redis. */
export function prefixOf(prefix: string, database: string): string {
  return database === "main" ? prefix : `${prefix}.${database}`;
}

function loggerOf(log: Logger, database: string): Logger {
  return database === "main" ? log : log.child({ database });
}
