import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { silentLogger } from "../../../../runtime/log/logger.ts";
import { TableHandle } from "../../../../runtime/tables/handle/table-handle.ts";
import { openSqlite } from "../../../../runtime/tables/migrate/sqlite-migrations.ts";
import type { EmbeddedOptions } from "../../../../runtime/tables/sqlite/embedded-options.ts";
import { EmbeddedStore } from "../../../../runtime/tables/sqlite/embedded-store.ts";
import { heroTable } from "../../../conformance/tables/fixtures/server/tables.tables.ts";
import { codeOf } from "../../../conformance/tables/suite/world.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "photinus-embedded-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(options: Partial<EmbeddedOptions> = {}, table = heroTable) {
  const file = join(folder, "game.sqlite");
  const store = new EmbeddedStore({ file, ...options });
  onTestFinished(() => void store.close({ graceMs: 0 }));
  return { file, store, heroes: new TableHandle(table, store) };
}

/** A connection of another program, with the file in its hands until the test is over. */
function lock(file: string): DatabaseSync {
  const other = new DatabaseSync(file);
  onTestFinished(() => other.close());
  other.exec("BEGIN IMMEDIATE");
  return other;
}

test("a change waits for another process that writes, and is refused as UNAVAILABLE when that takes too long", async () => {
  const { file, heroes } = open({ busyMs: 60 });
  const { id } = await heroes.create({ name: "Ada" });
  const other = lock(file);
  const late = [heroes.create({ name: "Bob" }), heroes.patch(id, { level: 1 })];
  // Reads go on.
  for (const { reason } of (await Promise.allSettled(late)) as PromiseRejectedResult[])
    expect(reason).toMatchObject({
      code: "UNAVAILABLE",
      outcome: "not sent",
      message: expect.stringMatching(/ \(not sent\)$/),
    });
  expect(await heroes.get(id)).toMatchObject({ name: "Ada", level: 0 });
  const waiting = heroes.patch(id, { level: 2 });
  other.exec("COMMIT");
  await waiting;
  expect(await heroes.get(id)).toMatchObject({ level: 2 });
});

test("changes beyond the limit are refused as RESOURCE_EXHAUSTED, those that wait are made", async () => {
  const { file, heroes } = open({ queueCount: 3 });
  const { id } = await heroes.create({ name: "Ada" });
  const other = lock(file);
  const changes = Array.from({ length: 5 }, () => codeOf(heroes.increment(id, "gold", 1n)));
  await new Promise((resolve) => setTimeout(resolve, 5));
  other.exec("COMMIT");
  expect((await Promise.all(changes)).toSorted()).toEqual([
    "RESOURCE_EXHAUSTED",
    "RESOURCE_EXHAUSTED",
    ...Array.from({ length: 3 }, () => "it did not fail"),
  ]);
  expect(await heroes.get(id)).toMatchObject({ gold: 3n });
});

test("closing makes what waits, or says how much it could not", async () => {
  const { file, store, heroes } = open();
  const { id } = await heroes.create({ name: "Ada" });
  const made = heroes.patch(id, { level: 1 });
  expect(await store.close()).toEqual({ remaining: 0 });
  await made;
  const again = open();
  lock(file);
  await again.heroes.get(id);
  const lost = codeOf(again.heroes.patch(id, { level: 2 }));
  await new Promise((resolve) => setImmediate(resolve));
  expect(await again.store.close({ graceMs: 20 })).toEqual({ remaining: 1 });
  expect(await lost).toBe("UNAVAILABLE");
});

test("a file that is no database is DATA_LOSS, a folder that cannot be made UNAVAILABLE, and both name the file", async () => {
  const { file, heroes } = open();
  writeFileSync(file, "this is a letter to my mother, and long enough to be read as a header\n".repeat(20));
  await expect(heroes.get(1n)).rejects.toThrow(file);
  expect(await codeOf(heroes.get(1n))).toBe("DATA_LOSS");
  const inside = open({ file: join(file, "below", "game.sqlite") });
  await expect(inside.heroes.get(1n)).rejects.toThrow(file);
  expect(await codeOf(inside.heroes.get(1n))).toBe("UNAVAILABLE");
});

test("a table of another database lives in a file beside", async () => {
  const { heroes } = open({}, { ...heroTable, database: "shop" });
  await heroes.create({ name: "Ada" });
  expect(existsSync(join(folder, "game.shop.sqlite"))).toBe(true);
  expect(existsSync(join(folder, "game.sqlite"))).toBe(false);
});

test("a table that the schema has less of, or an index that is not unique, serves as it is, and is told", async () => {
  const { file, store, heroes } = open();
  await heroes.create({ name: "Ada" });
  await store.close();
  const other = new DatabaseSync(file);
  other.exec('ALTER TABLE hero ADD old text; CREATE INDEX "hero.old" ON hero (old)');
  other.close();
  const told: unknown[] = [];
  const log = { ...silentLogger, info: (details: object) => void told.push(details) };
  const later = open({ log });
  expect(await later.heroes.rowsBy("name", "Ada")).toHaveLength(1);
  expect(told).toEqual([
    { file, table: "hero", left: "the index hero.old on (old)" },
    { file, table: "hero", left: "the column old (text null)" },
  ]);
  const left = new DatabaseSync(file);
  expect(
    left.prepare("SELECT name FROM pragma_index_list('hero') WHERE name = 'hero.old'").all(),
  ).toHaveLength(1);
  left.close();
});

