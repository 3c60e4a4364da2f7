import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { describe, expect, onTestFinished, test } from "vitest";
import { CachedStore } from "../../../../runtime/tables/redis-mysql/cached-store.ts";
import type { CachedStoreOptions } from "../../../../runtime/tables/redis-mysql/cached-store-options.ts";
import type { TableLayout } from "../../../../runtime/tables/table-layout.ts";
import { isPhotinusError } from "../../../../schema/errors.ts";
import { heroTable, vaultTable } from "../../../conformance/tables/fixtures/server/tables.tables.ts";
import { codeOf } from "../../../setup/firefly.ts";
import { startMariaDb } from "../../../setup/servers/mariadb.ts";
import { startRedis } from "../../../setup/servers/redis.ts";

const columnOf = (table: TableLayout, property: string) =>
  table.columns.findIndex((column) => column.property === property);
const [level, note] = [columnOf(heroTable, "level"), columnOf(heroTable, "note")];
/** Rows that MySQL has from the start. Redis has a row only after its first read. */
const heroCount = 6_000;
const text = "n".repeat(1_000);
/** Less than the rows above take, or as many changes of their notes. */
const maxMemory = "6mb";
const clean = { ...heroTable, ttlMs: 3_000 };
/** So that a Redis which was just full stays so, whatever becomes of a few bytes. */
const lessMemory = "5mb";
/** So many changes are asked for at a time. */
const atOnce = 200;

async function openWorld(policy: string) {
  const opened = new AsyncDisposableStack();
  onTestFinished(() => opened.disposeAsync());
  const maria = opened.use(await startMariaDb());
  const server = opened.use(
    await startRedis({ settings: { maxmemory: maxMemory, "maxmemory-policy": policy } }),
  );
  const { url } = await maria.createDatabase();
  const redis = opened.adopt(new Redis(server.url), (client) => client.disconnect());
  const open = async (options: Partial<CachedStoreOptions> = {}) => {
    const own = { tables: [heroTable, vaultTable], flushMs: 20, leaseMs: 500, ...options };
    const store = await CachedStore.open({ ...own, mysqlUrl: url, redisUrl: server.url });
    opened.defer(() => store.close({ graceMs: 100 }).then(() => undefined));
    return store;
  };
  const first = await open({ writer: false });
  await first.create(vaultTable, ["ada", 1n, 0n]);
  await first.page(heroTable, undefined, 1);
  const rows = Array.from({ length: heroCount }, (_, at) => [at + 1, `hero ${at + 1}`, text]);
  const person = opened.adopt(await mysql.createConnection(url), (connection) => connection.destroy());
  await person.query("INSERT INTO hero (id, name, note) VALUES ?", [rows]);
  return { maria, redis, person, open };
}

/** Reads heroes, each of them or `undefined` with the first letter of its note. */
async function notesOf(store: CachedStore, ids: readonly bigint[], table = heroTable) {
  const rows = await store.read(
    table,
    ids.map((id) => [id]),
  );
  return rows.map((row) => (row?.values[note] as string | undefined)?.at(0));
}

const setLevel = (store: CachedStore, id: bigint, value: number) =>
  store.write(heroTable, [id], [{ column: level, value }]);

/** Every call on rows that are cached and rows that are not: the codes of their errors, or "none". */
async function callsOf(store: CachedStore, id: bigint) {
  const calls = {
    read: () => store.read(heroTable, [[id]]),
    write: () => setLevel(store, id, 3),
    create: () => store.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: `new ${id}` }))),
    rename: () => store.write(heroTable, [id], [{ column: 1, value: `renamed ${id}` }]),
    remove: () => store.remove(heroTable, [id]),
    keysBy: () => store.keysBy(heroTable, 0, [`hero ${heroCount}`]),
    page: () => store.page(heroTable, undefined, 5),
    readThrough: () => store.read(vaultTable, [["ada"]]),
    writeThrough: () => store.write(vaultTable, ["ada"], [{ column: 1, value: id }]),
    createThrough: () => store.create(vaultTable, [randomUUID(), 1n, 0n]),
  };
  const codes: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) codes[name] = await codeOf(call());
  return codes;
}

const all = (code: string) => ({
  ...{ read: "none", keysBy: "none", page: "none", readThrough: "none" },
  // What MySQL has first needs no more of Redis than a mark.
  ...{ writeThrough: "none", createThrough: "none" },
  ...{ write: code, create: code, rename: code, remove: code },
});

const isWritten = (store: CachedStore) =>
  expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 });

/** Changes notes, then levels, which are smaller, until nothing is taken any more; resolves with a refusal. */
async function fillWithChanges(store: CachedStore, ids: readonly bigint[]) {
  const refusals: unknown[] = [];
  for (let turn = 0; refusals.length < 20 * ids.length; turn++) {
    const value = `${turn % 10}${text}`.slice(0, 1_000);
    const changes = refusals.length === 0 ? [{ column: note, value }] : [{ column: level, value: turn }];
    const results = await Promise.allSettled(ids.map((id) => store.write(heroTable, [id], changes)));
    for (const result of results) if (result.status === "rejected") refusals.push(result.reason);
    if (turn > 1_000) throw new Error("Redis was never full");
  }
  return refusals.at(-1);
}

