import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { KeyNames } from "../../../../runtime/tables/redis-mysql/key-names.ts";
import { heroTable, vaultTable } from "../../../conformance/tables/fixtures/server/tables.tables.ts";
import { openStore } from "../../../conformance/tables/place.ts";
import { openMySql } from "../../../setup/servers/mariadb.ts";
import { startRedis } from "../../../setup/servers/redis.ts";

const names = new KeyNames("p", 16);
const ada = names.hold(heroTable, "name", ["Ada"]);
const hero = heroTable.valuesOf(heroTable.newRow({ name: "Ada" }));
const vault = ["Ada", 1n, 0n];
const { row, shard } = names.place(vaultTable, ["Ada"]);

/** A Redis as processes that died left it. */
async function world() {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const server = stack.use(await openMySql());
  const database = await server.createDatabase();
  stack.defer(() => database.drop());
  const redis = stack.use(await startRedis());
  const client = new Redis(redis.url);
  stack.defer(() => client.disconnect());
  const spec = { kind: "cached", mysqlUrl: database.url, redisUrl: redis.url, prefix: "p" } as const;
  const open = async (writer: boolean) => {
    const store = await openStore({ ...spec, options: { writer } });
    stack.defer(() => store.close().then(() => undefined));
    return store;
  };
  /** A unique value that is held, and a write-through that is under way, each until so many milliseconds from now. */
  const leave = async (token: string, ms: number) => {
    const end = Date.now() + ms;
    await client.hset(ada.holds, ms < 0 ? `hero:name:3:${token}` : ada.value, `${token}@${end}`);
    await client.hset(names.marks(shard), token, `${row}@${end}`);
    await client.hset(row, `w${token}`, end);
    await client.hset(row, "w", Math.max(end, Number(await client.hget(row, "w"))));
  };
  return { client, open, leave };
}

test("what processes that died have left in Redis is removed when its time is over, and not before", async () => {
  const { client, open, leave } = await world();
  await leave("past", -1);
  await leave("present", 3_600_000);
  await open(true);
  const marks = names.marks(shard);
  await expect.poll(() => client.hkeys(marks), { timeout: 30_000 }).toEqual(["present"]);
  expect((await client.hkeys(row)).toSorted()).toEqual(["w", "wpresent"]);
  await expect.poll(() => client.hkeys(ada.holds), { timeout: 30_000 }).toEqual([ada.value]);
  await client.hset(marks, "present", `${row}@1`);
  await client.hset(row, "wpresent", 1);
  await open(true);
  await expect.poll(() => client.exists(marks, row), { timeout: 30_000 }).toBe(0);
});

test("a unique value that a process held when it died is free when its time is over, also before it is removed", async () => {
  const { client, open } = await world();
  await client.hset(ada.holds, ada.value, `dead@${Date.now() + 500}`);
  const store = await open(false);
  await store.create(heroTable, hero);
  expect(await client.exists(ada.holds)).toBe(0);
});

test("a row that a process was writing through when it died is cached when its time is over", async () => {
  const { client, open, leave } = await world();
  const store = await open(false);
  await store.create(vaultTable, vault);
  await leave("present", 3_600_000);
  const read = () => store.read(vaultTable, [["Ada"]]);
  await read();
  expect(await client.hexists(row, "v")).toBe(0);
  // No time to live: nothing may evict the mark.
  expect(await client.pttl(row)).toBe(-1);
  // Another write ends before this one's time is over.
  await store.write(vaultTable, ["Ada"], [{ column: 1, value: 2n }]);
  await read();
  expect(await client.hexists(row, "v")).toBe(0);
  await client.hset(row, "wpresent", 1, "w", 1);
  const [stored] = await read();
  expect(stored!.values).toEqual(["Ada", 2n, 0n]);
  expect((await client.hkeys(row)).filter((field) => field.startsWith("w"))).toEqual([]);
  expect(await client.hget(row, "v")).toBe(String(stored!.version));
});
