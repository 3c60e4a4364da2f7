import { afterAll, beforeAll, describe, test } from "vitest";
import { type MariaDb, startMariaDb } from "../../setup/servers/mariadb.ts";
import { type RedisServer, startRedis } from "../../setup/servers/redis.ts";
import { crashRound } from "./round.ts";

/** `CRASH_ROUNDS=10 CRASH_MS=30000` is the long form; the short one fits a run of all tests. */
const rounds = Number(process.env["CRASH_ROUNDS"] || 2);
const roundMs = Number(process.env["CRASH_MS"] || 5_000);
const firstSeed = Number(process.env["CRASH_SEED"] || 1);

describe("kill -9 of writers, of the journal's owner, of MariaDB and of Redis, in turn", () => {
  let maria: MariaDb;
  let redis: RedisServer;
  beforeAll(async () => {
    maria = await startMariaDb();
    redis = await startRedis({ appendFsync: "always" });
  });
  afterAll(async () => {
    await maria?.[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
  });

  for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
    test(
      `nothing that was acknowledged is lost or out of order (seed ${seed})`,
      {
        timeout: roundMs + 120_000,
      },
      () => crashRound(maria, redis, { seed, workers: 4, rows: 1_000, calmMs: roundMs / 5 }),
    );
  }
});
