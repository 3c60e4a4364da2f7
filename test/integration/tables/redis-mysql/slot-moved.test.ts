import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { CachedStore } from "../../../../runtime/tables/redis-mysql/cached-store.ts";
import { KeyNames } from "../../../../runtime/tables/redis-mysql/key-names.ts";
import { heroes } from "../../../setup/schema-tables.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { startRedisCluster } from "../../../setup/servers/redis.ts";
import { masterOf, moveSlot, slotOf } from "../../../setup/servers/resharding.ts";

const rowCount = 200n;

test("a store goes on with rows whose slot was given to another master", async () => {
  await using server = await openMySql();
  await using cluster = await startRedisCluster();
  const hero = await heroes();
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

test("a write that went to a slow former master is executed before a later write of its row", {
  timeout: 60_000,
}, async () => {
  await using server = await openMySql();
  await using cluster = await startRedisCluster();
  const hero = await heroes();
  const database = await server.createDatabase();
  const shards = 12;
  const urls = { mysqlUrl: database.url, redisUrl: cluster.urls.join(",") };
  const store = await CachedStore.open({ ...urls, tables: [hero], shards, writer: false });
  const tags = Array.from({ length: shards }, (_, shard) => `s${shard}`);
  const slots = await Promise.all(tags.map((tag) => slotOf(cluster.urls, tag)));
  const masters = await Promise.all(slots.map((slot) => masterOf(cluster.urls, slot)));
  const [slow, to, third] = cluster.urls as [string, string, string];
  const names = new KeyNames("p", shards);
  const rowOn = (master: string) => {
    let id = 1n;
    while (masters[names.place(hero, [id]).shard] !== master) id++;
    return { id, slot: slots[names.place(hero, [id]).shard]! };
  };
  const [moved, other] = [rowOn(slow), rowOn(third)];
  await Promise.all([moved, other].map(({ id }) => store.create(hero, [id, 0n])));
  await moveSlot(slow, to, moved.slot);
  await moveSlot(third, to, other.slot);
  let acknowledged = 0n;
  const write = (value: bigint) =>
    store.write(hero, [moved.id], [{ column: 1, value }]).then(
      () => {
        acknowledged = value > acknowledged ? value : acknowledged;
      },
      () => undefined,
    );
  // The client knows nothing of either move yet.
  const { pid } = cluster.programs[0]!;
  process.kill(pid, "SIGSTOP");
  const first = write(1n);
  // Reads of the other row make the client load the slots again: from any server, up to a second from the slow one.
  for (const end = Date.now() + 1_500; Date.now() < end; await pause(15))
    await store.read(hero, [[other.id]]);
  const second = write(2n);
  // A read sends the waiting changes.
  const read = store.read(hero, [[moved.id]]).catch(() => undefined);
  await pause(100);
  process.kill(pid, "SIGCONT");
  await Promise.all([first, second, read]);
  expect(acknowledged).toBeGreaterThan(0n);
  const [row] = await store.read(hero, [[moved.id]]);
  expect(row!.values[1]).toBe(acknowledged);
  await store.close();
  await database.drop();
});
