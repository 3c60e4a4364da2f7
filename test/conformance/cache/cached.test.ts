import { describe } from "vitest";
import { openRedis } from "../../setup/servers/redis.ts";
import { cachedPlaces } from "./cached-place.ts";
import { tableConformance } from "./suite/index.ts";

describe("Redis before MySQL", () => tableConformance(cachedPlaces(openRedis, { isOneOfSeveral: true })));
