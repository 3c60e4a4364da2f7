import mysql, { type Connection } from "mysql2/promise";
import { expect, onTestFinished, test } from "vitest";
import { SystemClock } from "../../../../runtime/clock/clock.ts";
import { silentLogger } from "../../../../runtime/log/logger.ts";
import {
  holdValue,
  openFill,
  readOverlays,
  releaseValues,
} from "../../../../runtime/tables/lua/generated/lua-scripts.ts";
import { RedisClient } from "../../../../runtime/tables/redis/redis-client.ts";
import { CachedStore } from "../../../../runtime/tables/redis-mysql/cached-store.ts";
import type { Text } from "../../../../runtime/tables/redis-mysql/column-text.ts";
import { KeyNames } from "../../../../runtime/tables/redis-mysql/key-names.ts";
import { pushHashes } from "../../../../runtime/tables/redis-mysql/value-hash.ts";
import { tablesOfSchema } from "../../../setup/schema-tables.ts";
import { openMySql, startMariaDb } from "../../../setup/servers/mariadb.ts";
import { startRedis } from "../../../setup/servers/redis.ts";

/** Heroes with unique names, in a database whose table has one more column, which a person added. */
async function world(durability: "write-behind" | "write-through", startMySql = openMySql) {
  const server = await startMySql();
  const redis = await startRedis();
  const database = await server.createDatabase();
  const [hero] = await tablesOfSchema(`message Hero {
    option (photinus.table) = { name: "hero" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    string name = 2 [(photinus.column) = { unique: true max_length: 20 }];
    int64 gold = 3;
  }`);
  const table = { ...hero!, durability };
  const link = await RedisClient.open(redis.url, silentLogger);
  const urls = { mysqlUrl: database.url, redisUrl: redis.url };
  const clock = new LateClock();
  const store = await CachedStore.open({ ...urls, tables: [table], shards, clock }, link);
  for (const [id, name] of names) await store.create(table, [id, name, 1n]);
  const connection = await mysql.createConnection({ uri: database.url });
  const drained = () =>
    expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 }).toBe(0);
  await drained();
  await connection.query("ALTER TABLE hero ADD COLUMN note varchar(20) NOT NULL DEFAULT ''");
  await connection.query("UPDATE hero SET note = CONCAT('about ', name)");
  onTestFinished(async () => {
    await connection.end();
    await store.close();
    link.close();
    await database.drop();
    await redis[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  return { table, store, link, clock, connection, drained, urls };
}

/** The machine's clock, which a test puts forward. */
class LateClock extends SystemClock {
  lateMs = 0;

  override now(): number {
    return super.now() + this.lateMs;
  }
}

const shards = 4;
const names = [
  [1n, "Ada"],
  [2n, "Bea"],
  [3n, "Cleo"],
] as const;

async function rowsOf(connection: Connection): Promise<unknown[]> {
  const [rows] = await connection.query({
    sql: "SELECT id, name, gold, note FROM hero ORDER BY id",
    rowsAsArray: true,
  });
  return (rows as unknown[][]).map((row) => row.map(String));
}

test.each(["write-behind", "write-through"] as const)(
  "a %s change of a row with unique values leaves columns alone that are not the schema's",
  async (durability) => {
    const { table, store, connection, drained } = await world(durability);
    await store.write(table, [1n], [{ column: 2, value: 5n }]);
    await store.write(table, [2n], [{ column: 1, value: "Dora" }]);
    await store.increment(table, [3n], { column: 2, delta: 2n });
    await drained();
    expect(await rowsOf(connection)).toEqual([
      ["1", "Ada", "5", "about Ada"],
      ["2", "Dora", "1", "about Bea"],
      ["3", "Cleo", "3", "about Cleo"],
    ]);
  },
);

test("a unique value goes from row to row, and to a new one", async () => {
  const { table, store, connection, drained } = await world("write-behind");
  const name = (id: bigint, value: string) => store.write(table, [id], [{ column: 1, value }]);
  // A value that is given up is free when MySQL knows of it.
  await name(1n, "free");
  await drained();
  await name(2n, "Ada");
  await drained();
  await name(1n, "Bea");
  await store.remove(table, [3n]);
  await drained();
  await store.create(table, [4n, "Cleo", 7n]);
  await drained();
  expect(await rowsOf(connection)).toEqual([
    ["1", "Bea", "1", "about Ada"],
    ["2", "Ada", "1", "about Bea"],
    ["4", "Cleo", "7", ""],
  ]);
});

test("a value that is given up while it is still on its way to MySQL is free when that has ended", async () => {
  const { table, store, link, connection, drained } = await world("write-behind");
  const shardOf = (id: bigint) => new KeyNames("p", shards).place(table, [id]).shard;
  const [first, second] = [
    7n,
    Array.from({ length: 20 }, (_, at) => BigInt(8 + at)).find((id) => shardOf(id) !== shardOf(7n))!,
  ];
  // Holds up the statement that brings the first row to MySQL.
  await connection.query("START TRANSACTION");
  await connection.query("INSERT INTO hero (id, name, gold, _version) VALUES (?, 'held', 0, 1)", [first]);
  await store.create(table, [first, "Dora", 1n]);
  const waits = "SELECT COUNT(*) AS waits FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";
  await expect
    .poll(async () => (await connection.query(waits))[0], { timeout: 12_000, interval: 300 })
    .toEqual([{ waits: 1 }]);
  await store.remove(table, [first]);
  let looks = 0;
  const batch = link.batch.bind(link);
  link.batch = (script, ...call) => {
    if (script === readOverlays) looks++;
    return batch(script, ...call);
  };
  const taken = store.create(table, [second, "Dora", 2n]);
  const looked = expect.poll(() => looks, { timeout: 30_000 }).toBeGreaterThan(2);
  await Promise.race([taken, looked]);
  await connection.query("ROLLBACK");
  await taken;
  await drained();
  expect(await store.deadLetters.list(9)).toEqual([]);
  expect((await rowsOf(connection)).slice(3)).toEqual([[String(second), "Dora", "2", ""]]);
});

// One wait is 8 s; the time limit is far from 32 of them.
test("who takes a value waits once for the row that has given it up, not again and again", {
  timeout: 60_000,
}, async () => {
  const { table, store, connection, drained } = await world("write-behind");
  await connection.query("ALTER TABLE hero ADD CONSTRAINT nodora CHECK (name <> 'Dora')");
  await store.write(table, [1n], [{ column: 1, value: "Dora" }]);
  await drained();
  // MySQL has refused it, so that Ada is still the first row's there.
  await expect(store.write(table, [2n], [{ column: 1, value: "Ada" }])).rejects.toMatchObject({
    code: "ABORTED",
  });
});

test("a row whose reading takes longer than its unique value is held is not written", async () => {
  const { table, store, link, clock } = await world("write-behind");
  // As on a cluster, where values are held.
  Object.defineProperty(link, "isOneServer", { value: false });
  const [held, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const runOver = link.runOver.bind(link);
  link.runOver = async (script, ...args) => {
    if (script === openFill) {
      held.resolve();
      await gate.promise;
    }
    return runOver(script, ...args);
  };
  const late = store.create(table, [7n, "Dora", 1n]).catch(({ code }) => code);
  await held.promise;
  clock.lateMs = 12_000;
  gate.resolve();
  expect(await late).toBe("ABORTED");
  expect(await store.keysBy(table, 0, ["Dora"])).toEqual([]);
  await store.create(table, [8n, "Dora", 1n]);
});

test("a create waits for who holds its unique value", async () => {
  const { table, store, link } = await world("write-behind");
  const keyNames = new KeyNames("p", shards);
  const { holds, value } = keyNames.hold(table, "name", ["Dora"]);
  const note: Text[] = [keyNames.bloom(table, "name")];
  pushHashes(note, value);
  await link.run(holdValue, [holds], [60_000, value, "somebody", ...note]);
  let isCreated = false;
  const created = store.create(table, [4n, "Dora", 1n]).then(() => {
    isCreated = true;
  });
  // Many calls go to and fro meanwhile.
  for (let id = 100n; id < 120n; id++) await store.create(table, [id, `hero ${id}`, 1n]);
  expect(isCreated).toBe(false);
  await link.run(releaseValues, [holds], [value, "somebody"]);
  await created;
  expect(await store.keysBy(table, 0, ["Dora"])).toEqual([[4n]]);
});

test("creates of one moment each succeed or fail by themselves, also when two want one value", async () => {
  const { table, store, drained, urls } = await world("write-behind");
  const other = await CachedStore.open({ ...urls, tables: [table], shards });
  onTestFinished(async () => void (await other.close()));
  const wanted = Array.from({ length: 400 }, (_, at) => [BigInt(100 + at), `hero ${at % 100}`] as const);
  const results = await Promise.allSettled(
    wanted.map(([id, name], at) => (at % 2 === 0 ? store : other).create(table, [id, name, 1n])),
  );
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason.code] : []));
  expect(failures).toEqual(Array.from({ length: 300 }, () => "ALREADY_EXISTS"));
  for (let name = 0; name < 100; name++) {
    expect(await store.keysBy(table, 0, [`hero ${name}`])).toHaveLength(1);
  }
  await drained();
  expect(await store.deadLetters.list(9)).toEqual([]);
});

