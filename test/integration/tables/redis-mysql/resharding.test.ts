import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { silentLogger } from "../../../../runtime/log/logger.ts";
import { CachedStore } from "../../../../runtime/tables/redis-mysql/cached-store.ts";
import { tablesOfSchema } from "../../../setup/schema-tables.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { startRedisCluster } from "../../../setup/servers/redis.ts";
import { beginMove, masterOf, moveSlot, slotOf } from "../../../setup/servers/resharding.ts";
import { type Hero, Load } from "./ledger.ts";

const shards = 6;

test("shards move key by key to other masters under load, and no change is lost, doubled or halved", {
  timeout: 180_000,
}, async () => {
  await using server = await openMySql();
  // The last one has no slot at first: clients do not know it.
  await using cluster = await startRedisCluster(1);
  const { urls } = cluster;
  const [table] = await tablesOfSchema(`message Hero {
    option (photinus.table) = { name: "hero" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    uint64 guild = 2 [(photinus.column) = { index: true }];
    int64 gold = 3;
    int64 level = 4;
  }`);
  const hero = table!;
  const database = await server.createDatabase();
  const errors: string[] = [];
  const log = { ...silentLogger, error: (_: unknown, text: string) => errors.push(text) };
  const redisUrl = urls.slice(0, 3).join(",");
  const options = { mysqlUrl: database.url, redisUrl, tables: [hero], shards, log };
  const stores = [await CachedStore.open(options), await CachedStore.open(options)] as const;
  const load = await Load.start(hero, stores, 96);

  // To the spare master, on from there, and between the others; the last one stays halfway for longer than a call waits.
  const moves = [
    { tag: "s0", holdMs: 0 },
    { tag: "s1", holdMs: 0 },
    { tag: "s0", holdMs: 0 },
    { tag: "s2", holdMs: 3_000 },
  ];
  for (const [at, { tag, holdMs }] of moves.entries()) {
    const slot = await slotOf(urls, tag);
    const from = await masterOf(urls, slot);
    const to = at === 0 ? urls[3]! : urls.slice(0, 3).find((url) => url !== from)!;
    let isHeld = false;
    const hold = async (moved: number) => {
      if (isHeld || moved < 10) return pause(30);
      isHeld = true;
      const before = load.acknowledged;
      await pause(holdMs);
      // Halfway, the others are served.
      return expect.poll(() => load.acknowledged - before, { timeout: 30_000 }).toBeGreaterThan(50);
    };
    await moveSlot(from, to, slot, { batchCount: 1 + (at % 2), between: hold });
    expect(isHeld).toBe(true);
  }
  await load.stop();
  expect(load.strange).toEqual([]);
  // A journal that has come to another server is not taken for one that has lost something.
  expect(errors).toEqual([]);

  await expect.poll(async () => (await stores[0].status()).journalLength, { timeout: 60_000 }).toBe(0);
  expect((await stores[0].status()).deadLetters).toBe(0);
  const expected = load.heroes();
  const keys = expected.map(({ id }) => [id]);
  const [cached, seen] = await Promise.all(stores.map((store) => store.read(hero, keys)));
  expect(seen).toEqual(cached);
  const holders = await Promise.all(load.guilds.map((guild) => stores[1].keysBy(hero, 0, [guild])));
  await Promise.all(stores.map((store) => store.close()));
  const alone = await CachedStore.open({ ...options, prefix: "other", writer: false });
  const rows = await alone.read(hero, keys);
  await alone.close();
  expect(rows).toEqual(cached);
  expect(load.disagreements(rows)).toEqual([]);
  const there = rows.flatMap((row) => (row === undefined ? [] : [row.values]));
  expect(holders).toEqual(
    load.guilds.map((guild) => there.filter((values) => values[1] === guild).map(([id]) => [id])),
  );
  expect(expected.filter(({ isThere }: Hero) => isThere.isCertain).length).toBeGreaterThan(100);
  await database.drop();
});

