import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { expect, test } from "vitest";
import { startMariaDb } from "../../setup/servers/mariadb.ts";
import { startRedis, startRedisCluster } from "../../setup/servers/redis.ts";

test("what a private MariaDB committed is there after a kill", async () => {
  await using server = await startMariaDb();
  const { url } = await server.createDatabase();
  const before = await mysql.createConnection(url);
  await before.query("CREATE TABLE kept (n INT)");
  await before.query("INSERT INTO kept VALUES (7)");
  before.destroy();
  await server.program.kill();
  await server.program.start();
  const after = await mysql.createConnection(url);
  const [rows] = await after.query("SELECT n FROM kept");
  after.destroy();
  expect(rows).toEqual([{ n: 7 }]);
});

test("what a private Redis with appendfsync always acknowledged is there after a kill", async () => {
  await using server = await startRedis({ appendFsync: "always" });
  const before = new Redis(server.url);
  before.on("error", () => undefined);
  await before.set("kept", "7");
  before.disconnect();
  await server.program.kill();
  await server.program.start();
  const after = new Redis(server.url);
  expect(await after.get("kept")).toBe("7");
  after.disconnect();
});

test("a cluster of three masters serves all slots", async () => {
  await using cluster = await startRedisCluster();
  const [first] = cluster.urls;
  const redis = new Redis(first!);
  const slots = await redis.cluster("SLOTS");
  redis.disconnect();
  expect(slots).toHaveLength(3);
});
