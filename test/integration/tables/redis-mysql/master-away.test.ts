import { expect, test } from "vitest";
import { CachedStore } from "../../../../runtime/tables/redis-mysql/cached-store.ts";
import { heroes } from "../../../setup/schema-tables.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { startRedisCluster } from "../../../setup/servers/redis.ts";

test("a master of a cluster dies and comes back: its rows are UNAVAILABLE meanwhile, and then are served again", {
  timeout: 120_000,
}, async () => {
  await using server = await openMySql();
  await using cluster = await startRedisCluster();
  const hero = await heroes();
  const database = await server.createDatabase();
  const urls = { mysqlUrl: database.url, redisUrl: cluster.urls.join(",") };
  const store = await CachedStore.open({ ...urls, tables: [hero] });
  const ids = Array.from({ length: 60 }, (_, at) => BigInt(at + 1));
  await Promise.all(ids.map((id) => store.create(hero, [id, id])));
  const isWritten = async () => (await store.status()).journalLength === 0;
  await expect.poll(isWritten, { timeout: 30_000 }).toBe(true);
  const earn = () =>
    Promise.allSettled(ids.map((id) => store.increment(hero, [id], { column: 1, delta: 1n })));

  await cluster.programs[1]!.kill();
  const failures = (await earn()).flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  expect(failures.length).toBeGreaterThan(0);
  expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(["UNAVAILABLE"]));
  await cluster.programs[1]!.start();
  const isServed = async () => (await earn()).every(({ status }) => status === "fulfilled");
  await expect.poll(isServed, { timeout: 60_000, interval: 200 }).toBe(true);
  await expect.poll(() => isWritten().catch(() => false), { timeout: 60_000 }).toBe(true);
  const rows = await store.read(
    hero,
    ids.map((id) => [id]),
  );
  expect(rows.every((row) => row !== undefined && Number(row.values[1]) > Number(row.values[0]))).toBe(true);
  await store.close();
  await database.drop();
});
