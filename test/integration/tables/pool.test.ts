import { expect, test } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Database } from "../../../runtime/tables/mysql/mysql-database.ts";
import { troubleOf } from "../../../runtime/tables/mysql/mysql-error.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import { heroTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { openMySql, run, startMariaDb } from "../../setup/servers/mariadb.ts";
import { startRedis } from "../../setup/servers/redis.ts";

test("a statement that no connection becomes free for fails in time, and the connection is there for the next", async () => {
  await using server = await openMySql();
  const { url, drop } = await server.createDatabase();
  const database = await Database.open({
    ...{ url, connections: 1, timeoutMs: 15_000, waitMs: 200 },
    ...{ clock: systemClock, log: silentLogger },
  });
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const holder = database.transaction(async () => {
    begun.resolve();
    await end.promise;
  });
  await begun.promise;
  const tries = await Promise.allSettled(Array.from({ length: 3 }, () => database.rows("SELECT 1", [])));
  const reasons = tries.map((one) => (one.status === "rejected" ? one.reason : undefined));
  expect(reasons.map(String)).toEqual(
    Array(3).fill("Error: no pooled connection to MySQL was free for 200 ms"),
  );
  expect(reasons.map(troubleOf)).toEqual(["away", "away", "away"]);
  end.resolve();
  await holder;
  expect(await database.rows("SELECT 'free'", [])).toEqual([["free"]]);
  await database.close();
  await drop();
});

test("a connection closes prepared statements that it has not used for long", async () => {
  await using server = await startMariaDb();
  const { url } = await server.createDatabase();
  const database = await Database.open({
    ...{ url, connections: 1, timeoutMs: 15_000 },
    ...{ clock: systemClock, log: silentLogger },
  });
  const kept = async () => {
    const [row] = await run(url, "SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'");
    return Number(row!["Value"]);
  };
  for (let at = 0; at < 400; at++) expect(await database.rows(`SELECT ${at}`, [])).toEqual([[at]]);
  expect(await database.rows("SELECT 1", [])).toEqual([[1]]);
  await expect.poll(kept).toBeLessThanOrEqual(128);
  expect(await kept()).toBeGreaterThan(100);
  await database.close();
  await expect.poll(kept).toBe(0);
});

test("rows whose numbers their callers choose are created all at once", async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const { url, drop } = await server.createDatabase();
  const store = await CachedStore.open({
    mysqlUrl: url,
    redisUrl: redis.url,
    tables: [heroTable],
    writer: false,
  });
  const ids = Array.from({ length: 300 }, (_, at) => BigInt(at + 1));
  const create = (id: bigint) =>
    store.create(heroTable, heroTable.valuesOf(heroTable.newRow({ id, name: `hero ${id}` })));
  const created = await Promise.allSettled(ids.map(create));
  expect(created.filter(({ status }) => status === "rejected")).toEqual([]);
  await store.close();
  await drop();
});
