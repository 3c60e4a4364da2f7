import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { CachedStore } from "../../../../runtime/cache/cached/store.ts";
import { tablesOfSchema } from "../../../setup/schema-tables.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { startRedis } from "../../../setup/servers/redis.ts";

/** Around each length at which MessagePack writes another head. */
const lengths = [0, 1, 31, 32, 255, 256, 65_535, 65_536, 100_000];

test("rows that Redis has lost, but not its journal, reach MySQL from the journal alone", async () => {
  await using server = await openMySql();
  await using started = await startRedis();
  const [table] = await tablesOfSchema(`message Note {
    option (photinus.table) = { name: "note" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    bytes blob = 2 [(photinus.column) = { max_length: 200000 }];
    optional string text = 3;
    int64 count = 5;
  }`);
  const note = table!;
  const database = await server.createDatabase();
  const urls = { mysqlUrl: database.url, redisUrl: started.url, tables: [note] };
  const first = await CachedStore.open({ ...urls, writer: false });
  const blobs = lengths.map((length) => new Uint8Array(length).map((_, at) => at * 7));
  for (const [id, blob] of blobs.entries()) {
    await first.create(note, [BigInt(id), new Uint8Array(0), `note ${id}`, 0n]);
    await first.write(note, [BigInt(id)], [{ column: 1, value: blob }]);
    await first.increment(note, [BigInt(id)], { column: 3, delta: BigInt(id) });
  }
  await first.write(note, [3n], [{ column: 2, value: null }]);
  await first.remove(note, [4n]);
  await first.remove(note, [5n]);
  await first.create(note, [5n, blobs[5]!, "again", 7n]);
  await first.close();
  const redis = new Redis(started.url);
  const rows = await redis.keys("p:*:r:*");
  expect(rows.length).toBe(lengths.length);
  await redis.del(...rows);
  redis.disconnect();
  const second = await CachedStore.open(urls);
  await expect.poll(async () => (await second.status()).journalLength, { timeout: 30_000 }).toBe(0);
  const found = await second.read(
    note,
    lengths.map((_, id) => [BigInt(id)]),
  );
  await second.close();
  expect(found.map((row) => row?.values)).toEqual(
    blobs.map((blob, id) => {
      if (id === 4) return undefined;
      if (id === 5) return [5n, blob, "again", 7n];
      return [BigInt(id), blob, id === 3 ? null : `note ${id}`, BigInt(id)];
    }),
  );
  await database.drop();
});
