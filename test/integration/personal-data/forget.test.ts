import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import mysql from "mysql2/promise";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabases } from "../../../runtime/tables/databases/open-databases.ts";
import { exportPerson } from "../../../runtime/tables/personal/export-person.ts";
import { forgetPerson, isComplete } from "../../../runtime/tables/personal/forget-person.ts";
import { EmbeddedStore } from "../../../runtime/tables/sqlite/embedded-store.ts";
import type { TableStore } from "../../../runtime/tables/table-store.ts";
import { openMySql } from "../../setup/servers/mariadb.ts";
import { startRedis } from "../../setup/servers/redis.ts";
import { Workshop, writeQuiet } from "../process/game.ts";
import { visitTable } from "./fixtures/server/people.tables.ts";
import { marksIn, markText } from "./marks.ts";
import { allTables, fill, handlesOf, markedFiles, markedKeys, markedTables, protocol } from "./people.ts";

let workshop: Workshop;
beforeEach(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.close());

/** Writes a topology with these tables; its node is never started. */
function configure(data: object): void {
  writeQuiet(workshop, { protocol, data, nodes: [{ role: "desk", module: "./scene.mjs" }] });
}

const deletedRows = { person: 1, payment: 3, mailbox: 3, login: 1, visit: 3 };

/** Rows that a run has forgotten, by table. */
function rowsOf(out: string): { ok: boolean; rows: Record<string, number>; left: object } {
  const line = JSON.parse(out.trimEnd().split("\n").at(-1)!) as {
    ok: boolean;
    tables: { table: string; rows: number }[];
    left: object;
  };
  return {
    ok: line.ok,
    left: line.left,
    rows: Object.fromEntries(line.tables.map(({ table, rows }) => [table, rows])),
  };
}

/** What must be there after the first person was forgotten. */
async function expectForgotten(store: TableStore, marked: bigint, other: bigint): Promise<void> {
  const { people, payments, mail, logins, visits } = handlesOf(store);
  expect(await people.get(marked)).toBeUndefined();
  expect(await mail.rowsBy("person", marked)).toEqual([]);
  expect(await logins.rowsBy("person", marked)).toEqual([]);
  expect(await visits.rowsBy("person", marked)).toEqual([]);
  expect(await payments.rowsBy("person", marked)).toEqual([]);
  // The ledger keeps its amounts.
  const ledger = await payments.rowsBy("person", 0n);
  expect(ledger.map(({ cents, note, receipt }) => ({ cents, note, receipt }))).toEqual(
    [100n, 101n, 102n].map((cents) => ({ cents, note: "", receipt: undefined })),
  );
  expect(await people.get(other)).toMatchObject({ name: "Bob", nick: "quiet-new" });
  expect((await payments.rowsBy("person", other)).map(({ note }) => note)).toEqual([
    "quiet",
    "quiet",
    "quiet",
  ]);
  expect(await mail.rowsBy("person", other)).toHaveLength(3);
  expect(await logins.rowsBy("person", other)).toHaveLength(1);
  expect(await visits.rowsBy("person", other)).toHaveLength(3);
}

