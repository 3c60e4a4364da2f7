import { fileURLToPath } from "node:url";
import mysql from "mysql2/promise";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openMySql } from "../../setup/servers/mariadb.ts";
import { startRedis } from "../../setup/servers/redis.ts";
import { Workshop, writeQuiet } from "../process/game.ts";

const fixtures = new URL("../../conformance/tables/fixtures/server/", import.meta.url);

let workshop: Workshop;
beforeEach(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.close());

/** A topology whose table "vault" is in the database "shop"; `move` says otherwise, as code that makes one table of another. */
function writeGame(
  data: object,
  move = '(table.name === "vault" ? { ...table, database: "shop" } : table)',
): void {
  writeQuiet(workshop, { data });
  const path = JSON.stringify(fileURLToPath(new URL("protocol.ts", fixtures)));
  workshop.write(
    "protocol.mjs",
    `import { protocol as fixture } from ${path};
    const moved = (table) => ${move};
    export const protocol = { ...fixture, tables: async () => (await fixture.tables()).map(moved) };`,
  );
}

async function tablesIn(url: string): Promise<string[]> {
  const connection = await mysql.createConnection(url);
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[]>({ sql: "SHOW TABLES", rowsAsArray: true });
    return rows.flat().map(String).sort();
  } finally {
    connection.destroy();
  }
}

describe("a schema with tables in two databases", () => {
  test("is migrated, shown and served over both", { timeout: 120_000 }, async () => {
    await using server = await openMySql();
    await using redis = await startRedis();
    const [game, shop] = [await server.createDatabase(), await server.createDatabase()];
    const redisTopology = { url: redis.url, prefix: "meadow", shards: 4 };
    writeGame({
      mysql: { url: game.url, createTables: false },
      databases: { shop: { url: shop.url } },
      redis: redisTopology,
    });
    const dry = await workshop.run("data", "migrate", "--dry-run");
    expect(dry).toMatchObject({ code: 0, errors: "" });
    expect(dry.out).toMatch(/^-- database main: [\w.:]+\/.*\n-- hero: create the table/);
    expect(dry.out).toMatch(/\n-- database shop: [\w.:]+\/.*\n-- vault: create the table/);
    expect((await workshop.run("data", "migrate")).out).toMatch(
      /\nvault: create the table\n\d+ changes applied in [\w.:/]+ and [\w.:/]+\.\n$/,
    );
    expect((await workshop.run("data", "migrate")).out).toMatch(/^Nothing to do in /);
    expect(await tablesIn(shop.url)).toEqual(["vault"]);
    const inGame = await tablesIn(game.url);
    expect(inGame).toContain("hero");
    expect(inGame).not.toContain("vault");

    const status = await workshop.run("data", "status");
    expect(status).toMatchObject({ code: 0, errors: "" });
    expect(status.out).toMatch(/\ndatabase +journal +dead letters\nmain +0 changes +0\nshop +0 changes +0\n/);
    expect(status.out).toMatch(/\nvault +shop +write-through +0 +0\n/);
    expect((await workshop.run("data", "dead-letters", "list")).out).toBe("No dead letters.\n");

    const run = await workshop.start("--in-process");
    expect(await tablesIn(shop.url)).toEqual(["photinus_position", "photinus_sequence", "vault"]);
    run.signal("SIGTERM");
    expect(await run.ended).toBe(0);
    await game.drop();
    await shop.drop();
  });

  test("is refused while a table has no rows, and has some in the database where it was, which no table is in any more", {
    timeout: 60_000,
  }, async () => {
    await using server = await openMySql();
    await using redis = await startRedis();
    const [game, shop] = [await server.createDatabase(), await server.createDatabase()];
    const data = {
      mysql: { url: game.url },
      databases: { shop: { url: shop.url } },
      redis: { url: redis.url, shards: 4 },
    };
    writeGame(data, "table");
    expect((await workshop.run("data", "migrate")).code).toBe(0);
    const connection = await mysql.createConnection(game.url);
    await connection.query("INSERT INTO hero (id, name) VALUES (7, 'Ada')");
    await connection.end();
    writeGame(data, '({ ...table, database: "shop", former: [{ database: "main", name: table.name }] })');
    for (const command of [
      ["data", "migrate"],
      ["start", "--in-process"],
    ]) {
      const { code, errors } = await workshop.run(...command);
      expect(errors).toContain(
        'the table hero has no rows, but hero of the database "main", its place in an earlier schema, has rows',
      );
      expect(code).toBe(1);
    }
    expect(await tablesIn(shop.url)).toEqual([]);
    await game.drop();
    await shop.drop();
  });

  test("is refused at the start while one of them is not configured, with the table, the database and the option", async () => {
    const data = { mysql: { url: "mysql://root@127.0.0.1:1/game" }, redis: { url: "redis://127.0.0.1:1" } };
    writeGame(data);
    const told =
      'no MySQL is configured for the database "shop" of the table vault; set data.databases.shop.url or MYSQL_URL_SHOP';
    for (const command of [
      ["start", "--in-process"],
      ["data", "migrate"],
      ["data", "status"],
    ]) {
      const { code, errors } = await workshop.run(...command);
      expect(errors).toContain(told);
      expect(code).toBe(1);
    }
    const supervised = await workshop.run("start");
    expect(supervised.code).toBe(1);
    expect(supervised.errors).toContain(told);
  });
});