test("creates of one moment share what they ask MySQL and Redis", async () => {
  // What is counted is of the whole server, which must be the test's own.
  const { store, link, connection, drained, urls } = await world("write-behind", () => startMariaDb());
  // The values are new, and the keys are counted up: nothing else asks MySQL.
  const [numbered] = await tablesOfSchema(`message Rank {
    option (photinus.table) = { name: "rank" };
    uint64 id = 1 [(photinus.column) = { primary_key: true auto_increment: true }];
    string title = 2 [(photinus.column) = { unique: true max_length: 20 }];
  }`);
  const quiet = await CachedStore.open(
    { ...urls, prefix: "quiet", shards, tables: [numbered!], writer: false },
    link,
  );
  onTestFinished(async () => void (await quiet.close()));
  await quiet.create(numbered!, [0n, "first"]);
  await drained();
  await store.close();
  const asked = async () => {
    const [rows] = await connection.query("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'");
    return Number((rows as { Value: string }[])[0]!.Value);
  };
  const before = await asked();
  let calls = 0;
  const run = link.run.bind(link);
  link.run = (...call) => {
    calls++;
    return run(...call);
  };
  await Promise.all(Array.from({ length: 128 }, (_, at) => quiet.create(numbered!, [0n, `rank ${at}`])));
  expect((await asked()) - before).toBeLessThan(16);
  expect(calls).toBeLessThan(16);
});
