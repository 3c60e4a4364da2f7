import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type Logger, silentLogger } from "../../../runtime/log/logger.ts";
import { openDatabases } from "../../../runtime/tables/databases/open-databases.ts";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import type { TableLayout } from "../../../runtime/tables/table-layout.ts";
import type { TableStore } from "../../../runtime/tables/table-store.ts";
import { heroTable, vaultTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { codeOf } from "../../conformance/tables/suite/world.ts";
import { type MariaDb, startMariaDb, type TestDatabase } from "../../setup/servers/mariadb.ts";
import { openRedis } from "../../setup/servers/redis.ts";
import { heroTables, laneCount, openPlaces } from "./databases-writer.ts";

/** The database "main" is on one server, "shop" on the other. */
let servers: { readonly main: MariaDb; readonly shop: MariaDb };
let redis: Awaited<ReturnType<typeof openRedis>>;
beforeAll(async () => {
  const [main, shop] = await Promise.all([startMariaDb(), startMariaDb()]);
  servers = { main, shop };
  redis = await openRedis();
});
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await servers?.main[Symbol.asyncDispose]();
  await servers?.shop[Symbol.asyncDispose]();
});

/** Tables of one name in both databases. */
const tables: readonly TableLayout[] = [heroTables.main, heroTables.shop, vaultTable];
const program = fileURLToPath(new URL("./databases-writer.ts", import.meta.url));

