import { describe } from "vitest";
import { startRedisCluster } from "../../setup/servers/redis.ts";
import { cachedPlaces } from "./redis-mysql-place.ts";
import { tableConformance } from "./suite/index.ts";

describe("Redis Cluster before MySQL", () =>
  tableConformance(
    cachedPlaces(async () => {
      const cluster = await startRedisCluster();
      return { url: cluster.urls.join(","), [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
    }),
  ));
