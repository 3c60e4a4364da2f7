import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { expect, onTestFinished, test } from "vitest";
import { silentLogger } from "../../../../runtime/log/logger.ts";
import { fillRows, openFill } from "../../../../runtime/tables/lua/generated/lua-scripts.ts";
import { RedisClient } from "../../../../runtime/tables/redis/redis-client.ts";
import { KeyNames } from "../../../../runtime/tables/redis-mysql/key-names.ts";
import type { TableStore } from "../../../../runtime/tables/table-store.ts";
import { isPhotinusError } from "../../../../schema/errors.ts";
import { heroTable, vaultTable } from "../../../conformance/tables/fixtures/server/tables.tables.ts";
import { openStore } from "../../../conformance/tables/place.ts";
import { type EvictionPolicy, FullRedis } from "../../../setup/servers/full-redis.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { startRedis } from "../../../setup/servers/redis.ts";

/** Two stores on a Redis that is full of clean rows. */
async function world(policy: EvictionPolicy) {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const server = stack.use(await openMySql());
  const database = await server.createDatabase();
  stack.defer(() => database.drop());
  const redis = stack.use(await FullRedis.start(policy));
  await redis.fill();
  const client = new Redis(redis.url);
  stack.defer(() => client.disconnect());
  const connection = await mysql.createConnection({ uri: database.url, rowsAsArray: true });
  stack.defer(() => connection.destroy());
  const options = { leaseMs: 30_000 };
  const spec = { kind: "cached", mysqlUrl: database.url, redisUrl: redis.url, prefix: "p", options } as const;
  const open = async () => {
    const store = await openStore(spec);
    stack.defer(() => store.close().then(() => undefined));
    return store;
  };
  return { redis, client, connection, stores: [await open(), await open()] as const };
}

const slow = { timeout: 120_000 };
const nameCount = 1_500;
const laneCount = 32;
/** How long a key would have to be evicted, if it could be, milliseconds. */
const pressureMs = 2_000;

test.each(["volatile-ttl", "volatile-random"] as const)(
  "two stores that create the same names in a Redis full of clean rows never both succeed (%s)",
  slow,
  async (policy) => {
    const { redis, stores } = await world(policy);
    const evicted = await redis.evictedKeys();
    const takers = new Map<string, number>();
    await Promise.all(
      stores.flatMap((store) =>
        Array.from({ length: laneCount }, async (_, lane) => {
          for (let at = lane; at < nameCount; at += laneCount) {
            const name = `name ${at}`;
            if (await create(store, name)) takers.set(name, (takers.get(name) ?? 0) + 1);
          }
        }),
      ),
    );
    const journal = async () => (await stores[0].status()).journalLength;
    await expect.poll(journal, { timeout: 60_000 }).toBe(0);
    expect((await stores[0].status()).deadLetters).toBe(0);
    expect([...takers].filter(([, count]) => count > 1)).toEqual([]);
    expect(takers.size).toBe(nameCount);
    expect(await redis.evictedKeys()).toBeGreaterThan(evicted);
  },
);

test("a shard's journal keeps its owner in a Redis full of clean rows", slow, async () => {
  const { redis, client } = await world("volatile-ttl");
  const leases = Array.from({ length: 16 }, (_, shard) => new KeyNames("p", 16).lease(shard));
  // Each without its end, which moves.
  const owners = async () => (await client.mget(leases)).map((text) => text?.split("@")[0]);
  await expect.poll(async () => (await owners()).includes(undefined), { timeout: 60_000 }).toBe(false);
  const before = await owners();
  const evicted = await redis.evictedKeys();
  await sleep(pressureMs);
  expect(await owners()).toEqual(before);
  expect(await redis.evictedKeys()).toBeGreaterThan(evicted);
});

test(
  "a row stays out of a cache full of clean rows while a write-through of it is under way",
  slow,
  async () => {
    const { redis, client, connection, stores } = await world("volatile-ttl");
    const [writer, reader] = stores;
    const keys = Array.from({ length: 100 }, (_, at) => [`owner ${at}`]);
    const names = new KeyNames("p", 16);
    await Promise.all(keys.map(([owner]) => writer.create(vaultTable, [owner!, 1n, 0n])));
    await connection.query("START TRANSACTION");
    await connection.query("SELECT * FROM vault FOR UPDATE");
    const writes = keys.map((key) => writer.write(vaultTable, key, [{ column: 1, value: 2n }]));
    const evicted = await redis.evictedKeys();
    const cached: string[] = [];
    for (const end = performance.now() + pressureMs; performance.now() < end; ) {
      await reader.read(vaultTable, keys);
      const rows = keys.map((key) => names.place(vaultTable, key).row);
      const isCached = await Promise.all(rows.map((row) => client.hexists(row, "v")));
      cached.push(...rows.filter((_, at) => isCached[at] === 1));
    }
    await connection.query("ROLLBACK");
    await Promise.all(writes);
    expect(new Set(cached)).toEqual(new Set());
    expect(await redis.evictedKeys()).toBeGreaterThan(evicted);
    const rows = await reader.read(vaultTable, keys);
    expect(new Set(rows.map((row) => row!.values[1]))).toEqual(new Set([2n]));
  },
);

test("a row is read again when the token that it was to be filled in with was evicted", async () => {
  await using redis = await startRedis();
  const link = await RedisClient.open(redis.url, silentLogger);
  const { row } = new KeyNames("p", 16).place(heroTable, [1n]);
  const openWith = async (token: string) =>
    String(((await link.run(openFill, [row], [token, 20_000])) as Buffer[])[0]);
  const fillWith = (token: string, version: string) =>
    link.run(fillRows, [row], ["0", token, "60000", "2", version, "1", "1"]);
  const evicted = await openWith("first");
  await link.command("del", row);
  expect(await fillWith(evicted, "7")).toEqual([0]);
  const later = await openWith("second");
  expect(await fillWith(evicted, "7")).toEqual([0]);
  expect(await fillWith(later, "8")).toEqual([1]);
  expect(await link.command("hget", row, "v")).toEqual(Buffer.from("8"));
  link.close();
});

/** Whether this row got the name. */
async function create(store: TableStore, name: string): Promise<boolean> {
  try {
    await store.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name })));
    return true;
  } catch (error) {
    if (isPhotinusError(error) && error.code === "ALREADY_EXISTS") return false;
    throw error;
  }
}
