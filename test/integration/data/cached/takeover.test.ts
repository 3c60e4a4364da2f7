import { expect, test } from "vitest";
import { CachedStore } from "../../../../runtime/cache/cached/store.ts";
import { type Logger, silentLogger } from "../../../../runtime/log/logger.ts";
import { heroTable, protocol } from "../../../conformance/cache/fixtures/server/index.ts";
import { startMariaDb } from "../../../setup/servers/mariadb.ts";
import { startRedis } from "../../../setup/servers/redis.ts";

/** Ten owners come one after another, which a slow machine takes long for. */
const slow = { timeout: 240_000 };

test(
  "a journal that grows all the time finds another owner, who does not take that for a loss",
  slow,
  async () => {
    await using maria = await startMariaDb();
    await using redis = await startRedis();
    const { url } = await maria.createDatabase();
    const errors: string[] = [];
    const log: Logger = { ...silentLogger, error: (_: object, message: string) => errors.push(message) };
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
    const gold = heroTable.columns.findIndex(({ property }) => property === "gold");
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
  const gold = heroTable.columns.findIndex(({ property }) => property === "gold");
  await other.increment(heroTable, [values[0]!], { column: gold, delta: 1n });
  expect(await other.close({ graceMs: 0 })).toEqual({ remaining: 1, elsewhere: 1 });
  expect(await owner.close({ graceMs: 100 })).toEqual({ remaining: 1 });
});

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
