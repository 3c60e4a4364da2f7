import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { expect, test } from "vitest";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { RedisClient } from "../../../runtime/tables/redis/redis-client.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import type { CachedStoreOptions } from "../../../runtime/tables/redis-mysql/cached-store-options.ts";
import { KeyNames } from "../../../runtime/tables/redis-mysql/key-names.ts";
import { RowCache } from "../../../runtime/tables/redis-mysql/rows/row-cache.ts";
import type { StoreCore } from "../../../runtime/tables/redis-mysql/store-core.ts";
import { fail } from "../../../schema/errors.ts";
import { protocol } from "../../conformance/tables/fixtures/server/index.ts";
import { heroTable, vaultTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { tablesOfSchema } from "../../setup/schema-tables.ts";
import { startMariaDb } from "../../setup/servers/mariadb.ts";
import { startRedis, startRedisCluster } from "../../setup/servers/redis.ts";

const count = 150;
/** One more for each: of rows that are not there. */
const ids = Array.from({ length: count * 2 }, (_, at) => BigInt(at + 1));

for (const kind of ["one Redis", "a Redis Cluster"] as const) {
  test(`hundreds of rows that MySQL alone has are read by two processes at once, from ${kind}, each as it is`, {
    timeout: 120_000,
  }, async () => {
    await using maria = await startMariaDb();
    const database = await maria.createDatabase();
    await using redis = kind === "one Redis" ? await startRedis() : await startRedisCluster();
    const urls = { mysqlUrl: database.url, redisUrl: "url" in redis ? redis.url : redis.urls.join(",") };
    const tables = await protocol.tables!();
    const open = (options: Partial<CachedStoreOptions>) => CachedStore.open({ tables, ...options, ...urls });

    await using opened = new AsyncDisposableStack();
    const openHandles = async (options: Partial<CachedStoreOptions>) => {
      const store = await open(options);
      opened.defer(() => store.close().then(() => undefined));
      return { store, heroes: new TableHandle(heroTable, store), vaults: new TableHandle(vaultTable, store) };
    };
    const first = await openHandles({ prefix: "first", flushMs: 20 });
    const rowOf = (id: bigint) => ({
      id,
      name: `hero ${id}`,
      level: Number(id),
      friends: [id, id + 1n],
      ...(id % 3n === 0n ? { guild: id } : {}),
    });
    for (const id of ids.slice(0, count)) {
      await first.heroes.create(rowOf(id));
      await first.vaults.create({ owner: `owner ${id}`, balance: id });
    }
    await expect.poll(async () => (await first.store.status()).journalLength, { timeout: 60_000 }).toBe(0);

    // Under another prefix Redis has nothing of them.
    const others = await Promise.all([1, 2].map(() => openHandles({ prefix: "second", writer: false })));
    for (const state of ["cold", "warm"]) {
      const read = await Promise.all(
        others.map(({ heroes, vaults }) =>
          Promise.all([
            Promise.all(ids.map((id) => heroes.get(id))),
            vaults.getMany(ids.map((id) => `owner ${id}`)),
          ]),
        ),
      );
      for (const [heroes, vaults] of read) {
        for (const [at, id] of ids.entries()) {
          const isThere = at < count;
          expect(heroes[at], `${state} ${id}`).toEqual(isThere ? heroTable.newRow(rowOf(id)) : undefined);
          expect(vaults[at]?.balance, `${state} ${id}`).toBe(isThere ? id : undefined);
        }
      }
    }
    const [{ store }] = others as [(typeof others)[0]];
    const cached = (await store.status()).tables.find(({ name }) => name === heroTable.name);
    expect(cached?.cachedRows).toBeGreaterThanOrEqual(count);
  });
}

test("thousands of rows with many columns are read together", { timeout: 120_000 }, async () => {
  await using maria = await startMariaDb();
  const database = await maria.createDatabase();
  await using redis = await startRedis();
  const columns = Array.from({ length: 40 }, (_, at) => `int64 n${at} = ${at + 2};`);
  const [note] = await tablesOfSchema(`message Note {
    option (photinus.table) = { name: "note" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    ${columns.join("\n")}
  }`);
  const urls = { mysqlUrl: database.url, redisUrl: redis.url };
  const store = await CachedStore.open({ ...urls, tables: [note!], writer: false });
  expect(await store.page(note!, undefined, 1)).toEqual([]);
  const person = await mysql.createConnection({ uri: database.url });
  await person.query("INSERT INTO note (id, n1, _version) SELECT seq, seq, 1 FROM seq_1_to_4000");
  await person.end();
  const keys = Array.from({ length: 4_000 }, (_, at) => [BigInt(at + 1)]);
  for (const state of ["cold", "warm"]) {
    const rows = await store.read(note!, keys);
    expect(
      rows.map((row) => row?.values[2]),
      state,
    ).toEqual(keys.map(([id]) => id));
  }
  await store.close();
});

test("a row that was removed does not come back while its page is read", { timeout: 120_000 }, async () => {
  await using maria = await startMariaDb();
  await using redis = await startRedis();
  const { url } = await maria.createDatabase();
  const link = await RedisClient.open(redis.url, silentLogger);
  const options = { mysqlUrl: url, redisUrl: redis.url, tables: [heroTable], missMs: 50 };
  const reader = await CachedStore.open({ ...options, writer: false }, link);
  const first = await CachedStore.open(options);
  const { values } = await first.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: "Ada" })));
  await first.close();
  await reader.remove(heroTable, [values[0]!]);
  const hashes = link.hashes.bind(link);
  const [held, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  link.hashes = async (keys, map) => {
    if (keys.some((key) => key.includes(":r:hero:"))) {
      held.resolve();
      await gate.promise;
    }
    return hashes(keys, map);
  };
  const page = reader.page(heroTable, undefined, 10);
  await held.promise;
  const second = await CachedStore.open(options);
  await expect
    .poll(async () => (await second.status()).tables, { timeout: 30_000 })
    .toMatchObject([{ cachedRows: 0 }]);
  gate.resolve();
  expect(await page).toEqual([]);
  await second.close();
  await reader.close();
  link.close();
});

