import { afterAll, beforeAll, expect, test } from "vitest";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import type { CachedStoreOptions } from "../../../runtime/tables/redis-mysql/cached-store-options.ts";
import { heroTable, vaultTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { codeOf } from "../../conformance/tables/suite/world.ts";
import { type MariaDb, run, startMariaDb } from "../../setup/servers/mariadb.ts";
import { openRedis } from "../../setup/servers/redis.ts";

let maria: MariaDb;
let redis: Awaited<ReturnType<typeof openRedis>>;
beforeAll(async () => {
  maria = await startMariaDb();
  redis = await openRedis();
});
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await maria?.[Symbol.asyncDispose]();
});

test("a user who may not create tables works with those that are there, and is told of the store's own", async () => {
  const { url: rootUrl } = await maria.createDatabase();
  const url = new URL(rootUrl);
  const name = url.pathname.slice(1);
  await run(maria.url, "CREATE USER game@127.0.0.1 IDENTIFIED BY 'secret'");
  await run(maria.url, `GRANT SELECT, INSERT, UPDATE, DELETE ON \`${name}\`.* TO game@127.0.0.1`);
  url.username = "game";
  url.password = "secret";
  const open = (mysqlUrl: string, options: Partial<CachedStoreOptions> = {}) =>
    CachedStore.open({
      ...{ mysqlUrl, redisUrl: redis.url, prefix: `rights-${name}`, flushMs: 10 },
      ...{ tables: [heroTable, vaultTable], ...options },
    });
  const refused = open(url.href, { createTables: false });
  await expect(refused).rejects.toThrow(
    /^FAILED_PRECONDITION: MySQL has no table photinus_position: CREATE command denied .*; create it: CREATE TABLE/,
  );
  const owner = await open(rootUrl);
  await new TableHandle(heroTable, owner).create({ name: "Ada" });
  await new TableHandle(vaultTable, owner).create({ owner: "Ada" });
  await owner.close();

  const store = await open(url.href, { createTables: false });
  const heroes = new TableHandle(heroTable, store);
  const vaults = new TableHandle(vaultTable, store);
  try {
    const eve = await heroes.create({ name: "Eve" });
    expect(await heroes.increment(eve.id, "gold", 5n)).toBe(5n);
    expect(await vaults.increment("Ada", "balance", 5n)).toBe(5n);
    await expect.poll(async () => (await store.status()).journalLength, { timeout: 20_000 }).toBe(0);
    expect(await run(rootUrl, "SELECT gold FROM hero WHERE name = 'Eve'")).toEqual([{ gold: 5 }]);
    expect(await codeOf(vaults.delete("Ada"))).toBe("it did not fail");
  } finally {
    await store.close();
  }
});

test("a user who has rights on single tables starts on one that had another name once", async () => {
  const { url: rootUrl } = await maria.createDatabase();
  const url = new URL(rootUrl);
  const name = url.pathname.slice(1);
  const table: typeof heroTable = { ...heroTable, former: [{ database: "main", name: "champion" }] };
  const open = (mysqlUrl: string) =>
    CachedStore.open({ mysqlUrl, redisUrl: redis.url, prefix: `single-${name}`, tables: [table] });
  const owner = await open(rootUrl);
  const { id } = await new TableHandle(table, owner).create({ name: "Ada" });
  await owner.close();
  await run(maria.url, "CREATE USER single@127.0.0.1 IDENTIFIED BY 'secret'");
  for (const one of ["hero", "photinus_position", "photinus_sequence"]) {
    await run(
      maria.url,
      `GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON \`${name}\`.${one} TO single@127.0.0.1`,
    );
  }
  url.username = "single";
  url.password = "secret";
  const store = await open(url.href);
  expect(await new TableHandle(table, store).get(id)).toMatchObject({ name: "Ada" });
  await store.close();
});