test("a file of an earlier schema gets the columns and indexes that it lacks, and rows keep what they had", async () => {
  const { file, store, heroes } = open();
  await heroes.create({ name: "Ada", gold: 5n });
  await store.close();
  const other = new DatabaseSync(file);
  other.exec(
    'DROP INDEX "hero.guild_level"; ALTER TABLE hero DROP COLUMN luck; ALTER TABLE hero DROP COLUMN friends',
  );
  other.exec(
    'DROP INDEX "hero.name"; CREATE INDEX "hero.name" ON hero (name); ALTER TABLE hero ADD old text',
  );
  other.close();
  const later = open();
  expect(await later.heroes.rowsBy("name", "Ada")).toMatchObject([{ gold: 5n, luck: 0, friends: [] }]);
  expect(await codeOf(later.heroes.create({ name: "Ada" }))).toBe("ALREADY_EXISTS");
});

test.each([
  [
    "a column of another type",
    "ALTER TABLE hero DROP COLUMN luck; ALTER TABLE hero ADD luck text NOT NULL DEFAULT ''",
  ],
  ["a column that may be null", "ALTER TABLE hero DROP COLUMN luck; ALTER TABLE hero ADD luck real"],
  ["rows that share a unique value", "DROP INDEX \"hero.name\"; UPDATE hero SET name = 'Ada'"],
  ["a unique index that the schema does not have", 'CREATE UNIQUE INDEX "hero.id" ON hero (id)'],
])("%s is refused as FAILED_PRECONDITION, and what to do is said", async (_what, change) => {
  const { file, store, heroes } = open();
  await heroes.create({ name: "Ada" });
  await heroes.create({ name: "Bob" });
  await store.close();
  const other = new DatabaseSync(file);
  other.exec(change);
  other.close();
  const told: unknown[] = [];
  const later = open({ log: { ...silentLogger, error: (details: object) => void told.push(details) } });
  expect(await codeOf(later.heroes.get(1n))).toBe("FAILED_PRECONDITION");
  await expect(later.heroes.get(1n)).rejects.toThrow(
    /the table hero in .*game\.sqlite does not fit the schema: .*(luck|name|id).*run by hand: .*(photinus data migrate|;$)/,
  );
  // The refusal is logged once, not at each attempt.
  expect(told).toEqual([
    { file, table: "hero", reason: expect.stringMatching(/^the table hero in .* does not fit/) },
  ]);
});

test("a table that does not fit is left as it is, and what else it lacks is not added either", async () => {
  const { file, store, heroes } = open();
  await heroes.create({ name: "Ada" });
  await store.close();
  const other = new DatabaseSync(file);
  onTestFinished(() => other.close());
  other.exec("CREATE UNIQUE INDEX more ON hero (id); ALTER TABLE hero DROP COLUMN luck");
  const schema = () => other.prepare("SELECT name, sql FROM sqlite_schema").all();
  const before = schema();
  const later = open();
  await expect(later.heroes.get(1n)).rejects.toThrow(
    /no unique index more on \(id\).* run by hand: DROP INDEX IF EXISTS "more";$/,
  );
  expect(schema()).toEqual(before);
  other.exec("DROP INDEX more");
  expect(await later.heroes.get(1n)).toMatchObject({ name: "Ada", luck: 0 });
});

test("what is kept in memory alone is not said to outlive anything", async () => {
  const { store, heroes } = open({ file: ":memory:" });
  await heroes.create({ name: "Ada" });
  expect((await store.status()).durability).toMatch(/^no change survives the process/);
  const onDisk = open({ synchronous: "full" });
  expect((await onDisk.store.status()).durability).toBe("every acknowledged change is on disk");
});

test("numbers of new rows begin behind those of rows that have come from elsewhere", async () => {
  const { file, store, heroes } = open();
  expect(await heroes.get(1n)).toBeUndefined();
  await store.close();
  const other = new DatabaseSync(file);
  other.exec("INSERT INTO hero (id, name) VALUES (1, 'Ada'), (41, 'Bob')");
  // As an unsigned number it is beyond 2^63.
  other.exec("INSERT INTO hero (id, name) VALUES (-1, 'Eve')");
  other.close();
  const later = open();
  expect(await later.heroes.create({ name: "Cid" })).toMatchObject({ id: 42n });
  await later.heroes.delete(42n);
  expect(await later.heroes.create({ name: "Dan" })).toMatchObject({ id: 43n });
  expect(await later.heroes.get(2n ** 64n - 1n)).toMatchObject({ name: "Eve" });
});

const modeOf = (path: string) => statSync(path).mode & 0o777;

test("the file, those beside it and a folder made for it are for the user alone", async () => {
  const file = join(folder, "made", "game.sqlite");
  const store = new EmbeddedStore({ file });
  onTestFinished(() => void store.close({ graceMs: 0 }));
  await new TableHandle(heroTable, store).create({ name: "Ada" });
  expect(modeOf(join(folder, "made"))).toBe(0o700);
  expect(["", "-wal", "-shm"].map((end) => modeOf(`${file}${end}`))).toEqual([0o600, 0o600, 0o600]);
});

test("a file made by photinus data migrate is for the user alone", async () => {
  const file = join(folder, "migrated.sqlite");
  const database = openSqlite({ name: "main", file, isReadOnly: false });
  expect(modeOf(file)).toBe(0o600);
  await database.close();
});

test("a file that other users can read is warned of, and its mode is left to who set it", async () => {
  const file = join(folder, "game.sqlite");
  writeFileSync(file, "");
  chmodSync(file, 0o644);
  const warnings: unknown[] = [];
  const log = { ...silentLogger, warn: (...of: unknown[]) => void warnings.push(of) };
  const store = new EmbeddedStore({ file, log });
  onTestFinished(() => void store.close({ graceMs: 0 }));
  await new TableHandle(heroTable, store).create({ name: "Ada" });
  expect(warnings).toEqual([
    [{ file }, `other users can read the tables; to prevent this: chmod go-rwx ${file}*`],
  ]);
  expect(modeOf(file)).toBe(0o644);
});
