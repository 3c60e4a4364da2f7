import { fileURLToPath } from "node:url";
import mysql from "mysql2/promise";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CachedStore } from "../../../runtime/cache/cached/store.ts";
import * as fixtures from "../../conformance/cache/fixtures/server/index.ts";
import { openMySql } from "../../setup/servers/mariadb.ts";
import { startRedis } from "../../setup/servers/redis.ts";
import { Workshop, writeQuiet } from "../process/game.ts";

const protocol = fileURLToPath(
  new URL("../../conformance/cache/fixtures/server/protocol.ts", import.meta.url),
);
const { heroTable } = fixtures;

let workshop: Workshop;
beforeEach(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.close());

test("the command line shows what waits and what was refused, and puts it right", {
  timeout: 120_000,
}, async () => {
  await using server = await openMySql();
  await using redis = await startRedis({ appendFsync: "everysec" });
  const database = await server.createDatabase();
  writeQuiet(workshop, { protocol, data: { mysql: { url: database.url }, redis: { url: redis.url } } });
  expect(await workshop.run("data", "migrate")).toMatchObject({ code: 0 });
  const options = { mysqlUrl: database.url, redisUrl: redis.url, tables: [heroTable], createTables: false };

  // Without a writer, changes wait.
  const idle = await CachedStore.open({ ...options, writer: false });
  for (const name of ["Ann", "Bob"]) {
    await idle.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name })));
  }
  await idle.close();
  const waiting = await workshop.run("data", "status");
  expect(waiting).toMatchObject({ code: 0, errors: "" });
  expect(waiting.out).toMatch(/^store +Redis before MySQL\ndurability +.*one second/);
  expect(waiting.out).toMatch(/\njournal +2 changes, the oldest .* old\ndead letters +0\n/);
  expect(waiting.out).toMatch(/\nhero +main +write-behind +2 +2\n/);

  // A row that MySQL refuses becomes a letter.
  const person = await mysql.createConnection(database.url);
  await person.query("ALTER TABLE hero ADD CONSTRAINT nobob CHECK (name <> 'Bob')");
  const writing = await CachedStore.open(options);
  await expect.poll(async () => (await writing.status()).deadLetters, { timeout: 20_000 }).toBe(1);
  const list = await workshop.run("data", "dead-letters", "list", "--json");
  const [letter] = JSON.parse(list.out) as { id: string; table: string; reason: string }[];
  expect(letter).toMatchObject({ table: "hero", reason: expect.stringContaining("nobob") });

  // When the cause is mended, it is tried again.
  await person.query("ALTER TABLE hero DROP CONSTRAINT nobob");
  expect(await workshop.run("data", "dead-letters", "retry", letter!.id)).toEqual({
    code: 0,
    out: "1 letter back in the journal.\n",
    errors: "",
  });
  await expect
    .poll(async () => (await person.query("SELECT COUNT(*) AS count FROM hero"))[0], { timeout: 20_000 })
    .toMatchObject([{ count: 2 }]);
  expect((await workshop.run("data", "dead-letters", "list")).out).toBe("No dead letters.\n");

  // A column that is missing holds changes up, and loses none.
  await person.query("ALTER TABLE hero DROP COLUMN note");
  await writing.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: "Cid" })));
  await expect
    .poll(async () => (await writing.status()).journalLagMs, { timeout: 20_000 })
    .toBeGreaterThan(500);
  expect((await workshop.run("data", "migrate")).out).toMatch(
    /^hero: add the column note, text\n1 change made in [\w.:-]+\/\w+\.\n$/,
  );
  await expect
    .poll(async () => (await person.query("SELECT COUNT(*) AS count FROM hero"))[0], { timeout: 40_000 })
    .toMatchObject([{ count: 3 }]);
  expect((await writing.status()).deadLetters).toBe(0);
  await writing.close();
  await person.end();
  await database.drop();
});
