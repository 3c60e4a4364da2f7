import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { silentLogger } from "../../../../runtime/log/logger.ts";
import { RedisClient } from "../../../../runtime/tables/redis/redis-client.ts";
import { CachedStore } from "../../../../runtime/tables/redis-mysql/cached-store.ts";
import type { CachedStoreOptions } from "../../../../runtime/tables/redis-mysql/cached-store-options.ts";
import { KeyNames } from "../../../../runtime/tables/redis-mysql/key-names.ts";
import { tablesOfSchema } from "../../../setup/schema-tables.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { startRedis, startRedisCluster } from "../../../setup/servers/redis.ts";

const [hero] = await tablesOfSchema(`message Hero {
  option (photinus.table) = { name: "hero" };
  uint64 id = 1 [(photinus.column) = { primary_key: true }];
  int64 gold = 2;
  bytes face = 3;
}`);
const table = hero!;
const gold = (value: bigint) => ({ column: 1, value });
const one = { column: 1, delta: 1n };

/** A store without a writer, and a way into its Redis. */
async function world(options: Partial<CachedStoreOptions> = {}) {
  const server = await openMySql();
  const redis = await startRedis();
  const database = await server.createDatabase();
  const urls = { mysqlUrl: database.url, redisUrl: redis.url };
  const store = await CachedStore.open({ ...urls, tables: [table], prefix: "p", writer: false, ...options });
  const client = new Redis(redis.url);
  onTestFinished(async () => {
    client.disconnect();
    await store.close();
    await database.drop();
    await redis[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  return { store, client };
}

const ids = (count: number) => Array.from({ length: count }, (_, at) => BigInt(at + 1));

/** What each promise came to: its value, or the code of its error. */
async function outcomes(promises: readonly Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((each) => (each.status === "fulfilled" ? each.value : each.reason.code));
}

async function callsOf(client: Redis): Promise<number> {
  const stats = await client.info("commandstats");
  return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce(
    (sum, [, calls]) => sum + Number(calls),
    0,
  );
}

test("hundreds of changes of one tick go to Redis in a few calls, and each has its own answer", async () => {
  const { store, client } = await world();
  const keys = ids(300);
  const rows = await Promise.all(keys.map((id) => store.create(table, [id, id, new Uint8Array([7])])));
  expect(rows.map(({ values }) => values)).toEqual(keys.map((id) => [id, id, new Uint8Array([7])]));
  const before = await callsOf(client);
  expect(await outcomes(keys.map((id) => store.write(table, [id], [gold(id * 2n)])))).toEqual(
    rows.map(({ version }) => version + 1),
  );
  expect(await outcomes(keys.map((id) => store.increment(table, [id], one)))).toEqual(
    keys.map((id) => id * 2n + 1n),
  );
  const removed = rows.map(({ version }, at) => store.remove(table, [keys[at]!], version + (at % 2) + 1));
  expect(await outcomes(removed)).toEqual(keys.map((id) => (id % 2n === 0n ? true : "ABORTED")));
  expect((await callsOf(client)) - before).toBeLessThan(100);
});

test("a change that Redis refuses fails alone", async () => {
  const { store, client } = await world();
  const keys = ids(40);
  const made = await Promise.all(keys.map((id) => store.create(table, [id, 0n, new Uint8Array()])));
  const { row } = new KeyNames("p", 16).place(table, [20n]);
  await client.set(row, "somebody else's");
  const expected = keys.map((id, at) => (id === 20n ? "INTERNAL" : made[at]!.version + 1));
  expect(await outcomes(keys.map((id) => store.write(table, [id], [gold(9n)])))).toEqual(expected);
  const rows = await store.read(
    table,
    keys.filter((id) => id !== 20n).map((id) => [id]),
  );
  expect(rows.every((each) => each?.values[1] === 9n)).toBe(true);
});

test("a full journal refuses what is too much of one tick, and takes the rest", async () => {
  const { store } = await world({ shards: 1, backlogCount: 50 });
  await store.create(table, [1n, 0n, new Uint8Array()]);
  const sums = await outcomes(Array.from({ length: 60 }, () => store.increment(table, [1n], one)));
  expect(sums.slice(0, 49)).toEqual(ids(49));
  expect(sums.slice(49)).toEqual(new Array(11).fill("RESOURCE_EXHAUSTED"));
});

test("stores that share a connection keep limits of their own", async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const database = await server.createDatabase();
  const link = await RedisClient.open(redis.url, silentLogger);
  const urls = { mysqlUrl: database.url, redisUrl: redis.url, tables: [table], writer: false, shards: 1 };
  const wide = await CachedStore.open({ ...urls, prefix: "wide", backlogCount: 20 }, link);
  const narrow = await CachedStore.open({ ...urls, prefix: "narrow", backlogCount: 10 }, link);
  const turns = ids(30).map((turn) => (turn % 2n === 0n ? wide : narrow));
  const created = await outcomes(
    turns.map((store, at) => store.create(table, [BigInt(at), 0n, new Uint8Array()])),
  );
  const refused = (store: CachedStore) =>
    created.filter((each, at) => turns[at] === store && each === "RESOURCE_EXHAUSTED").length;
  expect(refused(wide)).toBe(0);
  expect(refused(narrow)).toBe(5);
  await Promise.all([wide.close(), narrow.close()]);
  link.close();
  await database.drop();
});

test.each([
  ["one Redis", startRedis],
  [
    "a Redis Cluster",
    async () => {
      const cluster = await startRedisCluster();
      return { url: cluster.urls.join(","), [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
    },
  ],
] as const)(
  "on %s, changes and reads of one row that nobody waits for keep their order",
  async (_, start) => {
    await using server = await openMySql();
    await using redis = await start();
    const database = await server.createDatabase();
    const store = await CachedStore.open({ mysqlUrl: database.url, redisUrl: redis.url, tables: [table] });
    // So few that no read waits for another's end: such a read sees what was changed meanwhile.
    const heroes = ids(6);
    await Promise.all(heroes.map((id) => store.create(table, [id, 0n, new Uint8Array()])));
    const found = await Promise.all(
      heroes.map(async (id) => {
        const sums: Promise<unknown>[] = [];
        for (let turn = 1n; turn <= 10n; turn++) {
          sums.push(store.write(table, [id], [gold(turn * 10n)]).then(() => 0n));
          sums.push(store.increment(table, [id], one));
          sums.push(store.read(table, [[id]]).then(([row]) => row?.values[1]));
        }
        return Promise.all(sums);
      }),
    );
    const order = ids(10).flatMap((turn) => [0n, turn * 10n + 1n, turn * 10n + 1n]);
    expect(found).toEqual(heroes.map(() => order));
    await store.close();
    await database.drop();
  },
);
