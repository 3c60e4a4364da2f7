import { once } from "node:events";
import { connect, createServer } from "node:net";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import type { CachedStoreOptions } from "../../../runtime/tables/redis-mysql/cached-store-options.ts";
import type { TableLayout } from "../../../runtime/tables/table-layout.ts";
import { protocol } from "../../conformance/tables/fixtures/server/index.ts";
import { heroTable, vaultTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { codeOf } from "../../setup/firefly.ts";
import { type MariaDb, startMariaDb, type TestDatabase } from "../../setup/servers/mariadb.ts";
import { type RedisServer, type RedisSettings, startRedis } from "../../setup/servers/redis.ts";

let maria: MariaDb;
beforeAll(async () => {
  maria = await startMariaDb();
});
afterAll(() => maria?.[Symbol.asyncDispose]());

interface World extends AsyncDisposable {
  readonly redis: RedisServer;
  readonly database: TestDatabase;
  open(options?: Partial<CachedStoreOptions>): Promise<CachedStore>;
}

async function openWorld(settings?: RedisSettings): Promise<World> {
  const redis = await startRedis(settings);
  const database = await maria.createDatabase();
  const tables = await protocol.tables!();
  const stores: CachedStore[] = [];
  return {
    redis,
    database,
    async open(options = {}) {
      const urls = { mysqlUrl: database.url, redisUrl: redis.url };
      const store = await CachedStore.open({ tables, flushMs: 20, leaseMs: 500, ...options, ...urls });
      stores.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((store) => store.close()));
      await redis[Symbol.asyncDispose]();
    },
  };
}

const columnOf = (table: TableLayout, property: string) =>
  table.columns.findIndex((column) => column.property === property);
const level = columnOf(heroTable, "level");

async function newHeroes(store: CachedStore, count: number): Promise<bigint[]> {
  const rows = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      store.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: `hero ${at}` }))),
    ),
  );
  return rows.map(({ values }) => values[0] as bigint);
}

const isWritten = (store: CachedStore) =>
  expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 });

test("without Redis, write-behind tables and every write fail at once; write-through tables are read from MySQL", async () => {
  await using world = await openWorld({ appendFsync: "always" });
  const store = await world.open();
  const [id] = await newHeroes(store, 1);
  const vault = vaultTable.valuesOf(vaultTable.newRow({}));
  const { values } = await store.create(vaultTable, vault);
  const vaultKey = vaultTable.key.map((column) => values[column]!);
  await isWritten(store).toBe(0);
  await world.redis.program.kill();
  const calls = [
    () => store.read(heroTable, [[id!]]),
    () => store.write(heroTable, [id!], [{ column: level, value: 7 }]),
    () => store.increment(heroTable, [id!], { column: level, delta: 1 }),
    () => store.remove(heroTable, [id!]),
    () => store.keysBy(heroTable, 0, ["hero 0"]),
    () => store.remove(vaultTable, vaultKey),
  ];
  for (const call of calls) expect(await codeOf(call())).toBe("UNAVAILABLE");
  expect((await store.read(vaultTable, [vaultKey]))[0]?.values).toEqual(values);
  await world.redis.program.start();
  await expect
    .poll(() => codeOf(store.write(heroTable, [id!], [{ column: level, value: 9 }])), { timeout: 10_000 })
    .toBe("none");
  expect((await store.read(heroTable, [[id!]]))[0]?.values[level]).toBe(9);
});

test("a server that cannot be reached is told by its address", async () => {
  await using world = await openWorld();
  const nobody = "127.0.0.1:1";
  const { url } = world.database;
  await expect(CachedStore.open({ mysqlUrl: url, redisUrl: `redis://${nobody}` })).rejects.toThrow(
    `UNAVAILABLE: Redis at ${nobody} cannot be reached`,
  );
  await expect(
    CachedStore.open({ mysqlUrl: `mysql://root:secret@${nobody}/game`, redisUrl: world.redis.url }),
  ).rejects.toThrow(`UNAVAILABLE: MySQL at ${nobody} cannot be reached`);
});

test("a Redis that evicts what has no time to live is refused for write-behind tables, unless that is allowed", async () => {
  await using world = await openWorld({ settings: { "maxmemory-policy": "allkeys-lru" } });
  expect(await codeOf(world.open())).toBe("FAILED_PRECONDITION");
  const through = await world.open({ tables: [vaultTable] });
  expect(await codeOf(through.read(vaultTable, [[1n]]))).toBe("none");
  expect(await codeOf(through.read(heroTable, [[1n]]))).toBe("FAILED_PRECONDITION");
  const allowed = await world.open({ allowEviction: true });
  expect(await codeOf(allowed.read(heroTable, [[1n]]))).toBe("none");
  const { durability, cache } = await allowed.status();
  expect(durability).toMatch(/^Redis may evict writes .*allkeys-lru.*loses the writes that are not in MySQL/);
  expect(cache).toMatchObject({ evictionPolicy: "allkeys-lru", mayEvictChanges: true });
});

