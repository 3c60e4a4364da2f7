import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { silentLogger } from "../../../../runtime/log/logger.ts";
import { journalFigures } from "../../../../runtime/tables/lua/generated/lua-scripts.ts";
import { RedisClient } from "../../../../runtime/tables/redis/redis-client.ts";
import { CachedStore } from "../../../../runtime/tables/redis-mysql/cached-store.ts";
import { heroTable, vaultTable } from "../../../conformance/tables/fixtures/server/tables.tables.ts";
import { tablesOfSchema } from "../../../setup/schema-tables.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { type RedisServer, startRedis } from "../../../setup/servers/redis.ts";

/** Around each length at which MessagePack writes another head. */
const lengths = [0, 1, 31, 32, 255, 256, 65_535, 65_536, 100_000];

const slow = { timeout: 120_000 };

test("rows that Redis has lost, but not its journal, reach MySQL from the journal alone", async () => {
  await using server = await openMySql();
  await using started = await startRedis();
  const [table] = await tablesOfSchema(`message Note {
    option (photinus.table) = { name: "note" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    bytes blob = 2 [(photinus.column) = { max_length: 200000 }];
    optional string text = 3;
    int64 count = 5;
  }`);
  const note = table!;
  const database = await server.createDatabase();
  const urls = { mysqlUrl: database.url, redisUrl: started.url, tables: [note] };
  const first = await CachedStore.open({ ...urls, writer: false });
  const blobs = lengths.map((length) => new Uint8Array(length).map((_, at) => at * 7));
  for (const [id, blob] of blobs.entries()) {
    await first.create(note, [BigInt(id), new Uint8Array(0), `note ${id}`, 0n]);
    await first.write(note, [BigInt(id)], [{ column: 1, value: blob }]);
    await first.increment(note, [BigInt(id)], { column: 3, delta: BigInt(id) });
  }
  await first.write(note, [3n], [{ column: 2, value: null }]);
  await first.remove(note, [4n]);
  await first.remove(note, [5n]);
  await first.create(note, [5n, blobs[5]!, "again", 7n]);
  await first.close();
  const redis = new Redis(started.url);
  const rows = await redis.keys("p:*:r:*");
  expect(rows.length).toBe(lengths.length);
  await redis.del(...rows);
  redis.disconnect();
  const second = await CachedStore.open(urls);
  await expect.poll(async () => (await second.status()).journalLength, { timeout: 30_000 }).toBe(0);
  const found = await second.read(
    note,
    lengths.map((_, id) => [BigInt(id)]),
  );
  await second.close();
  expect(found.map((row) => row?.values)).toEqual(
    blobs.map((blob, id) => {
      if (id === 4) return undefined;
      if (id === 5) return [5n, blob, "again", 7n];
      return [BigInt(id), blob, id === 3 ? null : `note ${id}`, BigInt(id)];
    }),
  );
  await database.drop();
});

test("a write-through row is read from MySQL when Redis comes back with an old one", slow, async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const database = await server.createDatabase();
  const urls = { mysqlUrl: database.url, redisUrl: redis.url, tables: [vaultTable] };
  const store = await CachedStore.open({ ...urls, writer: false });
  const key = ["ada"];
  const balance = async () => (await store.read(vaultTable, [key]))[0]?.values[1];
  await store.create(vaultTable, ["ada", 1n, 0n]);
  expect(await balance()).toBe(1n);
  await save(redis);
  await store.write(vaultTable, key, [{ column: 1, value: 2n }]);
  await redis.program.kill();
  await redis.program.start();
  // Rows that are not there, in shards of each connection to Redis: without it nothing is written.
  const others = Array.from({ length: 16 }, (_, at) => [`nobody ${at}`]);
  const write = (other: string[]) => store.write(vaultTable, other, [{ column: 1, value: 0n }]);
  const codes = () => Promise.all(others.map((other) => write(other).catch(({ code }) => code)));
  await expect.poll(codes, { timeout: 30_000 }).toEqual(others.map(() => "NOT_FOUND"));
  expect(await balance()).toBe(2n);
  await store.close();
  await database.drop();
});

test(
  "an owner notices that Redis has lost changes, also when it was away between two of its commands",
  slow,
  async () => {
    await using server = await openMySql();
    await using redis = await startRedis();
    const database = await server.createDatabase();
    const errors: string[] = [];
    const log = { ...silentLogger, error: (_: object, message: string) => errors.push(message) };
    const link = await RedisClient.open(redis.url, log);
    const command = link.command.bind(link);
    let [held, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    gate.resolve();
    const run = link.run.bind(link);
    link.run = async (script, ...args) => {
      if (script === journalFigures) await gate.promise;
      return run(script, ...args);
    };
    link.command = async (name, ...args) => {
      if (name === "xrange") {
        held.resolve();
        await gate.promise;
      }
      return command(name, ...args);
    };
    const urls = { mysqlUrl: database.url, redisUrl: redis.url, tables: [heroTable], shards: 1, log };
    const store = await CachedStore.open({ ...urls, leaseMs: 60_000 }, link);
    const gold = heroTable.columns.findIndex(({ property }) => property === "gold");
    const row = await store.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: "Ada" })));
    const key = [row.values[0]!];
    const drained = () =>
      expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 }).toBe(0);
    await drained();
    await save(redis);
    await store.write(heroTable, key, [{ column: gold, value: 5n }]);
    await drained();
    [held, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await held.promise;
    await redis.program.kill();
    await redis.program.start();
    const read = () => store.read(heroTable, [key]).catch(() => []);
    await expect.poll(async () => (await read())[0]?.values[gold], { timeout: 30_000 }).toBe(0n);
    gate.resolve();
    await expect.poll(async () => (await read())[0]?.values[gold], { timeout: 30_000 }).toBe(5n);
    expect(errors).toEqual(["Redis lost changes that MySQL has; cached rows evicted"]);
    await store.close();
    link.close();
    await database.drop();
  },
);

test("a row that is made anew when Redis knows nothing of the old one is another one", async () => {
  await using server = await openMySql();
  await using started = await startRedis();
  const [table] = await tablesOfSchema(`message Note {
    option (photinus.table) = { name: "note" };
    string id = 1 [(photinus.column) = { primary_key: true max_length: 20 }];
    int64 count = 2;
  }`);
  const note = table!;
  const database = await server.createDatabase();
  const store = await CachedStore.open({ mysqlUrl: database.url, redisUrl: started.url, tables: [note] });
  const { version } = await store.create(note, ["a", 100n]);
  await store.remove(note, ["a"]);
  await expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 }).toBe(0);
  const redis = new Redis(started.url);
  await redis.del(...(await redis.keys("p:*:r:*")));
  redis.disconnect();
  await store.create(note, ["a", 1n]);
  const late = store.write(note, ["a"], [{ column: 1, value: 95n }], version);
  await expect(late).rejects.toMatchObject({ code: "ABORTED" });
  expect((await store.read(note, [["a"]])).map((row) => row?.values)).toEqual([["a", 1n]]);
  await store.close();
  await database.drop();
});

async function save({ url }: RedisServer): Promise<void> {
  const client = new Redis(url);
  await client.save();
  client.disconnect();
}
