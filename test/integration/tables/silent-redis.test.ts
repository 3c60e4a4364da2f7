import { expect, onTestFinished, test } from "vitest";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { lookAtDatabases } from "../../../runtime/tables/databases/look-at-databases.ts";
import { RedisClient } from "../../../runtime/tables/redis/redis-client.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import type { CachedStoreOptions } from "../../../runtime/tables/redis-mysql/cached-store-options.ts";
import { KeyNames } from "../../../runtime/tables/redis-mysql/key-names.ts";
import { heroTable, vaultTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { codeOf } from "../../setup/firefly.ts";
import { openMySql } from "../../setup/servers/mariadb.ts";
import { startRedis } from "../../setup/servers/redis.ts";
import { within } from "../../setup/within.ts";

const columnOf = (property: string) => heroTable.columns.findIndex((column) => column.property === property);
const [name, level, gold] = [columnOf("name"), columnOf("level"), columnOf("gold")];
const heroCount = 16;
/** What {@link CachedStoreOptions} have by default, milliseconds. */
const defaults = { silenceMs: 10_000, reconnectWaitMs: 100 };

/** A store with cached heroes and a vault, and a Redis that can fall silent. */
async function openWorld(options: Partial<CachedStoreOptions> = {}) {
  const opened = new AsyncDisposableStack();
  onTestFinished(() => opened.disposeAsync());
  const mysql = opened.use(await openMySql());
  const redis = opened.use(await startRedis());
  const { url } = await mysql.createDatabase();
  const link = await RedisClient.open(redis.url, silentLogger, options);
  opened.defer(() => link.close());
  const urls = { mysqlUrl: url, redisUrl: redis.url, tables: [heroTable, vaultTable] };
  const store = await CachedStore.open({ ...urls, ...options }, link);
  opened.defer(() => store.close({ graceMs: 0 }).then(() => undefined));
  const thaw = () => redis.program.signal("SIGCONT");
  opened.defer(thaw);
  const create = (one: string) =>
    store.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: one })));
  const made = await Promise.all(Array.from({ length: heroCount }, (_, at) => create(`hero ${at}`)));
  await store.create(vaultTable, ["ada", 1n, 0n]);
  return {
    urls,
    store,
    link,
    create,
    ids: made.map(({ values }) => values[0] as bigint),
    freeze: () => redis.program.freeze(),
    thaw,
  };
}

type World = Awaited<ReturnType<typeof openWorld>>;

const readsOf = ({ store, ids }: World) => ({
  cached: () => store.read(heroTable, [[ids[0]!], [ids[1]!]]),
  uncached: () => store.read(heroTable, [[404n]]),
  keysBy: () => store.keysBy(heroTable, 0, ["hero 1"]),
  page: () => store.page(heroTable, undefined, 5),
});

const changesOf = ({ store, ids, create }: World) => ({
  write: () => store.write(heroTable, [ids[0]!], [{ column: level, value: 7 }]),
  increment: () => store.increment(heroTable, [ids[1]!], { column: gold, delta: 1n }),
  remove: () => store.remove(heroTable, [ids[2]!]),
  create: () => create("new hero"),
  rename: () => store.write(heroTable, [ids[3]!], [{ column: name, value: "renamed" }]),
  writeThrough: () => store.write(vaultTable, ["ada"], [{ column: 1, value: 2n }]),
  createThrough: () => store.create(vaultTable, ["bea", 1n, 0n]),
});

/** The codes of calls, each of which must end in time. */
async function codesOf(calls: Readonly<Record<string, () => Promise<unknown>>>, limitMs: number) {
  const codes = Object.entries(calls).map(async ([one, call]) => [
    one,
    await codeOf(within(limitMs, call())),
  ]);
  return Object.fromEntries(await Promise.all(codes)) as Record<string, string>;
}

test("no call waits longer than 10 seconds for a Redis that says nothing, nor at all after that", {
  timeout: 120_000,
}, async () => {
  const world = await openWorld();
  const calls = { ...readsOf(world), ...changesOf(world) };
  const away = Object.fromEntries(Object.keys(calls).map((one) => [one, "UNAVAILABLE"]));
  const readThrough = () => world.store.read(vaultTable, [["ada"]]);
  await world.freeze();
  const all = { ...calls, readThrough };
  expect(await codesOf(all, defaults.silenceMs + defaults.reconnectWaitMs)).toEqual({
    ...away,
    readThrough: "none",
  });
  expect(await codesOf(all, 0)).toEqual({ ...away, readThrough: "none" });
  for (const change of Object.values(changesOf(world)))
    await expect(change()).rejects.toMatchObject({ outcome: "not sent" });
  world.thaw();
  await expect.poll(() => codeOf(world.store.read(heroTable, [[1n]])), { timeout: 20_000 }).toBe("none");
  const again = await codesOf({ ...readsOf(world), ...changesOf(world) }, defaults.silenceMs);
  // What had been sent may have happened.
  for (const code of Object.values(again)) expect(["none", "ALREADY_EXISTS", "NOT_FOUND"]).toContain(code);
});

const silenceMs = 1_500;

test("what cleans up after a call does not wait for a silent Redis once more", async () => {
  const world = await openWorld({ silenceMs, writer: false });
  const { link, store, ids } = world;
  const id = ids[0]!;
  const keys = new KeyNames("p", 16);
  const { shard } = keys.place(heroTable, [id]);
  // The name is held by another connection than the row is changed by, which is idle when the server falls silent.
  const isElsewhere = (value: string) =>
    link.groupOf(keys.hold(heroTable, heroTable.indexes[0]!.name, [value]).shard) !== link.groupOf(shard);
  const value = Array.from({ length: 100 }, (_, at) => `name ${at}`).find(isElsewhere)!;
  const batch = link.batch.bind(link);
  link.batch = async (...args) => {
    await world.freeze();
    return batch(...args);
  };
  const rename = () => store.write(heroTable, [id], [{ column: name, value }]);
  expect(await codesOf({ rename }, silenceMs + defaults.reconnectWaitMs)).toEqual({ rename: "UNAVAILABLE" });
});

test("a store closes in its time while Redis says nothing", async () => {
  const world = await openWorld();
  await world.store.increment(heroTable, [world.ids[0]!], { column: gold, delta: 1n });
  await world.freeze();
  await within(1_000 + 3_500, world.store.close({ graceMs: 1_000 }));
});

test("a look at the servers waits for a silent Redis as long as calls do", async () => {
  const { urls, freeze } = await openWorld();
  const { mysqlUrl, redisUrl } = urls;
  await freeze();
  const limitMs = 500;
  const look = lookAtDatabases({
    ...{ redisUrl, silenceMs: limitMs },
    databases: new Map([["main", { mysqlUrl }]]),
  });
  expect((await within(limitMs, look)).silent).toMatchObject([{ server: "Redis" }]);
});
