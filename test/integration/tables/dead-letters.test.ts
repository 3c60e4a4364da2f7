import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Logger, silentLogger } from "../../../runtime/log/logger.ts";
import { buryChange } from "../../../runtime/tables/lua/generated/lua-scripts.ts";
import { RedisClient } from "../../../runtime/tables/redis/redis-client.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import type { ColumnValue } from "../../../runtime/tables/table-layout.ts";
import { fail } from "../../../schema/errors.ts";
import * as fixtures from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { tablesOfSchema } from "../../setup/schema-tables.ts";
import { openMySql } from "../../setup/servers/mariadb.ts";
import { startRedis } from "../../setup/servers/redis.ts";
import { Workshop, writeQuiet } from "../process/game.ts";

const protocol = fileURLToPath(
  new URL("../../conformance/tables/fixtures/server/protocol.ts", import.meta.url),
);
const { heroTable } = fixtures;
const guildColumn = heroTable.columns.findIndex(({ property }) => property === "guild");
const goldColumn = heroTable.columns.findIndex(({ property }) => property === "gold");
const guildIndex = heroTable.indexes.findIndex(({ columns }) => columns.join() === String(guildColumn));

let workshop: Workshop;
beforeEach(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.close());

test("the command line shows what waits and what was refused, and puts it right", {
  timeout: 120_000,
}, async () => {
  await using server = await openMySql();
  await using redis = await startRedis({ appendFsync: "everysec" });
  const database = await server.createDatabase();
  writeQuiet(workshop, { protocol, data: { mysql: { url: database.url }, redis: { url: redis.url } } });
  expect(await workshop.run("data", "migrate")).toMatchObject({ code: 0 });
  const options = { mysqlUrl: database.url, redisUrl: redis.url, tables: [heroTable], createTables: false };

  // Without a writer, changes wait.
  const idle = await CachedStore.open({ ...options, writer: false });
  for (const name of ["Ann", "Bob"]) {
    await idle.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name })));
  }
  await idle.close();
  const waiting = await workshop.run("data", "status");
  expect(waiting).toMatchObject({ code: 0, errors: "" });
  expect(waiting.out).toMatch(/^store +Redis before MySQL\ndurability +.*one second/);
  expect(waiting.out).toMatch(/\njournal +2 changes, the oldest .* old\ndead letters +0\n/);
  expect(waiting.out).toMatch(/\nhero +main +write-behind +2 +2\n/);

  // A row that MySQL refuses becomes a letter.
  const person = await mysql.createConnection(database.url);
  await person.query("ALTER TABLE hero ADD CONSTRAINT nobob CHECK (name <> 'Bob')");
  const writing = await CachedStore.open(options);
  await expect.poll(async () => (await writing.status()).deadLetters, { timeout: 20_000 }).toBe(1);
  const list = await workshop.run("data", "dead-letters", "list", "--json");
  const [letter] = JSON.parse(list.out) as { id: string; table: string; reason: string }[];
  expect(letter).toMatchObject({ table: "hero", reason: expect.stringContaining("nobob") });

  // When the cause is mended, it is tried again.
  await person.query("ALTER TABLE hero DROP CONSTRAINT nobob");
  expect(await workshop.run("data", "dead-letters", "retry", letter!.id)).toEqual({
    code: 0,
    out: "1 dead letter returned to the journal.\n",
    errors: "",
  });
  await expect
    .poll(async () => (await person.query("SELECT COUNT(*) AS count FROM hero"))[0], { timeout: 20_000 })
    .toMatchObject([{ count: 2 }]);
  expect((await workshop.run("data", "dead-letters", "list")).out).toBe("No dead letters.\n");

  // A column that is missing holds changes up, and loses none.
  await person.query("ALTER TABLE hero DROP COLUMN note");
  await writing.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: "Cid" })));
  await expect
    .poll(async () => (await writing.status()).journalLagMs, { timeout: 20_000 })
    .toBeGreaterThan(500);
  expect((await workshop.run("data", "migrate")).out).toMatch(
    /^hero: add the column note, text\n1 change applied in [\w.:-]+\/\w+\.\n$/,
  );
  await expect
    .poll(async () => (await person.query("SELECT COUNT(*) AS count FROM hero"))[0], { timeout: 40_000 })
    .toMatchObject([{ count: 3 }]);
  expect((await writing.status()).deadLetters).toBe(0);
  await writing.close();
  await person.end();
  await database.drop();
});

