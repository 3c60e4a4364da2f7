import { describe } from "vitest";
import { openRedis } from "../../setup/servers/redis.ts";
import { cachedPlaces } from "./redis-mysql-place.ts";
import { tableConformance } from "./suite/index.ts";

describe("Redis before MySQL", () => tableConformance(cachedPlaces(openRedis, { isOneOfSeveral: true })));