async function fillWithKeys(redis: Redis): Promise<void> {
  for (const size of [100_000, 1_000, 10]) {
    for (let at = 0; ; at++) {
      const code = await redis
        .set(`foreign:${size}:${at}`, "f".repeat(size))
        .catch((error: Error) => error.message);
      if (code !== "OK") break;
    }
  }
}

describe.each(["noeviction", "volatile-ttl"])("a Redis that is full, %s", { timeout: 120_000 }, (policy) => {
  test("of changes that MySQL was away for takes more when MySQL is back, and lost none", async () => {
    const { maria, open } = await openWorld(policy);
    const store = await open();
    const ids = Array.from({ length: atOnce }, (_, at) => BigInt(at + 1));
    await notesOf(store, ids);
    await maria.program.kill();
    const refusal = await fillWithChanges(store, ids);
    expect(refusal).toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    expect(isPhotinusError(refusal) && refusal.retryAfterMs).toBeGreaterThan(0);
    const notes = await notesOf(store, ids);
    expect(notes.every((first) => first !== undefined && first !== "n")).toBe(true);
    await maria.program.start();
    await isWritten(store).toBe(0);
    expect(await callsOf(store, 5_000n)).toEqual(all("none"));
    expect(await callsOf(store, 1n)).toEqual(all("none"));
    const reader = await open({ prefix: "reader", writer: false });
    expect(await notesOf(reader, ids.slice(1))).toEqual(notes.slice(1));
    expect((await store.status()).deadLetters).toBe(0);
  });

  test("of changes that no process writes is emptied by the first that starts", async () => {
    const { redis, open } = await openWorld(policy);
    const idle = await open({ writer: false });
    const ids = Array.from({ length: atOnce }, (_, at) => BigInt(at + 1));
    await notesOf(idle, ids);
    await fillWithChanges(idle, ids);
    await redis.config("SET", "maxmemory", lessMemory);
    expect(await callsOf(idle, 1n)).toEqual(all("RESOURCE_EXHAUSTED"));
    expect(await callsOf(idle, 5_000n)).toEqual(all("RESOURCE_EXHAUSTED"));
    const store = await open();
    await isWritten(store).toBe(0);
    expect(await callsOf(idle, 1n)).toEqual(all("none"));
    expect(await callsOf(idle, 5_000n)).toEqual(all("none"));
  });

  test("of others' keys has its journal written all the same, and reads answer", async () => {
    const { redis, person, open } = await openWorld(policy);
    const idle = await open({ writer: false });
    await person.query("ALTER TABLE hero ADD CHECK (level < 9)");
    for (const [id, value] of [7, 8, 9].entries()) await setLevel(idle, BigInt(id + 1), value);
    await fillWithKeys(redis);
    await redis.config("SET", "maxmemory", lessMemory);
    expect(await callsOf(idle, 5_000n)).toEqual(all("RESOURCE_EXHAUSTED"));
    const store = await open();
    await isWritten(store).toBe(0);
    const levels = async () =>
      (await store.read(heroTable, [[1n], [2n], [3n]])).map((row) => row?.values[level]);
    expect(await levels()).toEqual([7, 8, 9]);
    // What MySQL refuses does not keep the rest from being written, nor from being given up.
    const letters = await store.deadLetters.list(10);
    expect(letters.map(({ key }) => key)).toEqual(["3"]);
    expect(await store.deadLetters.drop(letters[0]!.id)).toBe(true);
    expect(await levels()).toEqual([7, 8, 0]);
    expect(await notesOf(store, [4_001n, 4_002n, 9_999_999n])).toEqual(["n", "n", undefined]);
    const foreign = await redis.keys("foreign:*");
    await redis.del(...foreign);
    expect(await callsOf(store, 5_001n)).toEqual(all("none"));
    await isWritten(store).toBe(0);
  });

  test("of clean rows answers reads of all others, and takes changes when some have left", async () => {
    const { redis, open } = await openWorld(policy);
    const store = await open({ tables: [clean, vaultTable] });
    const ids = Array.from({ length: heroCount }, (_, at) => BigInt(at + 1));
    expect(new Set(await notesOf(store, ids, clean))).toEqual(new Set(["n"]));
    expect(new Set(await notesOf(store, ids, clean))).toEqual(new Set(["n"]));
    expect(await redis.dbsize()).toBeLessThan(heroCount);
    await expect
      .poll(() => codeOf(store.write(clean, [6_000n], [{ column: level, value: 3 }])), { timeout: 30_000 })
      .toBe("none");
    await isWritten(store).toBe(0);
  });
});