/**
 * Ada is in guild 1, and in the cache in guild 2, which MySQL refuses; so is Bob, whom MySQL does not know.
 * @param more what happens while MySQL refuses it
 */
async function refused(store: CachedStore, url: string, more?: (ada: ColumnValue[]) => Promise<void>) {
  const rowOf = (name: string, guild: bigint) => heroTable.valuesOf(heroTable.newRow({ name, guild }));
  const { values } = await store.create(heroTable, rowOf("Ada", 1n));
  const drained = () =>
    expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 }).toBe(0);
  await drained();
  const person = await mysql.createConnection(url);
  await person.query("ALTER TABLE hero ADD CONSTRAINT notwo CHECK (guild IS NULL OR guild <> 2)");
  await store.write(heroTable, [values[0]!], [{ column: guildColumn, value: 2n }]);
  const bob = await store.create(heroTable, rowOf("Bob", 2n));
  await expect.poll(async () => (await store.status()).deadLetters, { timeout: 30_000 }).toBe(2);
  await more?.([values[0]!]);
  await person.query("ALTER TABLE hero DROP CONSTRAINT notwo");
  await person.end();
  const inGuild = (guild: bigint) => store.keysBy(heroTable, guildIndex, [guild]);
  expect([await inGuild(1n), await inGuild(2n)]).toEqual([[], [[values[0]], [bob.values[0]]]]);
  return { ada: [values[0]!], bob: [bob.values[0]!], inGuild, drained, rowOf };
}

test("a row whose letter is dropped is found as MySQL has it, and its unique values are free", async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const database = await server.createDatabase();
  const options = { mysqlUrl: database.url, redisUrl: redis.url, tables: [heroTable] };
  const store = await CachedStore.open(options);
  const { ada, inGuild, rowOf } = await refused(store, database.url);
  for (const { id } of await store.deadLetters.list(9)) expect(await store.deadLetters.drop(id)).toBe(true);
  expect([await inGuild(1n), await inGuild(2n)]).toEqual([[ada], []]);
  await store.create(heroTable, rowOf("Bob", 3n));
  await store.close();
  await database.drop();
});

test("a row whose letter is tried again leaves nothing beside what MySQL has", async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const database = await server.createDatabase();
  const options = { mysqlUrl: database.url, redisUrl: redis.url, tables: [heroTable] };
  const store = await CachedStore.open(options);
  const { ada, bob, inGuild, drained } = await refused(store, database.url);
  for (const { id } of await store.deadLetters.list(9)) expect(await store.deadLetters.retry(id)).toBe(true);
  expect([await inGuild(1n), await inGuild(2n)]).toEqual([[], [ada, bob]]);
  await drained();
  expect([await inGuild(1n), await inGuild(2n)]).toEqual([[], [ada, bob]]);
  const client = new Redis(redis.url);
  expect(await client.keys("p:*:i:*")).toEqual([]);
  client.disconnect();
  await store.close();
  await database.drop();
});

test("the last letter of a row leaves nothing beside what MySQL has, when the row's later one was dropped before", async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const database = await server.createDatabase();
  const options = { mysqlUrl: database.url, redisUrl: redis.url, tables: [heroTable] };
  const store = await CachedStore.open(options);
  const { ada, bob, inGuild, drained } = await refused(store, database.url, async (ada) => {
    await store.increment(heroTable, ada, { column: goldColumn, delta: 1n });
    await expect.poll(async () => (await store.status()).deadLetters, { timeout: 30_000 }).toBe(3);
  });
  const letters = (await store.deadLetters.list(9)).filter(({ key }) => key === String(ada[0]));
  expect(letters).toHaveLength(2);
  expect(await store.deadLetters.drop(letters[1]!.id)).toBe(true);
  expect(await store.deadLetters.retry(letters[0]!.id)).toBe(true);
  await drained();
  expect([await inGuild(1n), await inGuild(2n)]).toEqual([[ada], [bob]]);
  await store.close();
  await database.drop();
});

