import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { CachedStore } from "../../../../runtime/cache/cached/store.ts";
import { tablesOfSchema } from "../../../setup/schema-tables.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { startRedisCluster } from "../../../setup/servers/redis.ts";

const rowCount = 200n;

/** Gives a slot, with its keys, to the next master, as an operator does. */
async function moveSlot(urls: readonly string[], slot: number): Promise<void> {
  const nodes = urls.map((url) => new Redis(url));
  try {
    const ids = await Promise.all(nodes.map(async (node) => String(await node.call("CLUSTER", "MYID"))));
    const counts = await Promise.all(nodes.map((node) => node.call("CLUSTER", "COUNTKEYSINSLOT", slot)));
    const from = counts.findIndex((count) => Number(count) > 0);
    const to = (from + 1) % nodes.length;
    await nodes[to]!.call("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[from]!);
    await nodes[from]!.call("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[to]!);
    const { hostname, port } = new URL(urls[to]!);
    for (;;) {
      const keys = (await nodes[from]!.call("CLUSTER", "GETKEYSINSLOT", slot, 100)) as string[];
      if (keys.length === 0) break;
      await nodes[from]!.call("MIGRATE", hostname, port, "", 0, 5_000, "KEYS", ...keys);
    }
    for (const at of [to, from]) await nodes[at]!.call("CLUSTER", "SETSLOT", slot, "NODE", ids[to]!);
  } finally {
    for (const node of nodes) node.disconnect();
  }
}

test("a store goes on with rows whose slot was given to another master", async () => {
  await using server = await openMySql();
  await using cluster = await startRedisCluster();
  const [table] = await tablesOfSchema(`message Hero {
    option (photinus.table) = { name: "hero" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    int64 gold = 2;
  }`);
  const hero = table!;
  const database = await server.createDatabase();
  const urls = { mysqlUrl: database.url, redisUrl: cluster.urls.join(","), tables: [hero] };
  const store = await CachedStore.open(urls);
  const ids = Array.from({ length: Number(rowCount) }, (_, at) => BigInt(at + 1));
  await Promise.all(ids.map((id) => store.create(hero, [id, id])));
  const first = new Redis(cluster.urls[0]!);
  const slots = await Promise.all(
    ["s0", "s1", "s2"].map(async (tag) => Number(await first.call("CLUSTER", "KEYSLOT", `{${tag}}`))),
  );
  first.disconnect();
  for (const slot of slots) {
    await moveSlot(cluster.urls, slot);
    // All at once, so that commands for servers that have a slot, and for those that have it no more, go together.
    const rows = await store.read(
      hero,
      ids.map((id) => [id]),
    );
    expect(rows.every((row) => row !== undefined)).toBe(true);
    await Promise.all(ids.map((id) => store.increment(hero, [id], { column: 1, delta: 1n })));
  }
  await expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 }).toBe(0);
  await store.close();
  const other = await CachedStore.open({ ...urls, prefix: "other" });
  const rows = await other.read(
    hero,
    ids.map((id) => [id]),
  );
  await other.close();
  expect(rows.map((row) => row?.values[1])).toEqual(ids.map((id) => id + BigInt(slots.length)));
  await database.drop();
});
