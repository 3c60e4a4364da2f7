import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { type Logger, silentLogger } from "../../../runtime/log/logger.ts";
import { openDatabases } from "../../../runtime/tables/databases/open-databases.ts";
import { migrate } from "../../../runtime/tables/migrate/migrate.ts";
import { openMysql } from "../../../runtime/tables/migrate/mysql-migrations.ts";
import { openSqlite } from "../../../runtime/tables/migrate/sqlite-migrations.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import type { CachedStoreOptions } from "../../../runtime/tables/redis-mysql/cached-store-options.ts";
import { refuseMoved } from "../../../runtime/tables/redis-mysql/renamed-tables-check.ts";
import { EmbeddedStore } from "../../../runtime/tables/sqlite/embedded-store.ts";
import { fileOfDatabase } from "../../../runtime/tables/sqlite/sqlite-file.ts";
import type { TableLayout } from "../../../runtime/tables/table-layout.ts";
import { isPhotinusError } from "../../../schema/errors.ts";
import { tablesOfSchema } from "../../setup/schema-tables.ts";
import { type MySql, openMySql } from "../../setup/servers/mariadb.ts";
import { type RedisServer, startRedis } from "../../setup/servers/redis.ts";
import { bring, nothingToDo, Places } from "./migration-places.ts";

let server: MySql;
let redis: RedisServer;
let places: Places;

beforeAll(async () => {
  [server, redis] = await Promise.all([openMySql(), startRedis()]);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});
beforeEach(() => {
  places = new Places(server);
});
afterEach(() => places.close());

const text = (options: string, message = "Hero") => `message ${message} {
  option (photinus.table) = { ${options} };
  uint64 id = 1 [(photinus.column) = { primary_key: true auto_increment: true }];
  int64 gold = 2 [(photinus.column) = { index: true }];
}`;

/** A table with these options, whose schema had it with those before. */
async function heroes(options: string, earlier?: string, message?: string): Promise<TableLayout> {
  const before = earlier === undefined ? "" : text(earlier);
  const [table] = await tablesOfSchema(text(options, message), [], before);
  return table!;
}

/** What a promise is rejected with, which must be FAILED_PRECONDITION. */
async function refusalOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isPhotinusError(error)) throw error ?? new Error("it did not fail");
  expect(error.code).toBe("FAILED_PRECONDITION");
  return error.reason;
}

describe.each(["maria", "sqlite"] as const)("data migrate on %s", (kind) => {
  test("refuses to make a table anew that is there under its former name, and says how it is renamed", async () => {
    const place = await places[kind]();
    await bring(place, [await heroes('name: "hero"')]);
    await place.run("INSERT INTO hero (id, gold) VALUES (7, 70)");
    for (const message of ["Hero", "Champion"]) {
      const table = await heroes('name: "champion"', 'name: "hero"', message);
      const { refusals, applied } = await bring(place, [table], { isPartial: true });
      expect(applied).toEqual([]);
      expect(refusals.map(({ reason }) => reason)).toEqual([
        expect.stringMatching(/^the table champion still has its former name hero: /),
      ]);
    }
    const champions = [await heroes('name: "champion"', 'name: "hero"')];
    const [refusal] = (await bring(place, champions)).refusals;
    await place.runAll(refusal!.sql);
    // Names of indexes in SQLite.
    await bring(place, champions);
    expect(await bring(place, champions)).toEqual(nothingToDo);
    expect(await place.run("SELECT id FROM champion")).toHaveLength(1);
  });

  test("refuses an empty table in the place of one with rows, that somebody made before", async () => {
    const place = await places[kind]();
    const old = [await heroes('name: "hero"')];
    await bring(place, old);
    const champions = [await heroes('name: "champion"', 'name: "hero"')];
    await bring(place, [await heroes('name: "champion"')]);
    // Neither has rows.
    expect(await bring(place, champions)).toEqual(nothingToDo);
    await place.run("INSERT INTO hero (id, gold) VALUES (7, 70)");
    const { refusals } = await bring(place, champions);
    expect(refusals.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^the table champion is empty, but its former name hero has rows: /),
    ]);
    await place.runAll(refusals[0]!.sql);
    await bring(place, champions);
    expect(await bring(place, champions)).toEqual(nothingToDo);
    expect(await place.run("SELECT id FROM champion")).toHaveLength(1);
    // A table of the old name is another one then.
    await bring(place, old);
    await place.run("INSERT INTO hero (id, gold) VALUES (8, 80)");
    expect(await bring(place, champions)).toEqual(nothingToDo);
  });
});