test("a letter that is dropped while a later change of its row waits leaves nothing, though MySQL refuses that too", async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const database = await server.createDatabase();
  const options = { mysqlUrl: database.url, redisUrl: redis.url, tables: [heroTable] };
  const store = await CachedStore.open(options);
  const person = await mysql.createConnection(database.url);
  const { ada, bob, inGuild } = await refused(store, database.url, async (ada) => {
    const letters = await store.deadLetters.list(9);
    const { id } = letters.find(({ key }) => key === String(ada[0]))!;
    // Without a table the later change waits.
    await person.query("RENAME TABLE hero TO away");
    await store.increment(heroTable, ada, { column: goldColumn, delta: 1n });
    expect(await store.deadLetters.drop(id)).toBe(true);
    await person.query("RENAME TABLE away TO hero");
    await expect.poll(async () => (await store.status()).deadLetters, { timeout: 30_000 }).toBe(2);
  });
  for (const { id, key } of await store.deadLetters.list(9)) {
    if (key === String(ada[0])) expect(await store.deadLetters.drop(id)).toBe(true);
  }
  expect([await inGuild(1n), await inGuild(2n)]).toEqual([[ada], [bob]]);
  await person.end();
  await store.close();
  await database.drop();
});

test("a letter that is retried while a later change of its row waits leaves nothing", async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const database = await server.createDatabase();
  const options = { mysqlUrl: database.url, redisUrl: redis.url, tables: [heroTable] };
  const store = await CachedStore.open(options);
  const { ada, bob, inGuild, drained } = await refused(store, database.url);
  const person = await mysql.createConnection(database.url);
  // Without a table both changes wait, and then go together.
  await person.query("RENAME TABLE hero TO away");
  await store.write(heroTable, ada, [{ column: guildColumn, value: 3n }]);
  await store.remove(heroTable, bob);
  for (const { id } of await store.deadLetters.list(9)) expect(await store.deadLetters.retry(id)).toBe(true);
  await person.query("RENAME TABLE away TO hero");
  await drained();
  expect([await inGuild(1n), await inGuild(2n), await inGuild(3n)]).toEqual([[], [], [ada]]);
  const client = new Redis(redis.url);
  expect(await client.keys("p:*:i:*")).toEqual([]);
  client.disconnect();
  await person.end();
  await store.close();
  await database.drop();
});

test("a letter whose row was written well since is closed by itself, and leaves nothing", async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const database = await server.createDatabase();
  const logged: object[] = [];
  const log: Logger = { ...silentLogger, info: (details) => void logged.push(details), child: () => log };
  const store = await CachedStore.open({
    ...{ mysqlUrl: database.url, redisUrl: redis.url, tables: [heroTable] },
    log,
  });
  const { ada, bob, inGuild, drained } = await refused(store, database.url);
  await store.write(heroTable, ada, [{ column: guildColumn, value: 3n }]);
  await drained();
  const left = await store.deadLetters.list(9);
  expect(left).toMatchObject([{ key: String(bob[0]) }]);
  expect(logged).toContainEqual(expect.objectContaining({ closed: 1, all: 1, rows: [`hero ${ada[0]}`] }));
  expect([await inGuild(1n), await inGuild(2n), await inGuild(3n)]).toEqual([[], [bob], [ada]]);
  // A row that is gone has nothing left to be written.
  await store.remove(heroTable, bob);
  await drained();
  expect((await store.status()).deadLetters).toBe(0);
  expect([await inGuild(2n), await inGuild(3n)]).toEqual([[], [ada]]);
  const client = new Redis(redis.url);
  expect(await client.keys("p:*:i:*")).toEqual([]);
  const [row = ""] = await client.keys(`p:*:r:hero:${ada[0]}`);
  expect(await client.hexists(row, "x")).toBe(0);
  client.disconnect();
  await store.close();
  await database.drop();
});

test("a letter whose transaction failed is closed when the next one writes its row", async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const database = await server.createDatabase();
  const [pet] = await tablesOfSchema(`message Pet {
    option (photinus.table) = { name: "pet" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    string name = 2 [(photinus.column) = { unique: true max_length: 20 }];
  }`);
  const options = { mysqlUrl: database.url, redisUrl: redis.url, tables: [pet!] };
  const idle = await CachedStore.open({ ...options, writer: false });
  await idle.create(pet!, [1n, "Rex"]);
  await idle.close();
  const person = await mysql.createConnection(database.url);
  await person.query("INSERT INTO pet (id, name, _version) VALUES (9, 'Rex', 1)");
  const link = await RedisClient.open(redis.url, silentLogger);
  const run = link.run.bind(link);
  let deleting: Promise<unknown> | undefined;
  link.run = async (script, ...call) => {
    const reply = await run(script, ...call);
    if (script !== buryChange || deleting !== undefined) return reply;
    // The writer waits for the transaction, whose end makes the next attempt succeed.
    deleting = person.query("DELETE FROM pet WHERE id = 9");
    throw fail("UNAVAILABLE", "Redis cannot be reached");
  };
  const store = await CachedStore.open(options, link);
  await expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 }).toBe(0);
  await deleting;
  const [rows] = await person.query("SELECT id FROM pet");
  expect(rows).toEqual([{ id: 1 }]);
  expect(await store.deadLetters.list(9)).toEqual([]);
  await person.end();
  await store.close();
  link.close();
  await database.drop();
});

