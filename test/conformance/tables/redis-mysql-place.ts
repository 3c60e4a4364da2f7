import { afterAll } from "vitest";
import { openMySql } from "../../setup/servers/mariadb.ts";
import type { Place } from "./place.ts";
import type { MakePlace } from "./suite/world.ts";

/**
 * Places on one MySQL and one Redis, which run while the tests of a file do: a database and a prefix for each.
 *
 * @param options whether the store is one of several databases, as in a process; else it stands by itself
 */
export function cachedPlaces(
  openRedis: () => Promise<AsyncDisposable & { readonly url: string }>,
  { isOneOfSeveral = false } = {},
): MakePlace {
  let servers:
    | Promise<{ mysql: Awaited<ReturnType<typeof openMySql>>; redis: Awaited<ReturnType<typeof openRedis>> }>
    | undefined;
  let places = 0;
  afterAll(async () => {
    const opened = await servers?.catch(() => undefined);
    await opened?.mysql[Symbol.asyncDispose]();
    await opened?.redis[Symbol.asyncDispose]();
  });
  return async (): Promise<Place> => {
    servers ??= (async () => ({ mysql: await openMySql(), redis: await openRedis() }))();
    const { mysql, redis } = await servers;
    const database = await mysql.createDatabase();
    places++;
    return {
      spec: {
        kind: "cached",
        mysqlUrl: database.url,
        redisUrl: redis.url,
        isOneOfSeveral,
        prefix: `t${process.pid}-${Date.now().toString(36)}-${places}`,
      },
      dispose: () => database.drop(),
    };
  };
}
