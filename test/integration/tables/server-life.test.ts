import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { serverLife } from "../../../runtime/tables/lua/generated/lua-scripts.ts";
import { RedisClient } from "../../../runtime/tables/redis/redis-client.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import { heroTable, vaultTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { openMySql } from "../../setup/servers/mariadb.ts";
import { type RedisServer, startRedis } from "../../setup/servers/redis.ts";

let mysql: Awaited<ReturnType<typeof openMySql>>;
let redis: RedisServer;
beforeAll(async () => {
  mysql = await openMySql();
  redis = await startRedis();
});
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await mysql?.[Symbol.asyncDispose]();
});

async function admin(url: string): Promise<Redis> {
  const client = new Redis(url);
  onTestFinished(() => client.disconnect());
  return client;
}

async function open(redisUrl: string): Promise<CachedStore> {
  const { url } = await mysql.createDatabase();
  return CachedStore.open({ mysqlUrl: url, redisUrl, tables: [heroTable, vaultTable] });
}

test.each([
  ["all commands but INFO", "-info"],
  [
    "single commands, INFO not among them",
    "-@all +@read +@write +@fast +@scripting +@connection +config|get",
  ],
])("a Redis user with %s is refused at the start, and told what is missing", async (_, rights) => {
  const client = await admin(redis.url);
  await client.call("ACL", "SETUSER", "game", "reset", "on", ">secret", "~*", "+@all", ...rights.split(" "));
  const url = redis.url.replace("redis://", "redis://game:secret@");
  await expect(open(url)).rejects.toThrow(
    /^FAILED_PRECONDITION: Redis does not run INFO in a script: .*ACL SETUSER name \+info/s,
  );
  await client.call("ACL", "SETUSER", "game", "+info");
  const store = await open(url);
  const heroes = new TableHandle(heroTable, store);
  expect(await heroes.create({ name: `Ada ${rights.length}` })).toMatchObject({ gold: 0n });
  await store.close();
});

test("many scripts that depend on the server's life ask for it a few times", async () => {
  const store = await open(redis.url);
  const client = await admin(redis.url);
  const vaults = new TableHandle(vaultTable, store);
  await vaults.create({ owner: "Ada", balance: 5n });
  await vaults.get("Ada");
  const callsOf = async (command: string) => {
    const [, calls = "0"] =
      new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await client.info("commandstats")) ?? [];
    return Number(calls);
  };
  const [infos, scripts] = [await callsOf("info"), await callsOf("evalsha")];
  for (let at = 0; at < 2_000; at++) expect((await vaults.get("Ada"))?.balance).toBe(5n);
  const asked = (await callsOf("info")) - infos;
  expect((await callsOf("evalsha")) - scripts).toBeGreaterThanOrEqual(2_000);
  expect(asked).toBeLessThan(1_000);
  await store.close();
});

test("a server that was demoted and promoted again on an open connection has another life", async () => {
  await using one = await startRedis();
  await using other = await startRedis();
  const link = await RedisClient.open(one.url, silentLogger);
  onTestFinished(() => link.close());
  const life = async () => String(await link.run(serverLife, ["{s0}"], []));
  const before = await life();
  expect(before).toMatch(/^\w{16}$/);
  await expect.poll(life).toBe(before);
  const client = await admin(one.url);
  const { port } = new URL(other.url);
  await client.replicaof("127.0.0.1", Number(port));
  await expect.poll(() => client.info("replication")).toContain("master_link_status:up");
  await client.replicaof("NO", "ONE");
  await expect.poll(life).not.toBe(before);
});

test("a server that has started again has another life at once, though its answer was a moment old", async () => {
  await using one = await startRedis();
  const link = await RedisClient.open(one.url, silentLogger, { reconnectWaitMs: 20_000 });
  onTestFinished(() => link.close());
  const life = async () => String(await link.run(serverLife, ["{s0}"], []));
  const before = await life();
  expect(await life()).toBe(before);
  await one.program.kill();
  const after = life();
  await one.program.start();
  expect(await after.catch(life)).not.toBe(before);
});
