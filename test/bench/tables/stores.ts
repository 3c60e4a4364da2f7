import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import type { CachedStoreOptions } from "../../../runtime/tables/redis-mysql/cached-store-options.ts";
import { protocol } from "./fixtures/server/index.ts";

/** Where the servers of a run are. */
export interface Places {
  readonly mysqlUrl: string;
  readonly redisUrl: string;
}

/** Defaults of a store. */
export const shards = 16;

/** A cached store whose journal may grow as long as a run takes. */
export async function openCached(
  { mysqlUrl, redisUrl }: Places,
  options: Partial<CachedStoreOptions> = {},
): Promise<CachedStore> {
  const tables = await protocol.tables!();
  return CachedStore.open({ tables, backlogCount: 50_000_000, ...options, mysqlUrl, redisUrl });
}