describe("with the embedded store", () => {
  test("forget deletes and anonymizes rows, and the files hold nothing of the person", async () => {
    const folder = join(workshop.folder, "saves");
    mkdirSync(folder);
    const file = join(folder, "game.sqlite");
    configure({ embedded: { file } });
    const store = new EmbeddedStore({ file });
    const { marked, other } = await fill(store);
    expect(markedFiles(file)).not.toEqual([]);
    // The store stays open, as that of a running game.
    const run = await workshop.run("data", "forget", "--user", String(marked));
    expect(run).toMatchObject({ code: 0, errors: "" });
    expect(run.out).toMatch(/\npayment +main +anonymized +3 +0\n/);
    expect(rowsOf(run.out)).toMatchObject({ ok: true, rows: deletedRows });
    expect(markedFiles(file)).toEqual([]);
    await expectForgotten(store, marked, other);
    const again = await workshop.run("data", "forget", "--user", String(marked));
    expect(rowsOf(again.out)).toMatchObject({ ok: true, rows: { person: 0, payment: 0, visit: 0 } });
    await store.close();
    expect(markedFiles(file)).toEqual([]);
  });

  test("forget fails when a player who is online writes rows again", async () => {
    await using store = new EmbeddedStore({ file: ":memory:" });
    const { marked } = await fill(store);
    const { visits } = handlesOf(store);
    const playing = Object.assign(Object.create(store) as EmbeddedStore, {
      traces: store.traces,
      async remove(...args: Parameters<EmbeddedStore["remove"]>) {
        const isRemoved = await store.remove(...args);
        if (args[0] === visitTable) await visits.getOrCreate({ person: marked, number: 9 });
        return isRemoved;
      },
      ...bound(store, ["read", "keysBy", "page", "write"]),
    });
    const forgotten = await forgetPerson(playing, allTables, marked);
    expect(forgotten.left.rows).toBeGreaterThan(0);
    expect(isComplete(forgotten)).toBe(false);
    expect(isComplete(await forgetPerson(store, allTables, marked))).toBe(true);
  });

  test("rows are found without an index, page by page", async () => {
    await using store = new EmbeddedStore({ file: ":memory:" });
    const { visits } = handlesOf(store);
    await Promise.all(
      Array.from({ length: 900 }, (_, n) => visits.create({ person: BigInt((n % 3) + 1), number: n })),
    );
    const plain = { ...visitTable, indexes: [] };
    let text = "";
    expect(await exportPerson(store, [plain], 2n, (piece) => (text += piece))).toBe(300);
    expect((JSON.parse(text) as { tables: [{ rows: unknown[] }] }).tables[0].rows).toHaveLength(300);
    expect((await forgetPerson(store, [plain], 2n)).tables).toMatchObject([{ rows: 300 }]);
    expect(await visits.rowsBy("person", 2n)).toEqual([]);
    expect(await visits.rowsBy("person", 3n)).toHaveLength(300);
  });

  test("invalid ids, a missing file of tables, and an output file that exists, are refused", async () => {
    const file = join(workshop.folder, "game.sqlite");
    configure({ embedded: { file } });
    const missing = await workshop.run("data", "forget", "--user", "1");
    expect(missing).toMatchObject({ code: 1, out: "" });
    expect(missing.errors).toContain(`${file} does not exist`);
    expect(existsSync(file)).toBe(false);
    const store = new EmbeddedStore({ file });
    await fill(store);
    await store.close();
    for (const id of ["0", "-1", "1.5", "bob", "18446744073709551616"]) {
      const run = await workshop.run("data", "export", `--user=${id}`);
      expect(run).toMatchObject({ code: 1, out: "" });
      expect(run.errors).toBe(
        "error: invalid --user; expected a user id, a whole number from 1 to 18446744073709551615\n",
      );
    }
    const out = workshop.write("mine.json.part", "");
    const run = await workshop.run("data", "export", "--user", "1", "--out", out.replace(".part", ""));
    expect(run).toMatchObject({ code: 1 });
    expect(run.errors).toContain("set another path by --out");
  });
});

describe("an export", () => {
  test("has all rows of the person, without secrets, in one order on every store", {
    timeout: 120_000,
  }, async () => {
    await using server = await openMySql();
    await using redis = await startRedis();
    const [main, shop] = [await server.createDatabase(), await server.createDatabase()];
    const data = {
      mysql: { url: main.url },
      databases: { shop: { url: shop.url } },
      redis: { url: redis.url },
    };
    configure(data);
    expect(await workshop.run("data", "migrate")).toMatchObject({ code: 0 });
    const options = {
      ...{ redisUrl: redis.url, tables: allTables },
      databases: new Map([
        ["main", { mysqlUrl: main.url }],
        ["shop", { mysqlUrl: shop.url }],
      ]),
    };
    // Without a writer, all rows of write-behind tables are in Redis and the journal alone.
    const idle = await openDatabases({ ...options, writer: false });
    const { marked } = await fill(idle);
    await idle.close();
    const text = await workshop.run("data", "export", "--user", String(marked));
    expect(text).toMatchObject({ code: 0, errors: "" });
    const file = join(workshop.folder, "mine.json");
    const written = await workshop.run("data", "export", "--user", String(marked), "--out", file);
    expect(written).toMatchObject({
      code: 0,
      out: "",
      errors: `11 rows of user ${marked} written to ${file}\n`,
    });
    expect(readFileSync(file, "utf8")).toBe(text.out);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    await using embedded = new EmbeddedStore({ file: ":memory:" });
    expect((await fill(embedded)).marked).toBe(marked);
    let other = "";
    await exportPerson(embedded, allTables, marked, (piece) => (other += piece));
    expect(text.out).toBe(other);

    const document = JSON.parse(text.out) as {
      tables: { table: string; secret: string[]; rows: Record<string, unknown>[] }[];
    };
    expect(document.tables.map(({ table }) => table)).toEqual([
      "login",
      "mailbox",
      "payment",
      "person",
      "visit",
    ]);
    const person = document.tables.find(({ table }) => table === "person")!;
    expect(person.secret).toEqual(["key", "pin", "answers", "profile.token", "profile.devices.key"]);
    expect(person.rows).toEqual([
      {
        id: String(marked),
        name: markText,
        year: 739_182,
        balance: "739182",
        phone: "739182",
        weight: 739_182,
        height: 739_182,
        adult: true,
        mood: 1,
        born: { seconds: "739182", nanos: 0 },
        notes: [markText, "plain"],
        profile: { mail: markText, visits: "4", devices: [{ label: "phone" }] },
        contact: { case: "post", value: markText },
        nick: `${markText}-new`,
        level: 7,
        account: 739_182,
      },
    ]);
    expect(document.tables.find(({ table }) => table === "payment")!.rows.map(({ cents }) => cents)).toEqual([
      "100",
      "101",
      "102",
    ]);
  });
});

