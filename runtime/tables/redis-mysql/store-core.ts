import type { Database } from "../mysql/mysql-database.ts";
import type { RedisClient } from "../redis/redis-client.ts";
import type { ResolvedOptions } from "./cached-store-options.ts";
import type { KeyNames } from "./key-names.ts";
import type { SqlTables } from "./rows/sql-tables.ts";

/** State that the parts of one cached store share. */
export interface StoreCore {
  /** Options of the cached store, with all defaults filled in. */
  readonly options: ResolvedOptions;
  /** Connection to Redis, which several stores may share. */
  readonly redis: RedisClient;
  /** Connections to the primary of MySQL. */
  readonly database: Database;
  /** Known tables, with their statements in MySQL. */
  readonly tables: SqlTables;
  /** Names of the store's keys in Redis. */
  readonly names: KeyNames;
}