test("data migrate refuses a table whose rows are in another database", async () => {
  const [main, shop] = [await server.createDatabase(), await server.createDatabase()];
  const folder = mkdtempSync(join(tmpdir(), "photinus-renamed-"));
  onTestFinished(async () => {
    await main.drop();
    await shop.drop();
    rmSync(folder, { recursive: true, force: true });
  });
  const file = join(folder, "game.sqlite");
  const before = await heroes('name: "hero"');
  const after = await heroes('name: "hero" database: "shop"', 'name: "hero"');
  for (const open of [
    async () => [await openMysql("main", main.url), await openMysql("shop", shop.url)],
    async () =>
      ["main", "shop"].map((name) =>
        openSqlite({ name, file: fileOfDatabase(file, name), isReadOnly: false }),
      ),
  ]) {
    const run = async (table: TableLayout, statement?: string) => {
      const databases = await open();
      try {
        if (statement !== undefined) await databases[0]!.run(statement);
        return await migrate(databases, [table]);
      } finally {
        for (const database of databases) await database.close();
      }
    };
    await run(before);
    const moved = await run(after, "INSERT INTO hero (id, gold) VALUES (7, 70)");
    expect(moved.applied).toEqual([]);
    expect(moved.refusals.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(
        /^the table hero has no rows, but hero of the database "main", its place in .*, has rows: /,
      ),
    ]);
    expect((await run(after, "DELETE FROM hero")).applied).toHaveLength(1);
    expect(await run(after)).toEqual(nothingToDo);
  }
});

describe("the embedded store", () => {
  const begin = () => {
    const folder = mkdtempSync(join(tmpdir(), "photinus-renamed-"));
    const file = join(folder, "game.sqlite");
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const within = async <T>(work: (store: EmbeddedStore) => Promise<T>) => {
      const store = new EmbeddedStore({ file });
      try {
        return await work(store);
      } finally {
        await store.close();
      }
    };
    return { file, within };
  };

  test("does not begin a renamed table anew, and goes on with its numbers when it is renamed there", async () => {
    const { file, within } = begin();
    const before = await heroes('name: "hero"');
    const after = await heroes('name: "champion"', 'name: "hero"');
    await within(async (store) => {
      for (let id = 1n; id <= 5n; id++) await store.create(before, [0n, id]);
      for (const id of [4n, 5n]) await store.remove(before, [id]);
    });
    const reason = await refusalOf(within((store) => store.read(after, [[1n]])));
    expect(reason).toContain("the table champion still has its former name hero");
    const [statement] = /ALTER TABLE "hero" RENAME TO "champion";/.exec(reason) ?? [];
    const database = new DatabaseSync(file);
    database.exec(statement!);
    database.close();
    await within(async (store) => {
      expect((await store.read(after, [[1n]]))[0]?.values).toEqual([1n, 1n]);
      // Numbers of rows that have gone do not come again.
      expect((await store.create(after, [0n, 0n])).values[0]).toBe(6n);
      expect((await store.create(after, [0n, 0n])).values[0]).toBe(7n);
    });
  });

  test("does not begin a table anew whose rows are in the file of another database", async () => {
    const { within } = begin();
    const before = await heroes('name: "hero"');
    const after = await heroes('name: "hero" database: "shop"', 'name: "hero"');
    const { id } = await within(async (store) => {
      const { values } = await store.create(before, [0n, 1n]);
      return { id: values[0]! };
    });
    expect(await refusalOf(within((store) => store.read(after, [[id]])))).toContain(
      'the table hero has no rows, but hero of the database "main", its place in an earlier schema, has rows',
    );
    await within(async (store) => {
      await store.remove(before, [id]);
      expect((await store.create(after, [0n, 1n])).values).toEqual([1n, 1n]);
    });
  });
});