test("callers who wait for a row while MySQL is silent hear of it, however many they are", async () => {
  const silence = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const redis = {
    hashes: async (keys: readonly string[], map: (hash: readonly Buffer[]) => unknown) =>
      keys.map(() => map([])),
    groupOf: () => 0,
    runOver: async (_script: unknown, rows: readonly unknown[]) => [rows.map(() => "token")],
  };
  const rows = async () => {
    asked.resolve();
    await silence.promise;
    throw fail("UNAVAILABLE", "MySQL cannot be reached");
  };
  const tables = { rows, until: () => Number.POSITIVE_INFINITY };
  const core = { redis, tables, names: new KeyNames("p", 1) } as unknown as StoreCore;
  const cache = new RowCache(core);
  const reads = [cache.ensure(heroTable, [0n])];
  await asked.promise;
  for (let id = 1n; id <= 200_000n; id++) reads.push(cache.ensure(heroTable, [id]));
  const codes = Promise.all(
    reads.map((read) =>
      read.then(
        () => "read",
        ({ code }) => code as string,
      ),
    ),
  );
  silence.resolve();
  expect(new Set(await codes)).toEqual(new Set(["UNAVAILABLE"]));
});

test("a row that comes from MySQL has the form in Redis that is fastest to read", async () => {
  await using maria = await startMariaDb();
  await using redis = await startRedis();
  const { url } = await maria.createDatabase();
  const urls = { mysqlUrl: url, redisUrl: redis.url, tables: [heroTable] };
  const first = await CachedStore.open({ ...urls, prefix: "first" });
  const { values } = await first.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: "Ada" })));
  await expect.poll(async () => (await first.status()).journalLength, { timeout: 30_000 }).toBe(0);
  await first.close();
  const second = await CachedStore.open({ ...urls, prefix: "second" });
  await second.read(heroTable, [[values[0]!]]);
  await second.close();
  const client = new Redis(redis.url);
  const [row = ""] = await client.keys("second:*:r:*");
  expect(await client.object("ENCODING", row)).toBe("listpack");
  client.disconnect();
});
