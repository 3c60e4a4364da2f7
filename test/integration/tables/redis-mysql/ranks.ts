import mysql from "mysql2/promise";
import { expect, onTestFinished } from "vitest";
import { silentLogger } from "../../../../runtime/log/logger.ts";
import { RedisClient } from "../../../../runtime/tables/redis/redis-client.ts";
import { CachedStore } from "../../../../runtime/tables/redis-mysql/cached-store.ts";
import { KeyNames } from "../../../../runtime/tables/redis-mysql/key-names.ts";
import { tablesOfSchema } from "../../../setup/schema-tables.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { type RedisSettings, startRedis } from "../../../setup/servers/redis.ts";

export const shards = 4;
export const names = new KeyNames("p", shards);

interface Opening {
  readonly notes?: boolean;
  readonly keys?: RedisClient["keys"];
  readonly writer?: boolean;
  readonly backlogCount?: number;
}

/** Ranks with unique titles, whose keys are counted up, guilds with an index of all kinds; and stores that have them. */
export async function world(settings: RedisSettings = {}) {
  const server = await openMySql();
  const redis = await startRedis(settings);
  const database = await server.createDatabase();
  const [rank, guild] = await tablesOfSchema(`message Rank {
    option (photinus.table) = { name: "rank" };
    uint64 id = 1 [(photinus.column) = { primary_key: true auto_increment: true }];
    string title = 2 [(photinus.column) = { unique: true max_length: 20 }];
    optional int32 level = 3;
  }
  message Guild {
    option (photinus.table) = {
      name: "guild"
      index: { columns: ["name", "is_open", "seal", "since"] unique: true }
    };
    uint64 id = 1 [(photinus.column) = { primary_key: true auto_increment: true }];
    string name = 2 [(photinus.column) = { max_length: 20 }];
    bool is_open = 3;
    bytes seal = 4 [(photinus.column) = { max_length: 20 }];
    optional int64 since = 5;
  }`);
  const [table, other] = [rank!, guild!];
  const urls = { mysqlUrl: database.url, redisUrl: redis.url };
  const links: RedisClient[] = [];
  const stores: CachedStore[] = [];
  const open = async ({ notes = true, keys, ...options }: Opening = {}) => {
    const link = await RedisClient.open(redis.url, silentLogger);
    if (keys !== undefined) link.keys = keys;
    // As a store on a cluster, which has no filters.
    if (!notes) Object.defineProperty(link, "isOneServer", { value: false });
    links.push(link);
    const tables = [table, other];
    const store = await CachedStore.open({ ...urls, tables, shards, flushMs: 10, ...options }, link);
    stores.push(store);
    return store;
  };
  const link = await RedisClient.open(redis.url, silentLogger);
  links.push(link);
  const connection = await mysql.createConnection({ uri: database.url });
  onTestFinished(async () => {
    await connection.end();
    await Promise.all(stores.map((store) => store.close()));
    for (const one of links) one.close();
    await database.drop();
    await redis[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  const head = names.bloom(table, "title");
  const otherHead = names.bloom(other, other.indexes[0]!.name);
  const full = async () => String((await link.command("hget", head, "full")) ?? "");
  /** Waits until a filter is there. */
  const built = () => expect.poll(full, { timeout: 30_000 }).not.toBe("");
  return { redis, table, other, open, link, connection, head, otherHead, full, built };
}

export const drained = (store: CachedStore) =>
  expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 }).toBe(0);

export const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "OK",
    ({ code }) => code,
  );
