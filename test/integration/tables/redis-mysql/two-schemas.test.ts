import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { migrate } from "../../../../runtime/tables/migrate/migrate.ts";
import { openMysql } from "../../../../runtime/tables/migrate/mysql-migrations.ts";
import { CachedStore } from "../../../../runtime/tables/redis-mysql/cached-store.ts";
import { generator } from "../../../setup/generator.ts";
import { tablesOfSchema } from "../../../setup/schema-tables.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { startRedis } from "../../../setup/servers/redis.ts";

const rowCount = 40;
/** Lanes side by side, each with so many changes of any row. */
const laneCount = 40;
const turns = 100;

const heroes = async (fields: string, retired: readonly string[] = []) => {
  const text = `message Hero {
    option (photinus.table) = { name: "hero" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    string name = 2 [(photinus.column) = { unique: true max_length: 20 }];
    ${fields}
  }`;
  return (await tablesOfSchema(text, retired))[0]!;
};

/** What is left of a cache when the time to live of some rows is over: those that MySQL has. */
async function expireSome(client: Redis, random: () => number): Promise<void> {
  for (const key of await client.keys("p:*:r:*")) {
    if (random() < 0.5) continue;
    await client.eval(
      "if string.find(redis.call('HGET', KEYS[1], 'v') or '@', '@') then return 0 end return redis.call('DEL', KEYS[1])",
      1,
      key,
    );
  }
}

test("two nodes of the older schema and two of the newer change the same rows while those come and go in the cache", async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const database = await server.createDatabase();
  // Columns were added, and an unused column was dropped.
  const before = await heroes("int64 silver = 3; int64 copper = 4;");
  const after = await heroes("int64 silver = 3; int64 gold = 5; optional int64 rank = 6;", ["4"]);
  for (const table of [before, after]) {
    const target = await openMysql("main", database.url);
    await migrate([target], [table]);
    await target.close();
  }
  const urls = { mysqlUrl: database.url, redisUrl: redis.url, leaseMs: 300, flushMs: 5 };
  const open = async (table: typeof before) => ({
    table,
    store: await CachedStore.open({ ...urls, tables: [table] }),
  });
  const old = [await open(before), await open(before)];
  const young = [await open(after), await open(after)];
  const client = new Redis(redis.url);
  const all = [...old, ...young];
  const silver = new Array<bigint>(rowCount).fill(0n);
  const gold = new Array<bigint>(rowCount).fill(0n);
  const ranks = new Array<bigint | null>(rowCount).fill(null);
  for (let id = 0; id < rowCount; id++) {
    const { table, store } = all[id % all.length]!;
    const rest = table === before ? [0n, 0n] : [0n, 0n, null];
    await store.create(table, [BigInt(id), `hero ${id}`, ...rest]);
  }
  const turn = async (random: () => number): Promise<void> => {
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const id = Math.floor(random() * rowCount);
    const key = [BigInt(id)];
    const choice = random();
    if (choice < 0.4) {
      const { table, store } = pick(all);
      await store.increment(table, key, { column: 2, delta: 1n });
      silver[id]!++;
    } else if (choice < 0.7) {
      await pick(young).store.increment(after, key, { column: 3, delta: 1n });
      gold[id]!++;
    } else {
      // One node alone, so that it is known which comes last.
      const value = random() < 0.3 ? null : BigInt(Math.floor(random() * 100));
      await young[0]!.store.write(after, key, [{ column: 4, value }]);
      ranks[id] = value;
    }
  };
  let isOver = false;
  // Each lane has numbers of its own, so that it does in every run what it did in the last.
  const lanes = Array.from({ length: laneCount }, async (_, lane) => {
    const random = generator(7 + lane);
    for (let left = turns; left > 0; left--) await turn(random);
  });
  const expiring = (async () => {
    const random = generator(7 + laneCount);
    while (!isOver) await expireSome(client, random);
  })();
  await Promise.all(lanes).finally(() => {
    isOver = true;
  });
  await expiring;
  await expect.poll(async () => (await young[0]!.store.status()).journalLength, { timeout: 60_000 }).toBe(0);
  expect((await young[0]!.store.status()).deadLetters).toBe(0);
  const keys = Array.from({ length: rowCount }, (_, id) => [BigInt(id)]);
  const expected = keys.map((_, id) => [silver[id], gold[id], ranks[id]]);
  const valuesOf = (rows: readonly ({ values: readonly unknown[] } | undefined)[]) =>
    rows.map((row) => row?.values.slice(2));
  expect(valuesOf(await young[1]!.store.read(after, keys))).toEqual(expected);
  for (const { store } of [...old, ...young]) await store.close();
  client.disconnect();
  const cold = await CachedStore.open({ ...urls, prefix: "cold", writer: false });
  expect(valuesOf(await cold.read(after, keys))).toEqual(expected);
  await cold.close();
  await database.drop();
});
