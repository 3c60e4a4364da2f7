import { expect, test } from "vitest";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import { heroTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { generator } from "../../setup/generator.ts";
import { openMySql } from "../../setup/servers/mariadb.ts";
import { startRedis } from "../../setup/servers/redis.ts";

const least = -(2n ** 63n);
const most = 2n ** 63n - 1n;
const gold = heroTable.columns.findIndex(({ property }) => property === "gold");
const lanes = 40;
const rounds = 50;

test("sums of 64-bit numbers of every size are exact, or out of range", async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const { url } = await server.createDatabase();
  const store = await CachedStore.open({ mysqlUrl: url, redisUrl: redis.url, tables: [heroTable] });
  let refused = 0;
  const lane = async (_: unknown, seed: number) => {
    const random = generator(seed + 1);
    const number = () => {
      // Often the largest, so that some sums are not held.
      const bits = Math.min(63, Math.floor(random() * 90));
      let size = 0n;
      for (let at = 0; at < 3; at++) size = (size << 22n) | BigInt(Math.floor(random() * 2 ** 22));
      const value = size & ((1n << BigInt(bits)) - 1n);
      return random() < 0.5 ? value : -value;
    };
    const row = heroTable.newRow({ name: `lane ${seed}` });
    const { values } = await store.create(heroTable, heroTable.valuesOf(row));
    const key = [values[0]!];
    for (let round = 0; round < rounds; round++) {
      const from = number();
      const delta = number();
      await store.write(heroTable, key, [{ column: gold, value: from }]);
      const sum = from + delta;
      const result = await store
        .increment(heroTable, key, { column: gold, delta })
        .catch((error) => error.code);
      const isHeld = sum >= least && sum <= most;
      if (!isHeld) refused++;
      expect(result, `${from} + ${delta}`).toBe(isHeld ? sum : "OUT_OF_RANGE");
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  expect(refused).toBeGreaterThan(0);
  await store.close();
});
