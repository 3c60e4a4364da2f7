import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Logger } from "../../../runtime/log/logger.ts";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import type { CachedStoreOptions } from "../../../runtime/tables/redis-mysql/cached-store-options.ts";
import { heroTable, vaultTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { codeOf, collect } from "../../conformance/tables/suite/world.ts";
import type { TestDatabase } from "../../setup/servers/mariadb.ts";
import { openRedis, startRedis } from "../../setup/servers/redis.ts";
import { type ReplicatedMariaDb, startReplicatedMariaDb } from "../../setup/servers/replication.ts";

let servers: ReplicatedMariaDb;
let redis: Awaited<ReturnType<typeof openRedis>>;
beforeAll(async () => {
  servers = await startReplicatedMariaDb();
  redis = await openRedis();
});
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await servers?.[Symbol.asyncDispose]();
});

let database: TestDatabase;
let prefix: string;
let logged: string[];
beforeEach(async () => {
  database = await servers.primary.createDatabase();
  prefix = `replicas-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  logged = [];
});

/** Address of a MySQL server that does not run. */
const nobody = "mysql://root@127.0.0.1:1/nothing";
const fromReplica = { from: "replica" } as const;

function listening(): Logger {
  const keep = (details: object, message: string) =>
    void logged.push(`${message} ${JSON.stringify(details)}`);
  return { debug: keep, info: keep, warn: keep, error: keep, child: listening };
}

async function openStore(replicaUrls: readonly string[], options: Partial<CachedStoreOptions> = {}) {
  const store = await CachedStore.open({
    tables: [heroTable, vaultTable],
    flushMs: 10,
    log: listening(),
    ...{ mysqlUrl: database.url, replicaUrls, redisUrl: redis.url, prefix },
    ...options,
  });
  return {
    store,
    heroes: new TableHandle(heroTable, store),
    vaults: new TableHandle(vaultTable, store),
    written: () => expect.poll(async () => (await store.status()).journalLength, { timeout: 20_000 }).toBe(0),
    async [Symbol.asyncDispose]() {
      await store.close();
    },
  };
}

/** Takes the rows out of the cache, as time does. */
async function emptyCache(): Promise<void> {
  const client = new Redis(redis.url);
  const keys = await client.keys(`${prefix}:{s*}:r:*`);
  if (keys.length > 0) await client.del(...keys);
  client.disconnect();
}

async function cachedRows(): Promise<number> {
  const client = new Redis(redis.url);
  const keys = await client.keys(`${prefix}:{s*}:r:*`);
  client.disconnect();
  return keys.length;
}

describe("a replica that is behind", () => {
  test("gives its old rows to reads that ask for them, and to no other", async () => {
    await using world = await openStore([servers.replicaUrl(database)]);
    const { heroes, vaults, written } = world;
    const ada = await heroes.create({ name: "Ada", guild: 1n, gold: 1n });
    const eve = await heroes.create({ name: "Eve", guild: 1n });
    await vaults.create({ owner: "Ada", balance: 1n });
    await written();
    await servers.caughtUp();
    await servers.standStill();
    try {
      await heroes.patch(ada.id, { gold: 2n });
      await heroes.patch(eve.id, { guild: 2n });
      const bob = await heroes.create({ name: "Bob", guild: 1n });
      await vaults.patch("Ada", { balance: 2n });
      await written();
      await emptyCache();

      const old = await collect(heroes.stream({ ...fromReplica, pageCount: 1 }));
      expect(old).toEqual([ada, eve]);
      expect(await collect(vaults.stream(fromReplica))).toMatchObject([{ balance: 1n }]);
      expect(await heroes.keysBy("guild", 1n, fromReplica)).toEqual([ada.id, eve.id]);
      expect(await heroes.rowsBy("guild", 1n, fromReplica)).toEqual([ada, eve]);
      // Nothing of it has come into the cache, which everything else goes by.
      expect(await cachedRows()).toBe(0);
      expect(await heroes.get(ada.id)).toMatchObject({ gold: 2n });
      expect(await heroes.increment(ada.id, "gold", 1n)).toBe(3n);
      expect(await vaults.increment("Ada", "balance", 1n)).toBe(3n);
      expect(await heroes.keysBy("guild", 1n)).toEqual([ada.id, bob.id]);
      expect(await heroes.warm()).toBe(3);
      expect((await collect(heroes.stream())).map(({ name }) => name)).toEqual(["Ada", "Eve", "Bob"]);
    } finally {
      await servers.follow();
    }
    await written();
    await servers.caughtUp();
    expect(await collect(heroes.stream(fromReplica))).toMatchObject([{ gold: 3n }, {}, { name: "Bob" }]);
  });

  test("does not have a table yet: the primary is read", async () => {
    await using world = await openStore([servers.replicaUrl(database)]);
    await servers.caughtUp();
    await servers.standStill();
    try {
      await world.heroes.create({ name: "Ada" });
      await world.written();
      expect(await collect(world.heroes.stream(fromReplica))).toMatchObject([{ name: "Ada" }]);
    } finally {
      await servers.follow();
    }
  });
});

test("what the journal still holds is not seen by a read that accepts age, with a replica or without", async () => {
  await using writing = await openStore([]);
  const ada = await writing.heroes.create({ name: "Ada" });
  await writing.written();
  await servers.caughtUp();
  await writing.store.close();
  for (const replicas of [[], [servers.replicaUrl(database)]]) {
    await using world = await openStore(replicas, { writer: false });
    await world.heroes.patch(ada.id, { level: 9 });
    expect(await collect(world.heroes.stream(fromReplica))).toEqual([ada]);
    expect(await collect(world.heroes.stream())).toMatchObject([{ level: 9 }]);
  }
});

describe("a replica that is away", () => {
  test("keeps nobody from starting; the next one is read, and the log says so once", async () => {
    // Which of them a process asks first is chance.
    const chance = vi.spyOn(Math, "random").mockReturnValue(0);
    await using world = await openStore([nobody, servers.replicaUrl(database)]);
    chance.mockRestore();
    const { heroes, written } = world;
    const ada = await heroes.create({ name: "Ada" });
    await written();
    await servers.caughtUp();
    await servers.standStill();
    try {
      await heroes.patch(ada.id, { level: 9 });
      await written();
      for (let times = 0; times < 5; times++) {
        expect(await collect(heroes.stream(fromReplica))).toEqual([ada]);
      }
    } finally {
      await servers.follow();
    }
    const away = logged.filter((line) => line.startsWith("read replica failed"));
    expect(away).toEqual([expect.stringContaining('"replica":"127.0.0.1:1/nothing","failures":1')]);
    expect(logged.join()).not.toContain("root");
  });

  test("and is the only one: the primary is read, and the replica again when it is back", async () => {
    await using pair = await startReplicatedMariaDb();
    const own = await pair.primary.createDatabase();
    await using world = await openStore([pair.replicaUrl(own)]);
    // Rows that only the replica has tell who was read.
    await world.heroes.create({ name: "Ada" });
    await world.written();
    await using other = await CachedStore.open({
      ...{ mysqlUrl: own.url, redisUrl: redis.url, prefix: `${prefix}-other`, tables: [heroTable] },
      flushMs: 10,
    }).then((store) => ({ store, [Symbol.asyncDispose]: async () => void (await store.close()) }));
    await new TableHandle(heroTable, other.store).create({ name: "Replica" });
    await expect.poll(async () => (await other.store.status()).journalLength, { timeout: 20_000 }).toBe(0);
    await pair.caughtUp();

    const names = async () => (await collect(world.heroes.stream(fromReplica))).map(({ name }) => name);
    expect(await names()).toEqual(["Replica"]);
    await pair.replica.program.kill();
    expect(await names()).toEqual(["Ada"]);
    expect(logged.join("\n")).toContain("read replica failed; its reads go to another server");
    await pair.replica.program.start();
    await expect.poll(names, { timeout: 30_000 }).toEqual(["Replica"]);
    expect(logged.join("\n")).toContain("read replica recovered");
  });
});

test("a replica that hangs holds reads up for a while, not for ever", { timeout: 180_000 }, async () => {
  const url = servers.replicaUrl(database);
  await using world = await openStore([url], { connections: 1 });
  const ada = await world.heroes.create({ name: "Ada" });
  await world.written();
  await servers.caughtUp();
  const all = () => collect(world.heroes.stream(fromReplica));
  expect(await all()).toEqual([ada]);
  servers.replica.program.signal("SIGSTOP");
  try {
    // With one connection, a second read would find none left if the first had kept it.
    const failures = () => logged.filter((line) => line.includes('"failures":2')).length;
    while (failures() === 0) expect(await all()).toEqual([ada]);
  } finally {
    servers.replica.program.signal("SIGCONT");
  }
  const isBack = async () => {
    await all();
    return logged.some((line) => line.startsWith("read replica recovered"));
  };
  await expect.poll(isBack, { timeout: 60_000 }).toBe(true);
});

test("a replica is read while the primary and Redis are away", async () => {
  await using pair = await startReplicatedMariaDb();
  const own = await pair.primary.createDatabase();
  database = own;
  await using ownRedis = await startRedis();
  await using world = await openStore([pair.replicaUrl(own)], { redisUrl: ownRedis.url });
  const ada = await world.heroes.create({ name: "Ada" });
  await world.written();
  await pair.caughtUp();
  await pair.primary.program.kill();
  await ownRedis.program.kill();
  expect(await collect(world.heroes.stream(fromReplica))).toEqual([ada]);
  expect(await codeOf(world.heroes.keysBy("name", "Ada"))).toBe("UNAVAILABLE");
});

test("a URL of a replica that is none is refused at the start", async () => {
  await expect(openStore(["postgres://somewhere/game"])).rejects.toThrow(
    /INVALID_ARGUMENT: .*replicaUrls\[0\]: unexpected scheme postgres:/,
  );
});

test("a store that is closed reads no replica", async () => {
  const { store, heroes } = await openStore([servers.replicaUrl(database)]);
  await store.close();
  expect(await codeOf(collect(heroes.stream(fromReplica)))).toBe("UNAVAILABLE");
});