describe("with MySQL and Redis", () => {
  test("forget leaves nothing in tables, journal, dead letters and caches, also after a kill", {
    timeout: 240_000,
  }, async () => {
    await using server = await openMySql();
    await using redis = await startRedis();
    const [main, shop] = [await server.createDatabase(), await server.createDatabase()];
    const data = {
      mysql: { url: main.url },
      databases: { shop: { url: shop.url } },
      redis: { url: redis.url },
    };
    configure(data);
    expect(await workshop.run("data", "migrate")).toMatchObject({ code: 0 });
    const options = {
      ...{ redisUrl: redis.url, tables: allTables },
      databases: new Map([
        ["main", { mysqlUrl: main.url }],
        ["shop", { mysqlUrl: shop.url }],
      ]),
    };
    const store = await openDatabases(options);
    const { marked, other } = await fill(store);
    const { payments } = handlesOf(store);
    const person = await mysql.createConnection(main.url);
    const drained = () =>
      expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 }).toBe(0);
    await drained();
    // Dead letters: of a created row, and of a changed one.
    await person.query("ALTER TABLE payment MODIFY note varchar(25)");
    const first = await payments.create({ person: marked, cents: 1n, note: markText.repeat(3) });
    const [changed] = await payments.rowsBy("person", marked);
    await payments.patch(changed!.id, { note: markText.repeat(4) });
    await expect.poll(async () => (await store.status()).deadLetters, { timeout: 30_000 }).toBe(2);
    await store.close();
    // Changes that are in the journal alone, when nothing runs.
    const idle = await openDatabases({ ...options, writer: false });
    const late = handlesOf(idle);
    await late.mail.create({ mail: `${markText}-late@example`, person: marked, text: "late" });
    for (let n = 10; n < 400; n++) await late.visits.create({ person: marked, number: n, place: markText });
    await idle.close();
    expect(await markedKeys(redis.url)).not.toEqual([]);

    // A run that dies in the middle; the next one finishes.
    const killed = workshop.spawn(["data", "forget", "--user", String(marked)]);
    await expect
      .poll(async () => (await remaining(options, marked)) < 390, { timeout: 60_000, interval: 1 })
      .toBe(true);
    killed.signal("SIGKILL");
    await killed.ended;

    const run = await workshop.run("data", "forget", "--user", String(marked));
    // The killed run counts as a running game for some seconds.
    expect(run).toMatchObject({ code: 0, errors: expect.stringMatching(/^(warning: .*\n)?$/) });
    expect(rowsOf(run.out)).toMatchObject({ ok: true, left: { rows: 0, changes: 0, deadLetters: [] } });
    expect(await markedTables(main.url)).toEqual([]);
    expect(await markedTables(shop.url)).toEqual([]);
    await expect.poll(() => markedKeys(redis.url), { timeout: 20_000 }).toEqual([]);

    const after = await openDatabases(options);
    expect((await after.status()).deadLetters).toBe(0);
    await expect(handlesOf(after).payments.get(first.id)).resolves.toMatchObject({
      cents: 1n,
      note: "",
      person: 0n,
    });
    await handlesOf(after).payments.delete(first.id);
    await expectForgotten(after, marked, other);
    await after.close();
    await person.end();
  });

  test("forget fails while changes wait in the journal, and finishes when they are flushed", {
    timeout: 120_000,
  }, async () => {
    await using server = await openMySql();
    await using redis = await startRedis();
    const [main, shop] = [await server.createDatabase(), await server.createDatabase()];
    const databases = new Map([
      ["main", { mysqlUrl: main.url }],
      ["shop", { mysqlUrl: shop.url }],
    ]);
    const options = { redisUrl: redis.url, tables: allTables, databases };
    const idle = await openDatabases({ ...options, writer: false });
    const { marked, other } = await fill(idle);
    const waiting = await forgetPerson(idle, allTables, marked, 300);
    expect(waiting.left).toMatchObject({ rows: 0, deadLetters: [] });
    expect(waiting.left.changes).toBeGreaterThan(10);
    expect(isComplete(waiting)).toBe(false);
    await idle.close();
    const store = await openDatabases(options);
    const forgotten = await forgetPerson(store, allTables, marked);
    expect(forgotten.left).toEqual({ rows: 0, changes: 0, deadLetters: [] });
    expect(forgotten.tables.map(({ rows }) => rows)).toEqual([0, 0, 0, 0, 0]);
    await expectForgotten(store, marked, other);
    expect(await markedTables(main.url)).toEqual([]);
    await expect.poll(() => markedKeys(redis.url), { timeout: 20_000 }).toEqual([]);
    await store.close();
  });

  test("forget fails while MySQL refuses a removal, and finishes when the cause is fixed", {
    timeout: 120_000,
  }, async () => {
    await using server = await openMySql();
    await using redis = await startRedis();
    const [main, shop] = [await server.createDatabase(), await server.createDatabase()];
    const data = {
      mysql: { url: main.url },
      databases: { shop: { url: shop.url } },
      redis: { url: redis.url },
    };
    configure(data);
    expect(await workshop.run("data", "migrate")).toMatchObject({ code: 0 });
    const databases = new Map([
      ["main", { mysqlUrl: main.url }],
      ["shop", { mysqlUrl: shop.url }],
    ]);
    const store = await openDatabases({ redisUrl: redis.url, tables: allTables, databases });
    const { marked } = await fill(store);
    await expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 }).toBe(0);
    const person = await mysql.createConnection(main.url);
    await person.query(
      "CREATE TRIGGER keep BEFORE DELETE ON mailbox FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = OLD.mail",
    );
    // A running game flushes the journal, and its store stays open.
    const refused = await workshop.run("data", "forget", "--user", String(marked));
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.errors).toMatch(
      /^warning: the game is running; .*\nerror: MySQL refuses changes of the rows: dead letters .*; fix the cause, then run this command again\n$/,
    );
    expect(marksIn(refused.out + refused.errors)).toEqual([]);
    expect(rowsOf(refused.out)).toMatchObject({ ok: false, left: { rows: 0, changes: 0 } });
    expect(await markedTables(main.url)).toEqual(["mailbox"]);
    await person.query("DROP TRIGGER keep");
    const run = await workshop.run("data", "forget", "--user", String(marked));
    expect(run).toMatchObject({ code: 0, errors: expect.stringMatching(/^warning: the game is running; /) });
    expect(await markedTables(main.url)).toEqual([]);
    await expect.poll(() => markedKeys(redis.url), { timeout: 20_000 }).toEqual([]);
    await person.end();
    await store.close();
  });
});

/** Visits of a person that are left. */
async function remaining(options: Parameters<typeof openDatabases>[0], userId: bigint): Promise<number> {
  const store = await openDatabases({ ...options, writer: false });
  try {
    return (await store.keysBy(visitTable, 0, [userId])).length;
  } finally {
    await store.close({ graceMs: 0 });
  }
}

function bound<T extends object, N extends keyof T>(of: T, names: readonly N[]): Pick<T, N> {
  return Object.fromEntries(
    names.map((name) => [name, (of[name] as unknown as (...args: unknown[]) => unknown).bind(of)]),
  ) as unknown as Pick<T, N>;
}