let places: { readonly main: TestDatabase; readonly shop: TestDatabase };
let prefix: string;
beforeEach(async () => {
  places = { main: await servers.main.createDatabase(), shop: await servers.shop.createDatabase() };
  prefix = `two-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
});

async function openBoth({ shop = places.shop.url, log = silentLogger } = {}) {
  const databases = new Map([
    ["main", { mysqlUrl: places.main.url }],
    ["shop", { mysqlUrl: shop }],
  ]);
  const shared = { redisUrl: redis.url, prefix, tables, databases, log };
  const store = await openDatabases({ ...shared, flushMs: 10, leaseMs: 500 });
  return {
    store,
    main: new TableHandle(heroTables.main, store),
    shop: new TableHandle(heroTables.shop, store),
    async [Symbol.asyncDispose]() {
      await store.close();
    },
  };
}

async function waiting(store: TableStore): Promise<Record<string, number>> {
  const { databases = [] } = await store.status();
  return Object.fromEntries(databases.map(({ name, journalLength }) => [name, journalLength]));
}
const isWritten = (store: TableStore) => expect.poll(() => waiting(store), { timeout: 30_000 });

/** What a database has, past the store. */
async function inMySql(place: TestDatabase, statement: string): Promise<unknown> {
  const connection = await mysql.createConnection(place.url);
  try {
    return (await connection.query(statement))[0];
  } finally {
    connection.destroy();
  }
}

describe("two databases", () => {
  test("have rows, numbers and keys of their own, also for tables of one name", async () => {
    await using both = await openBoth();
    const { store, main, shop } = both;
    const ada = await main.create({ name: "Ada", gold: 1n });
    const eve = await shop.create({ name: "Ada", gold: 2n });
    expect([ada.id, eve.id]).toEqual([1n, 1n]);
    await shop.increment(1n, "gold", 5n);
    expect([(await main.get(1n))?.gold, (await shop.get(1n))?.gold]).toEqual([1n, 7n]);
    expect(await main.keysBy("name", "Ada")).toEqual([1n]);
    await isWritten(store).toEqual({ main: 0, shop: 0 });
    const gold = "SELECT gold FROM hero";
    expect(await inMySql(places.main, gold)).toEqual([{ gold: 1 }]);
    expect(await inMySql(places.shop, gold)).toEqual([{ gold: 7 }]);
    const positions = "SELECT DISTINCT CAST(store AS CHAR) AS store FROM photinus_position";
    expect(await inMySql(places.main, positions)).toEqual([{ store: prefix }]);
    expect(await inMySql(places.shop, positions)).toEqual([{ store: `${prefix}.shop` }]);
    const client = new Redis(redis.url);
    const keys = await client.keys(`${prefix}*:r:hero:1`);
    client.disconnect();
    expect(keys.map((key) => key.replace(/\{s\d+\}/, "{s}")).sort()).toEqual([
      `${prefix}.shop:{s}:r:hero:1`,
      `${prefix}:{s}:r:hero:1`,
    ]);
    const status = await store.status();
    expect(status.tables).toContainEqual({
      ...{ name: "hero", database: "shop" },
      ...{ cachedRows: 1, dirtyRows: 0 },
    });
    await shop.delete(1n);
    expect(await main.exists(1n)).toBe(true);
  });

  test("hold each other up in nothing: what the one that is away lacks is written when it is back", async () => {
    await using both = await openBoth();
    const { store, main, shop } = both;
    for (const table of [main, shop]) await table.create({ name: "Ada" });
    await isWritten(store).toEqual({ main: 0, shop: 0 });
    await servers.shop.program.kill();
    try {
      for (let round = 0; round < 50; round++) {
        await Promise.all([main.increment(1n, "gold", 1n), shop.increment(1n, "gold", 1n)]);
      }
      await isWritten(store).toEqual({ main: 0, shop: 50 });
      expect((await store.status()).journalLength).toBe(50);
      expect(await inMySql(places.main, "SELECT gold FROM hero")).toEqual([{ gold: 50 }]);
      // A row that is not cached cannot be read without its MySQL; one of the other database can.
      expect(await codeOf(shop.get(404n))).toBe("UNAVAILABLE");
      expect(await main.get(404n)).toBeUndefined();
    } finally {
      await servers.shop.program.start();
    }
    await isWritten(store).toEqual({ main: 0, shop: 0 });
    expect(await inMySql(places.shop, "SELECT gold FROM hero")).toEqual([{ gold: 50 }]);
  });

  test("each have every acknowledged change once, whatever is killed", { timeout: 180_000 }, async () => {
    const mysqlUrls = [["main", places.main.url] as const, ["shop", places.shop.url] as const];
    const own = { redisUrl: redis.url, prefix, mysqlUrls };
    {
      await using both = await openBoth();
      for (const table of [both.main, both.shop]) await table.create({ name: "Ada" });
    }
    const acknowledged = { main: 0, shop: 0 };
    const begin = async () => {
      const args = ["-C", "photinus-source", program, JSON.stringify(own)];
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      onTestFinished(() => void child.kill("SIGKILL"));
      const lines = createInterface(child.stdout);
      lines.on("line", (name) => acknowledged[name as "main" | "shop"]++);
      // The store cannot start while a server is unreachable.
      await Promise.race([once(lines, "line"), once(child, "close")]);
      return child;
    };
    const more = (count: number) => {
      const { main, shop } = acknowledged;
      return expect
        .poll(() => Math.min(acknowledged.main - main, acknowledged.shop - shop), { timeout: 60_000 })
        .toBeGreaterThan(count);
    };
    const kill = async (child: ChildProcess) => {
      expect(child.exitCode, "a process ended by itself").toBeNull();
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
    };
    const children = [await begin(), await begin()];
    await more(500);
    await kill(children.pop()!);
    children.push(await begin());
    await more(500);
    await servers.shop.program.kill();
    await more(500);
    await servers.shop.program.start();
    await more(500);
    await Promise.all(children.map(kill));

    const store = await openPlaces(own);
    onTestFinished(() => void store.close());
    await isWritten(store).toEqual({ main: 0, shop: 0 });
    for (const name of ["main", "shop"] as const) {
      const [row] = (await inMySql(places[name], "SELECT gold FROM hero")) as { gold: number }[];
      expect(row!.gold, name).toBeGreaterThanOrEqual(acknowledged[name]);
      // What was under way at a kill may have happened.
      expect(row!.gold, name).toBeLessThanOrEqual(acknowledged[name] + 3 * laneCount);
      expect((await store.status()).deadLetters).toBe(0);
    }
  });

  test("have dead letters in one list, each called after its database", async () => {
    await using both = await openBoth();
    const { store, main, shop } = both;
    for (const table of [main, shop]) await table.create({ name: "Ada" });
    await isWritten(store).toEqual({ main: 0, shop: 0 });
    for (const place of [places.main, places.shop]) {
      await inMySql(place, "ALTER TABLE hero ADD CONSTRAINT modest CHECK (level < 9)");
    }
    await Promise.all([main.patch(1n, { level: 10 }), shop.patch(1n, { level: 10 })]);
    await expect.poll(async () => (await store.status()).deadLetters, { timeout: 20_000 }).toBe(2);
    expect((await store.status()).databases?.map(({ deadLetters }) => deadLetters)).toEqual([1, 1]);

    const letters = await store.deadLetters.list(10);
    const [inMain] = letters.filter(({ database }) => database === "main");
    const [inShop] = letters.filter(({ database }) => database === "shop");
    expect(inMain?.id).toMatch(/^\d+\/\d+-\d+$/);
    expect(inShop).toMatchObject({
      id: expect.stringMatching(/^shop\/\d+\/\d+-\d+$/),
      table: "hero",
      key: "1",
    });
    expect(await store.deadLetters.list(1)).toHaveLength(1);

    for (const unknown of [inShop!.id.replace("shop", "shed"), inShop!.id.slice(5), "shop/", "", "a/b/c"]) {
      if (unknown !== inMain!.id) expect(await store.deadLetters.drop(unknown), unknown).toBe(false);
    }
    await inMySql(places.shop, "ALTER TABLE hero DROP CONSTRAINT modest");
    expect(await store.deadLetters.retry(inShop!.id)).toBe(true);
    expect(await store.deadLetters.drop(inMain!.id)).toBe(true);
    await isWritten(store).toEqual({ main: 0, shop: 0 });
    expect(await inMySql(places.shop, "SELECT level FROM hero")).toEqual([{ level: 10 }]);
    expect(await main.get(1n)).toMatchObject({ level: 0 });
    expect((await store.status()).deadLetters).toBe(0);
  });
});

test("one that cannot be reached keeps all from opening, and is named; the others close without a word", async () => {
  const away = "mysql://root:secret@127.0.0.1:1/shop";
  const warnings: object[] = [];
  const log: Logger = {
    ...silentLogger,
    warn: (details, message) => void warnings.push({ message, ...details }),
    child: () => log,
  };
  await expect(openBoth({ shop: away, log })).rejects.toThrow(
    'UNAVAILABLE: database "shop": MySQL at 127.0.0.1:1 cannot be reached',
  );
  // What was under way in them ends after that.
  await sleep(200);
  expect(warnings).toEqual([]);
});

test("a table of a database that was not opened is refused", async () => {
  await using both = await openBoth();
  const bankHeroTable: typeof heroTable = { ...heroTable, database: "bank" };
  const stray = new TableHandle(bankHeroTable, both.store);
  expect(await codeOf(stray.get(1n))).toBe("FAILED_PRECONDITION");
  await expect(stray.get(1n)).rejects.toThrow(
    'the table hero is in the database "bank", which was not opened',
  );
});
