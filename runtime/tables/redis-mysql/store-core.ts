import type { Database } from "../mysql/mysql-database.ts";
import type { RedisClient } from "../redis/redis-client.ts";
import type { ResolvedOptions } from "./cached-store-options.ts";
import type { KeyNames } from "./key-names.ts";
import type { SqlTables } from "./rows/sql-tables.ts";

/** State that the parts of one cached store share. */
export interface StoreCore {
  readonly options: ResolvedOptions;
  readonly redis: RedisClient;
  readonly database: Database;
  readonly tables: SqlTables;
  readonly names: KeyNames;
}
