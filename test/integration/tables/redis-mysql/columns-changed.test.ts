import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { migrate } from "../../../../runtime/tables/migrate/migrate.ts";
import { openMysql } from "../../../../runtime/tables/migrate/mysql-migrations.ts";
import { CachedStore } from "../../../../runtime/tables/redis-mysql/cached-store.ts";
import type { TableLayout } from "../../../../runtime/tables/table-layout.ts";
import { tablesOfSchema } from "../../../setup/schema-tables.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { startRedis } from "../../../setup/servers/redis.ts";

/** The table of heroes with these fields besides its key. */
async function heroes(fields: string, retired: readonly string[] = []): Promise<TableLayout> {
  const text = `message Hero {
    option (photinus.table) = { name: "hero" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    ${fields}
  }`;
  const [table] = await tablesOfSchema(text, retired);
  return table!;
}

/** One MySQL and one Redis, and a way to open stores on them. */
async function servers() {
  const server = await openMySql();
  const redis = await startRedis();
  const database = await server.createDatabase();
  onTestFinished(async () => {
    await database.drop();
    await redis[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  const urls = { mysqlUrl: database.url, redisUrl: redis.url };
  return {
    open: (table: TableLayout, options = {}) => CachedStore.open({ ...urls, ...options, tables: [table] }),
    /** All rows leave the cache, as when their time to live is over. */
    forget: async () => {
      const client = new Redis(redis.url);
      const keys = await client.keys("*:r:hero:*");
      if (keys.length > 0) await client.del(...keys);
      client.disconnect();
    },
    migrate: async (table: TableLayout) => {
      const target = await openMysql("main", database.url);
      await migrate([target], [table]);
      await target.close();
    },
  };
}

const drained = (store: CachedStore) =>
  expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 }).toBe(0);

test("a row that was cached before columns came has their defaults, and can be changed, counted and indexed", async () => {
  const { open, migrate } = await servers();
  const before = await heroes("int64 silver = 2;");
  const after = await heroes(`
    int64 silver = 2;
    optional string title = 3;
    int64 gold = 4;
    string name = 5;
    uint32 level = 6 [(photinus.column) = { index: true }];`);
  const first = await open(before);
  for (const id of [7n, 8n, 9n]) await first.create(before, [id, 20n]);
  await first.close();
  await migrate(after);
  const store = await open(after);
  const [row] = await store.read(after, [[7n]]);
  expect(row?.values).toEqual([7n, 20n, null, 0n, "", 0]);
  expect(await store.increment(after, [7n], { column: 3, delta: 5n })).toBe(5n);
  await store.write(after, [8n], [{ column: 5, value: 3 }]);
  expect(await store.keysBy(after, 0, [0])).toEqual([[7n], [9n]]);
  expect(await store.keysBy(after, 0, [3])).toEqual([[8n]]);
  expect(await store.remove(after, [9n])).toBe(true);
  expect(await store.keysBy(after, 0, [0])).toEqual([[7n]]);
  await store.write(after, [7n], [{ column: 1, value: 1n }]);
  await drained(store);
  expect((await store.status()).deadLetters).toBe(0);
  await store.close();
  const other = await open(after, { prefix: "other" });
  const rows = await other.read(after, [[7n], [8n], [9n]]);
  expect(rows.map((each) => each?.values)).toEqual([
    [7n, 1n, null, 5n, "", 0],
    [8n, 20n, null, 0n, "", 3],
    undefined,
  ]);
  await other.close();
});

test("a row that was cached, and a journal that was written, before a column went keep the others in their places", async () => {
  const { open } = await servers();
  const before = await heroes("int64 silver = 2; optional int64 gold = 3; string name = 4;");
  const after = await heroes("int64 silver = 2; string name = 4;", ["3"]);
  const first = await open(before, { writer: false });
  await first.create(before, [7n, 20n, 30n, "Luna"]);
  await first.create(before, [8n, 21n, 31n, "Sol"]);
  await first.write(before, [8n], [{ column: 3, value: "Stella" }]);
  // The table as it is in MySQL has the column still; what is written of it by the new schema is null.
  const maker = await open(before, { prefix: "maker" });
  await maker.read(before, [[1n]]);
  await maker.close();
  await first.close();
  const store = await open(after);
  const rows = await store.read(after, [[7n], [8n]]);
  expect(rows.map((row) => row?.values)).toEqual([
    [7n, 20n, "Luna"],
    [8n, 21n, "Stella"],
  ]);
  await drained(store);
  expect((await store.status()).deadLetters).toBe(0);
  await store.close();
  const other = await open(after, { prefix: "other" });
  expect((await other.read(after, [[8n]]))[0]?.values).toEqual([8n, 21n, "Stella"]);
  await other.close();
});

test("what a node of the older schema puts into the cache takes nothing from the columns that it does not know", async () => {
  const { open, migrate, forget } = await servers();
  const before = await heroes("int64 silver = 2;");
  const after = await heroes(`
    int64 silver = 2;
    int64 gold = 3;
    optional string title = 4 [(photinus.column) = { index: true max_length: 20 }];`);
  await migrate(after);
  const old = await open(before, { writer: false });
  const store = await open(after);
  const ids = [1n, 2n, 3n, 4n, 5n];
  const oldRows = async () => {
    await drained(store);
    await forget();
    for (const id of ids) await old.read(before, [[id]]);
  };
  for (const id of ids) await store.create(after, [id, 10n, 20n, "Queen"]);
  await oldRows();
  expect((await store.read(after, [[1n]]))[0]?.values).toEqual([1n, 10n, 20n, "Queen"]);
  expect(await store.increment(after, [2n], { column: 2, delta: 1n })).toBe(21n);
  await store.write(after, [3n], [{ column: 3, value: "Duke" }]);
  await old.write(before, [4n], [{ column: 1, value: 11n }]);
  await store.write(after, [5n], [{ column: 3, value: null }]);
  await oldRows();
  expect(await store.keysBy(after, 0, ["Queen"])).toEqual([[1n], [2n], [4n]]);
  await old.write(before, [1n], [{ column: 1, value: 12n }]);
  await old.create(before, [6n, 13n]);
  expect((await store.read(after, [[6n]]))[0]?.values).toEqual([6n, 13n, 0n, null]);
  await drained(store);
  await Promise.all([old.close(), store.close()]);
  const other = await open(after, { prefix: "other" });
  const rows = await other.read(
    after,
    [...ids, 6n].map((id) => [id]),
  );
  expect(rows.map((row) => row?.values)).toEqual([
    [1n, 12n, 20n, "Queen"],
    [2n, 10n, 21n, "Queen"],
    [3n, 10n, 20n, "Duke"],
    [4n, 11n, 20n, "Queen"],
    [5n, 10n, 20n, null],
    [6n, 13n, 0n, null],
  ]);
  await other.close();
});

test("a node of the older schema leaves changes of new columns to one that knows them, and loses none by its own", async () => {
  const { open, migrate } = await servers();
  const before = await heroes("int64 silver = 2;");
  const after = await heroes("int64 silver = 2; int64 gold = 3; optional string title = 4;");
  await migrate(after);
  const old = await open(before, { leaseMs: 500 });
  const store = await open(after, { writer: false });
  await old.create(before, [1n, 10n]);
  await drained(old);
  // Now all shards are the older one's.
  await store.write(after, [1n], [{ column: 2, value: 20n }]);
  await old.write(before, [1n], [{ column: 1, value: 11n }]);
  await store.create(after, [2n, 12n, 22n, "Queen"]);
  await old.write(before, [2n], [{ column: 1, value: 13n }]);
  await store.write(after, [2n], [{ column: 3, value: null }]);
  const waiting = (await store.status()).journalLength;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect((await store.status()).journalLength).toBe(waiting);
  const writer = await open(after, { leaseMs: 500 });
  await drained(writer);
  expect((await writer.status()).deadLetters).toBe(0);
  await Promise.all([old.close(), store.close(), writer.close()]);
  const other = await open(after, { prefix: "other" });
  const rows = await other.read(after, [[1n], [2n]]);
  expect(rows.map((row) => row?.values)).toEqual([
    [1n, 11n, 20n, null],
    [2n, 13n, 22n, null],
  ]);
  await other.close();
});