/** A store of one shard, whose slot is about to leave its server; nothing has gone yet. */
async function leaving(schema: string) {
  const server = await openMySql();
  const cluster = await startRedisCluster();
  const database = await server.createDatabase();
  const [table] = await tablesOfSchema(schema);
  const urls = { mysqlUrl: database.url, redisUrl: cluster.urls.join(",") };
  const store = await CachedStore.open({ ...urls, tables: [table!], shards: 1, writer: false });
  onTestFinished(async () => {
    await store.close();
    await database.drop();
    await cluster[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  const slot = await slotOf(cluster.urls, "s0");
  const from = await masterOf(cluster.urls, slot);
  const to = cluster.urls.find((url) => url !== from)!;
  return {
    table: table!,
    store,
    beginMove: () => beginMove(from, to, slot),
    finishMove: () => moveSlot(from, to, slot),
  };
}

test("a change that needs a new key where a slot leaves changes nothing, and says UNAVAILABLE", async () => {
  const { table, store, ...move } = await leaving(`message Hero {
    option (photinus.table) = { name: "hero" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    uint64 guild = 2 [(photinus.column) = { index: true }];
    int64 gold = 3;
  }`);
  const first = await store.create(table, [1n, 5n, 0n]);
  const second = await store.create(table, [2n, 5n, 0n]);
  await move.beginMove();
  // Guild 6 is empty yet: its overlay is not there, and neither is the row that is to be.
  const changes = await Promise.allSettled([
    store.write(table, [1n], [{ column: 1, value: 6n }]),
    store.increment(table, [2n], { column: 1, delta: 1n }),
    store.create(table, [3n, 5n, 0n]),
  ]);
  const unavailable = { status: "rejected", reason: { code: "UNAVAILABLE" } };
  expect(changes).toMatchObject([unavailable, unavailable, unavailable]);
  expect(await store.read(table, [[1n], [2n], [3n]])).toEqual([first, second, undefined]);
  expect(await store.keysBy(table, 0, [5n])).toEqual([[1n], [2n]]);
  // What needs no new key goes on.
  expect(await store.write(table, [1n], [{ column: 2, value: 9n }])).toBe(first.version + 1);
  expect(await store.remove(table, [2n])).toBe(true);
  expect((await store.status()).journalLength).toBe(4);
  await move.finishMove();
  expect(await store.create(table, [3n, 6n, 0n])).toMatchObject({ values: [3n, 6n, 0n] });
  expect(await store.keysBy(table, 0, [6n])).toEqual([[3n]]);
});

test("where a slot leaves, rows are removed and made again: their keys never go in between", async () => {
  const { table, store, ...move } = await leaving(`message Hero {
    option (photinus.table) = { name: "hero" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    int64 gold = 2;
    optional int64 level = 3;
  }`);
  const first = await store.create(table, [1n, 5n, 7n]);
  await move.beginMove();
  expect(await store.remove(table, [1n])).toBe(true);
  expect(await store.read(table, [[1n]])).toEqual([undefined]);
  const again = { version: first.version + 2, values: [1n, 6n, null] };
  expect(await store.create(table, [1n, 6n, null])).toEqual(again);
  expect(await store.read(table, [[1n]])).toEqual([again]);
  expect((await store.status()).journalLength).toBe(3);
});

test("where a slot leaves, write-through rows are written", async () => {
  const { table, store, ...move } = await leaving(`message Coin {
    option (photinus.table) = { name: "coin" durability: WRITE_THROUGH };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    int64 gold = 2;
  }`);
  const { version } = await store.create(table, [1n, 5n]);
  await store.read(table, [[1n]]);
  await move.beginMove();
  expect(await store.write(table, [1n], [{ column: 1, value: 6n }])).toBe(version + 1);
  expect(await store.read(table, [[1n]])).toEqual([{ version: version + 1, values: [1n, 6n] }]);
  await move.finishMove();
  expect(await store.read(table, [[1n]])).toEqual([{ version: version + 1, values: [1n, 6n] }]);
});
