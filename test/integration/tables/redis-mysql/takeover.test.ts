import { expect, test } from "vitest";
import { type Logger, silentLogger } from "../../../../runtime/log/logger.ts";
import { journalFigures } from "../../../../runtime/tables/lua/generated/lua-scripts.ts";
import { RedisClient } from "../../../../runtime/tables/redis/redis-client.ts";
import { CachedStore } from "../../../../runtime/tables/redis-mysql/cached-store.ts";
import { protocol } from "../../../conformance/tables/fixtures/server/index.ts";
import { heroTable } from "../../../conformance/tables/fixtures/server/tables.tables.ts";
import { startMariaDb } from "../../../setup/servers/mariadb.ts";
import { startRedis } from "../../../setup/servers/redis.ts";

const gold = heroTable.columns.findIndex(({ property }) => property === "gold");

/** Ten owners come one after another, which a slow machine takes long for. */
const slow = { timeout: 240_000 };

test(
  "a journal that grows all the time finds another owner, who does not take that for a loss",
  slow,
  async () => {
    await using maria = await startMariaDb();
    await using redis = await startRedis();
    const { url } = await maria.createDatabase();
    const { errors, log } = errorLog();
    const tables = await protocol.tables!();
    const open = (writer: boolean) =>
      CachedStore.open({
        ...{ tables, mysqlUrl: url, redisUrl: redis.url, shards: 1, flushMs: 5, leaseMs: 200 },
        ...{ writer, log },
      });
    await using stack = new AsyncDisposableStack();
    const writer = await open(false);
    stack.defer(() => writer.close().then(() => undefined));
    const hero = heroTable.valuesOf(heroTable.newRow({ name: "Ada" }));
    const { values } = await writer.create(heroTable, hero);
    const key = [values[0]!];
    let isOver = false;
    let sum = 0n;
    const lane = async () => {
      for (; !isOver; sum++) await writer.increment(heroTable, key, { column: gold, delta: 1n });
    };
    const lanes = Promise.all(Array.from({ length: 16 }, lane));
    stack.defer(() => {
      isOver = true;
      return lanes.then(() => undefined);
    });
    for (let owners = 1; owners <= 10; owners++) {
      const owner = await open(true);
      const before = sum;
      try {
        // What was there when it came is in MySQL: it has taken the journal over.
        await expect.poll(() => stored(url), { timeout: 30_000 }).toBeGreaterThanOrEqual(before);
      } finally {
        await owner.close({ graceMs: 0 });
      }
    }
    expect(errors).toEqual([]);
  },
);

test(
  "an owner that is overtaken while it takes a journal over does not take that for a loss",
  slow,
  async () => {
    await using maria = await startMariaDb();
    await using redis = await startRedis();
    const { url } = await maria.createDatabase();
    const { errors, log } = errorLog();
    const urls = { mysqlUrl: url, redisUrl: redis.url, tables: [heroTable], shards: 1, leaseMs: 200, log };
    const first = await CachedStore.open({ ...urls, writer: true });
    const { values } = await first.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: "Ada" })));
    await first.close();
    const changer = await CachedStore.open({ ...urls, writer: false });
    await changer.write(heroTable, [values[0]!], [{ column: gold, value: 4n }]);
    // Holds the first look that the late owner takes at the journal, when it has read in MySQL how far that was written.
    const [asked, gate, looked] = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    const link = await RedisClient.open(redis.url, log);
    const run = link.run.bind(link);
    link.run = async (script, keys, args) => {
      if (script !== journalFigures) return run(script, keys, args);
      asked!.resolve();
      await gate!.promise;
      return run(script, keys, args).finally(() => looked!.resolve());
    };
    const late = await CachedStore.open({ ...urls, writer: true }, link);
    await asked!.promise;
    const other = await CachedStore.open({ ...urls, writer: true });
    await expect.poll(async () => (await changer.status()).journalLength, { timeout: 30_000 }).toBe(0);
    gate!.resolve();
    await looked!.promise;
    await late.close();
    link.close();
    expect(errors).toEqual([]);
    expect((await changer.status()).tables).toMatchObject([{ name: "hero", cachedRows: 1 }]);
    await changer.write(heroTable, [values[0]!], [{ column: gold, value: 5n }]);
    await expect.poll(() => stored(url), { timeout: 30_000 }).toBe(5n);
    await other.close();
    await changer.close();
  },
);

test("a store that closes tells changes that another process brings to MySQL from those that nobody does", async () => {
  await using maria = await startMariaDb();
  await using redis = await startRedis();
  const { url } = await maria.createDatabase();
  const open = (writer: boolean) =>
    CachedStore.open({ mysqlUrl: url, redisUrl: redis.url, tables: [heroTable], shards: 1, writer });
  const owner = await open(true);
  const other = await open(false);
  const { values } = await other.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: "Ada" })));
  await expect.poll(async () => (await other.status()).journalLength, { timeout: 30_000 }).toBe(0);
  await maria.program.kill();
  await other.increment(heroTable, [values[0]!], { column: gold, delta: 1n });
  const owners = [expect.stringMatching(`^${process.pid}:`)];
  expect(await other.close({ graceMs: 0 })).toEqual({ remaining: 1, elsewhere: 1, owners });
  expect(await owner.close({ graceMs: 100 })).toEqual({ remaining: 1 });
});

function errorLog(): { readonly errors: string[]; readonly log: Logger } {
  const errors: string[] = [];
  return { errors, log: { ...silentLogger, error: (_: object, message: string) => errors.push(message) } };
}

async function stored(url: string): Promise<bigint> {
  const { createConnection } = await import("mysql2/promise");
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query<never>("SELECT gold FROM hero");
    const [row] = rows as { gold: number }[];
    return BigInt(row?.gold ?? -1);
  } finally {
    connection.destroy();
  }
}