test.each([
  ["every write", "appendonly yes, appendfsync always", { appendFsync: "always" }],
  ["up to one second", "appendonly yes, appendfsync everysec", { appendFsync: "everysec" }],
  ["since its last snapshot", "appendonly no, save 3600 1", { settings: { save: "3600 1" } }],
  ["loses the writes", 'appendonly no, save ""', { settings: { "maxmemory-policy": "volatile-lru" } }],
  ["is unknown", "appendonly no, save unknown", { settings: { "rename-command": ["CONFIG", "HIDDEN"] } }],
] as const)("the durability says what Redis' settings give: %s", async (words, persistence, settings) => {
  await using world = await openWorld(settings);
  const store = await world.open();
  const { durability, cache } = await store.status();
  expect(durability).toContain(words);
  const evictionPolicy = words === "loses the writes" ? "volatile-lru" : "noeviction";
  expect(cache).toEqual({ evictionPolicy, mayEvictChanges: false, persistence });
});

test("a Redis that evicts is refused also when it does not tell its settings", async () => {
  await using world = await openWorld({
    settings: { "rename-command": ["CONFIG", "HIDDEN"], "maxmemory-policy": "allkeys-random" },
  });
  expect(await codeOf(world.open())).toBe("FAILED_PRECONDITION");
});

test("a table of MySQL that lacks a column of the schema is told by name, with what mends it", async () => {
  await using world = await openWorld();
  const store = await world.open();
  await store.read(heroTable, [[1n]]);
  const person = await mysql.createConnection(world.database.url);
  await person.query("ALTER TABLE hero DROP COLUMN level");
  await person.end();
  await expect(store.read(heroTable, [[2n]])).rejects.toThrow(
    /^FAILED_PRECONDITION: the table hero in MySQL does not fit the schema: .*'level'.*; run photinus data migrate$/,
  );
});

test("another number of shards is refused", async () => {
  await using world = await openWorld();
  await world.open({ shards: 4 });
  expect(await codeOf(world.open({ shards: 8 }))).toBe("FAILED_PRECONDITION");
});

test("a Redis that comes back with old rows does not hide what MySQL has", async () => {
  await using world = await openWorld({ settings: { save: "3600 1000000" } });
  const store = await world.open();
  const [id] = await newHeroes(store, 1);
  await isWritten(store).toBe(0);
  const { Redis } = await import("ioredis");
  const redis = new Redis(world.redis.url);
  redis.on("error", () => undefined);
  await redis.save();
  redis.disconnect();
  await store.write(heroTable, [id!], [{ column: level, value: 8 }]);
  await isWritten(store).toBe(0);
  await world.redis.program.kill();
  await world.redis.program.start();
  const levelNow = async () => {
    const rows = await store.read(heroTable, [[id!]]).catch(() => []);
    return rows[0]?.values[level];
  };
  await expect.poll(levelNow, { timeout: 15_000 }).toBe(8);
  await isWritten(store).toBe(0);
});

test("a write-through change that MySQL commits when its caller has given it up is seen", {
  timeout: 60_000,
}, async () => {
  await using world = await openWorld();
  await using late = await lateCommits(Number(new URL(world.database.url).port));
  const mysqlUrl = new URL(world.database.url);
  mysqlUrl.port = String(late.port);
  const tables = [vaultTable];
  const store = await CachedStore.open({
    ...{ tables, mysqlUrl: mysqlUrl.href, redisUrl: world.redis.url, timeoutMs: 3_000 },
    // A store that writes journals commits how far it has come, at times of its own.
    writer: false,
  });
  const balance = async () => (await store.read(vaultTable, [["ada"]]))[0]?.values[1];
  await store.create(vaultTable, ["ada", 1n, 0n]);
  const commit = late.next();
  expect(await codeOf(store.write(vaultTable, ["ada"], [{ column: 1, value: 2n }]))).toBe("UNAVAILABLE");
  expect(await balance()).toBe(1n);
  (await commit)();
  const person = await mysql.createConnection(world.database.url);
  const stored = async () => (await person.query("SELECT balance FROM vault"))[0];
  await expect.poll(stored, { timeout: 20_000 }).toEqual([{ balance: 2 }]);
  expect(await balance()).toBe(2n);
  await person.end();
  await store.close();
});

interface LateCommits extends AsyncDisposable {
  readonly port: number;
  /** Keeps the next COMMIT back; resolves with what sends it on. */
  next(): Promise<() => void>;
}

/** A way to MySQL that can keep a COMMIT back, also when who sent it has gone. */
async function lateCommits(port: number): Promise<LateCommits> {
  let wanted: PromiseWithResolvers<() => void> | undefined;
  const server = createServer((socket) => {
    const target = connect(port, "127.0.0.1");
    let isKept = false;
    socket.on("data", (chunk) => {
      if (wanted === undefined || !chunk.includes("COMMIT")) return target.write(chunk);
      isKept = true;
      wanted.resolve(() => target.write(chunk));
      wanted = undefined;
      return;
    });
    target.on("data", (chunk) => socket.destroyed || socket.write(chunk));
    socket.on("close", () => isKept || target.destroy());
    target.on("close", () => socket.destroy());
    for (const end of [socket, target]) end.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    next() {
      wanted = Promise.withResolvers();
      return wanted.promise;
    },
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
