import { expect, test } from "vitest";
import { CachedStore } from "../../../../runtime/tables/redis-mysql/cached-store.ts";
import { tablesOfSchema } from "../../../setup/schema-tables.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { startRedisCluster } from "../../../setup/servers/redis.ts";
import { masterOf, moveSlot, slotOf } from "../../../setup/servers/resharding.ts";

const rowCount = 200n;

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
  const slots = await Promise.all(["s0", "s1", "s2"].map((tag) => slotOf(cluster.urls, tag)));
  for (const slot of slots) {
    const from = cluster.urls.indexOf(await masterOf(cluster.urls, slot));
    await moveSlot(cluster.urls[from]!, cluster.urls[(from + 1) % cluster.urls.length]!, slot);
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