test("a letter is closed by whoever finds the journal written, when its owner died before it cleared it", async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const database = await server.createDatabase();
  const link = await RedisClient.open(redis.url, silentLogger);
  const command = link.command.bind(link);
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let isDead = false;
  const options = {
    ...{ mysqlUrl: database.url, redisUrl: redis.url, tables: [heroTable] },
    ...{ shards: 1, leaseMs: 300 },
  };
  link.command = async (name, ...args) => {
    // The flush after the refusals has reported to Redis what MySQL has, and has closed no dead letter.
    if (isDead && (name === "xrange" || name === "xtrim") && String(args[0]).endsWith(":x")) {
      reached.resolve();
      await gate.promise;
    }
    return command(name, ...args);
  };
  const first = await CachedStore.open(options, link);
  const { ada, bob, drained } = await refused(first, database.url);
  isDead = true;
  await first.write(heroTable, ada, [{ column: guildColumn, value: 3n }]);
  await reached.promise;
  const second = await CachedStore.open(options);
  await drained();
  expect(await second.deadLetters.list(9)).toMatchObject([{ key: String(bob[0]) }]);
  gate.resolve();
  await first.close();
  link.close();
  await second.close();
  await database.drop();
});

test("a refused row is found by its index values, also when its owner died before it cleared the journal", async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const database = await server.createDatabase();
  const link = await RedisClient.open(redis.url, silentLogger);
  const command = link.command.bind(link);
  const gate = Promise.withResolvers<void>();
  link.command = async (name, ...args) => {
    // When both are refused, it dies.
    if (name === "xtrim" && Number(await command("xlen", "p:{s0}:x")) === 2) await gate.promise;
    return command(name, ...args);
  };
  const options = {
    mysqlUrl: database.url,
    redisUrl: redis.url,
    tables: [heroTable],
    shards: 1,
    leaseMs: 300,
  };
  const first = await CachedStore.open(options, link);
  const { ada, bob, inGuild } = await refused(first, database.url);
  const second = await CachedStore.open(options);
  await expect.poll(async () => (await second.status()).journalLength, { timeout: 30_000 }).toBe(0);
  expect([await inGuild(1n), await inGuild(2n)]).toEqual([[], [ada, bob]]);
  gate.resolve();
  await first.close();
  link.close();
  await second.close();
  await database.drop();
});

test("a row of more bytes than MySQL takes at once becomes a letter, and stops no other", {
  timeout: 120_000,
}, async () => {
  await using server = await openMySql();
  await using redis = await startRedis();
  const database = await server.createDatabase();
  const person = await mysql.createConnection({ uri: database.url, rowsAsArray: true });
  const [[row]] = await person.query<mysql.RowDataPacket[][]>("SELECT @@max_allowed_packet");
  const numbers = [2, 3, 4, 5, 6];
  const size = Math.min(16_777_215, Math.ceil(Number(row![0]) / 4.5));
  const [behind] = await tablesOfSchema(`message Note {
    option (photinus.table) = { name: "note" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    ${numbers.map((at) => `bytes b${at} = ${at} [(photinus.column) = { max_length: ${size} }];`).join("\n")}
  }`);
  const through = { ...behind!, durability: "write-through" as const };
  const store = await CachedStore.open({
    mysqlUrl: database.url,
    redisUrl: redis.url,
    tables: [behind!],
    shards: 1,
  });
  const rowOf = (id: bigint, length: number) => [id, ...numbers.map(() => new Uint8Array(length))];
  await store.create(behind!, rowOf(1n, size));
  await store.create(behind!, rowOf(2n, size >> 2));
  await expect.poll(async () => (await store.status()).journalLength, { timeout: 60_000 }).toBe(0);
  expect(await store.deadLetters.list(10)).toMatchObject([
    { key: "1", reason: expect.stringMatching(/take \d+ bytes, but MySQL's max_allowed_packet is \d+$/) },
  ]);
  await expect(store.create(through, rowOf(3n, size))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  await store.create(through, rowOf(4n, 8));
  const [ids] = await person.query("SELECT id FROM note ORDER BY id");
  expect(ids).toEqual([[2], [4]]);
  await store.close();
  await person.end();
  await database.drop();
});