describe("Redis before MySQL", () => {
  const begin = async () => {
    const database = await server.createDatabase();
    const connection = await mysql.createConnection(database.url);
    const client = new Redis(redis.url);
    await client.flushall();
    onTestFinished(async () => {
      client.disconnect();
      await connection.end();
      await database.drop();
    });
    const urls = { mysqlUrl: database.url, redisUrl: redis.url, flushMs: 5, leaseMs: 300 };
    const within = async <T>(
      table: TableLayout,
      work: (store: CachedStore) => Promise<T>,
      options: Partial<CachedStoreOptions> = {},
    ) => {
      const store = await CachedStore.open({ ...urls, tables: [table], ...options });
      try {
        return await work(store);
      } finally {
        await store.close();
      }
    };
    return { database, connection, client, within };
  };
  const nothing = async () => undefined;

  test("a node does not start on a renamed table, and goes on with rows and numbers when it is renamed there", async () => {
    const { connection, client, within } = await begin();
    const before = await heroes('name: "hero"');
    const after = await heroes('name: "champion"', 'name: "hero"');
    await within(before, async (store) => {
      for (let id = 1n; id <= 5n; id++) await store.create(before, [0n, id]);
      for (const id of [4n, 5n]) await store.remove(before, [id]);
    });
    const reason = await refusalOf(within(after, nothing));
    expect(reason).toContain("the table champion still has its former name hero");
    // Nor does who did not name its tables at the start.
    const late = within(before, (store) => store.read(after, [[1n]]));
    expect(await refusalOf(late)).toContain("the table champion still has its former name hero");
    const [statement] = /ALTER TABLE `hero` RENAME TO `champion`;/.exec(reason) ?? [];
    await connection.query(statement!);
    await client.flushall();
    await within(after, async (store) => {
      expect((await store.read(after, [[1n], [5n]])).map((row) => row?.values)).toEqual([
        [1n, 1n],
        undefined,
      ]);
      const { values } = await store.create(after, [0n, 0n]);
      expect(values[0]).toBeGreaterThan(5n);
    });
  });

  test("a node says so when a node of the earlier schema has made the table anew beside the renamed one", async () => {
    const { connection, within } = await begin();
    const before = await heroes('name: "hero"');
    const after = await heroes('name: "champion"', 'name: "hero"');
    const addOne = async (store: CachedStore) => {
      await store.create(before, [0n, 7n]);
      await expect.poll(async () => (await store.status()).journalLength, { timeout: 20_000 }).toBe(0);
    };
    await within(before, addOne);
    await connection.query("RENAME TABLE hero TO champion");
    const warned: object[] = [];
    const log: Logger = { ...silentLogger, warn: (details) => void warned.push(details), child: () => log };
    await within(after, nothing, { log });
    expect(warned).toEqual([]);
    await within(before, addOne);
    await within(after, nothing, { log });
    expect(warned).toContainEqual({ table: "champion", former: "hero" });
  });

  test("a node does not start on a renamed table whose changes wait in the journal under the former name", async () => {
    const { connection, within } = await begin();
    const before = await heroes('name: "hero"');
    const after = await heroes('name: "champion"', 'name: "hero"');
    await within(before, (store) => store.page(before, undefined, 1));
    await within(before, (store) => store.create(before, [0n, 7n]), { writer: false });
    await connection.query("RENAME TABLE hero TO champion");
    expect(await refusalOf(within(after, nothing))).toMatch(
      /^the journal has changes of hero, the former name of champion: /,
    );
    await connection.query("RENAME TABLE champion TO hero");
    await within(before, async (store) => {
      await expect.poll(async () => (await store.status()).journalLength, { timeout: 20_000 }).toBe(0);
    });
    await connection.query("RENAME TABLE hero TO champion");
    await within(after, async (store) => {
      expect((await store.page(after, undefined, 9)).map(({ values }) => values[1])).toEqual([7n]);
    });
  });

  test("a node does not start with another prefix while changes wait under the former one, and goes on with its numbers", async () => {
    const { within } = await begin();
    const table = await heroes('name: "hero"');
    const drained = async (store: CachedStore) => {
      await expect.poll(async () => (await store.status()).journalLength, { timeout: 20_000 }).toBe(0);
    };
    // All shards have been owned.
    await within(table, async (store) => {
      for (let id = 1n; id <= 200n; id++) await store.create(table, [0n, id]);
      await store.remove(table, [200n]);
      await drained(store);
    });
    await within(table, (store) => store.write(table, [7n], [{ column: 1, value: 70n }]), { writer: false });
    expect(await refusalOf(within(table, nothing, { prefix: "q" }))).toMatch(
      /^Redis has changes of hero that MySQL does not have under the prefix "p", which was used with this database; the prefix now is "q": /,
    );
    // A store that only looks is opened.
    await within(table, nothing, { prefix: "q", writer: false });
    await within(table, drained);
    await within(
      table,
      async (store) => {
        expect((await store.read(table, [[7n]]))[0]?.values).toEqual([7n, 70n]);
        expect((await store.create(table, [0n, 0n])).values[0]).toBeGreaterThan(200n);
      },
      { prefix: "q" },
    );
  });

  test("a node does not start on a table whose rows are in another database that is configured", async () => {
    const { database: main, within } = await begin();
    const shop = await server.createDatabase();
    onTestFinished(() => shop.drop());
    const before = await heroes('name: "hero"');
    const after = await heroes('name: "hero" database: "shop"', 'name: "hero"');
    await within(before, (store) => store.create(before, [0n, 7n]));
    const open = () =>
      openDatabases({
        redisUrl: redis.url,
        log: silentLogger,
        tables: [after],
        databases: new Map([["shop", { mysqlUrl: shop.url }]]),
        formerDatabases: new Map([["main", { mysqlUrl: main.url }]]),
      });
    expect(await refusalOf(open())).toContain(
      'but hero of the database "main", its place in an earlier schema, has rows',
    );
    const connection = await mysql.createConnection(main.url);
    await connection.query("DROP TABLE hero");
    await connection.end();
    const store = await open();
    expect(await store.page(after, undefined, 1)).toEqual([]);
    await store.close();
  });
});

test("a database that says nothing is waited for once, however many tables were in it before", async () => {
  let asked = 0;
  await using silent = createServer(() => {
    asked++;
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => silent.once("listening", resolve));
  const { port } = silent.address() as AddressInfo;
  const place = { mysqlUrl: `mysql://root@127.0.0.1:${port}/old`, timeoutMs: 200 };
  const hero = await heroes('name: "hero"');
  const tables = ["hero", "pet", "star"].map((name) => ({
    ...hero,
    ...{ name, former: [{ database: "old", name }] },
  }));
  const outside = { clock: systemClock, log: silentLogger };
  await refuseMoved(tables, new Map([["old", place]]), outside);
  expect(asked).toBe(1);
});
