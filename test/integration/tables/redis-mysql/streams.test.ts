import { expect, onTestFinished, test } from "vitest";
import { SystemClock } from "../../../../runtime/clock/clock.ts";
import { silentLogger } from "../../../../runtime/log/logger.ts";
import { TableHandle } from "../../../../runtime/tables/handle/table-handle.ts";
import { RedisClient } from "../../../../runtime/tables/redis/redis-client.ts";
import { CachedStore } from "../../../../runtime/tables/redis-mysql/cached-store.ts";
import { starTable } from "../../../conformance/tables/fixtures/server/tables.tables.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { startRedis } from "../../../setup/servers/redis.ts";

/** The machine's clock, which a test puts forward. */
class LateClock extends SystemClock {
  lateMs = 0;

  override now(): number {
    return super.now() + this.lateMs;
  }
}

/**
 * A store whose journal is brought to MySQL only when a test opens another store.
 * @param missMs for how long the cache knows of a row that is gone; a stream whose page takes half of that reads again
 */
async function world(missMs = 50) {
  const server = await openMySql();
  const redis = await startRedis();
  const database = await server.createDatabase();
  const link = await RedisClient.open(redis.url, silentLogger);
  const options = { mysqlUrl: database.url, redisUrl: redis.url, tables: [starTable], shards: 4, missMs };
  const clock = new LateClock();
  const store = await CachedStore.open({ ...options, writer: false, clock }, link);
  onTestFinished(async () => {
    await store.close();
    link.close();
    await database.drop();
    await redis[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  /** Brings all to MySQL. */
  const write = async () => {
    const writer = await CachedStore.open(options);
    await expect.poll(async () => (await writer.status()).journalLength, { timeout: 30_000 }).toBe(0);
    await writer.close();
  };
  let reads = 0;
  const hashes = link.hashes.bind(link);
  link.hashes = (keys, map) => {
    reads += keys.filter((key) => key.includes(":i:star:*")).length;
    return hashes(keys, map);
  };
  const stars = new TableHandle(starTable, store);
  const create = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, at) => stars.create({ id: BigInt(1 + at), cluster: 1n })));
  return { stars, store, clock, link, create, write, reads: () => reads };
}

const rowCount = 600;
const idsOf = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => BigInt(from + at));

test("a stream reads what MySQL does not know once for as many rows as that is, not for each page", async () => {
  // No page is late on a slow machine either.
  const { stars, create, reads } = await world(600_000);
  await create(rowCount);
  const found: bigint[] = [];
  for await (const { id } of stars.stream({ pageCount: 10 })) found.push(id);
  expect(found).toEqual(idsOf(1, rowCount));
  // Rows of four shards, for some sixty pages.
  expect(reads()).toBeLessThanOrEqual(3 * 4);
});

test("a stream gives each row once that is there all the time, whatever reaches MySQL meanwhile", async () => {
  const { stars, create, write } = await world();
  await create(rowCount);
  const found: bigint[] = [];
  for await (const { id } of stars.stream({ pageCount: 50 })) {
    found.push(id);
    if (id === 100n) await write();
    if (id === 200n) for (const gone of idsOf(301, 320)) await stars.delete(gone);
    if (id === 250n) await write();
    if (id === 400n) await stars.create({ id: 10_000n, cluster: 2n });
  }
  expect(found.filter((id) => id <= BigInt(rowCount))).toEqual([...idsOf(1, 300), ...idsOf(321, rowCount)]);
});

test("a row that was removed does not come back in a stream that stands still while its page is read", async () => {
  const { stars, clock, link, create, write } = await world();
  await create(rowCount);
  await write();
  // Much that MySQL does not know, so that it is kept for many pages.
  await Promise.all(idsOf(1, rowCount - 1).map((id) => stars.delete(id)));
  const stream = stars.stream({ pageCount: 10 });
  await Promise.all(idsOf(1, 40).map((id) => stars.create({ id, cluster: 3n })));
  expect((await stream.next()).value).toMatchObject({ id: 1n });
  await stars.delete(BigInt(rowCount));
  const hashes = link.hashes.bind(link);
  link.hashes = async (keys, map) => {
    // The page of MySQL's that has the row is there: now time goes by.
    if (keys.some((key) => String(key).endsWith(`:r:star:${rowCount}`))) {
      link.hashes = hashes;
      await write();
      const forgotten = async () => (await link.keys(`p:{s*}:r:star:${rowCount}`).next()).done === true;
      await expect.poll(forgotten, { timeout: 30_000 }).toBe(true);
      clock.lateMs += 1_000;
    }
    return hashes(keys, map);
  };
  const rest: bigint[] = [];
  for await (const { id } of stream) rest.push(id);
  expect(rest).toEqual(idsOf(2, 40));
});

test("a row that reaches MySQL while its page is read, and leaves the cache, is in the stream", async () => {
  const { stars, link, create, write } = await world();
  await create(10);
  const hashes = link.hashes.bind(link);
  link.hashes = async (keys, map) => {
    // What MySQL has of the page is read: now it gets the rows, and Redis drops them to make room.
    if (keys.some((key) => String(key).includes(":r:star:"))) {
      link.hashes = hashes;
      await write();
      for await (const rows of link.keys("p:{s*}:r:star:*"))
        for (const row of rows) await link.command("del", row);
    }
    return hashes(keys, map);
  };
  const found: bigint[] = [];
  for await (const { id } of stars.stream()) found.push(id);
  expect(found).toEqual(idsOf(1, 10));
});
