import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { expect, test } from "vitest";
import { deadLettersText } from "../../../runtime/cli/data/dead-letter-commands.ts";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { WorkerPool } from "../../../runtime/node/heavy/worker-pool.ts";
import { UnhandledRejections } from "../../../runtime/process/hosting/unhandled-rejections.ts";
import { openDatabases } from "../../../runtime/tables/databases/open-databases.ts";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { openMysql } from "../../../runtime/tables/migrate/mysql-migrations.ts";
import { RedisClient } from "../../../runtime/tables/redis/redis-client.ts";
import { EmbeddedStore } from "../../../runtime/tables/sqlite/embedded-store.ts";
import type { TableStore } from "../../../runtime/tables/table-store.ts";
import { encode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { openMySql } from "../../setup/servers/mariadb.ts";
import { startRedis } from "../../setup/servers/redis.ts";
import { Person } from "./fixtures/server/people.messages.ts";
import {
  loginTable,
  mailboxTable,
  paymentTable,
  personTable,
  visitTable,
} from "./fixtures/server/people.tables.ts";
import { allOf, markBytes, markedPerson, markNumber, markText } from "./marks.ts";
import { Sinks } from "./sinks.ts";

const tables = [personTable, paymentTable, mailboxTable, loginTable, visitTable];

/** Errors of a store's tables: a key and unique values that are taken, rows that are missing, values that do not fit. */
async function driveStore(sinks: Sinks, name: string, store: TableStore): Promise<void> {
  const people = new TableHandle(personTable, store, systemClock);
  const mail = new TableHandle(mailboxTable, store, systemClock);
  const logins = new TableHandle(loginTable, store, systemClock);
  const { id } = await people.create(markedPerson());
  const other = await people.create(markedPerson("2"));
  const box = { mail: `${markText}@example`, person: id, text: "hello" };
  await mail.create(box);
  const login = { name: markText, person: id, hash: markText };
  await logins.create(login);
  await sinks.drive(`${name}: unique text taken`, () => people.create(markedPerson()));
  await sinks.drive(`${name}: unique bytes taken`, () => people.patch(other.id, { key: markBytes }));
  await sinks.drive(`${name}: key taken`, () => mail.create(box));
  await sinks.drive(`${name}: write-through key taken`, () => logins.create(login));
  await sinks.drive(`${name}: write-through unique taken`, () =>
    logins.create({ ...login, name: `${markText}3` }),
  );
  await sinks.drive(`${name}: row missing`, () => mail.patch(`${markText}-none`, { text: "x" }));
  await sinks.drive(`${name}: increment beyond its range`, () =>
    people.increment(id, "balance", 2n ** 63n - 1n),
  );
  await sinks.drive(`${name}: concurrent change`, async () => {
    const person = await people.load(id);
    await people.patch(id, { notes: [markText] });
    person!.year = markNumber;
    await person!.save();
  });
  await sinks.drive(`${name}: status`, async () => JSON.stringify(await store.status()));
}

/** Values that columns refuse, made of marks. */
async function driveColumns(sinks: Sinks): Promise<void> {
  const wrong: readonly unknown[] = [
    markText,
    markText.repeat(30),
    `${markText}\ud800`,
    markNumber,
    markNumber + 0.5,
    markNumber * 1e12,
    -markNumber,
    BigInt(markNumber),
    BigInt(markNumber) ** 9n,
    markBytes,
    [markText],
    new Map([[markText, markNumber]]),
    { seconds: BigInt(markNumber), nanos: markNumber },
    { case: markText, value: markText },
    { mail: markNumber, token: { text: markText } },
    Symbol(markText),
  ];
  const refusals: string[] = [];
  for (const [at, { property }] of personTable.columns.entries()) {
    for (const value of wrong) {
      for (const attempt of [
        () => personTable.valueOf(at, value),
        () => encode(Person, Person.create({ ...markedPerson(), [property]: value } as never)),
      ]) {
        try {
          attempt();
        } catch (error) {
          refusals.push(allOf(error));
        }
      }
    }
  }
  expect(refusals.length).toBeGreaterThan(300);
  await sinks.drive("values that columns and codecs refuse", () => [...new Set(refusals)].join("\n"));
}

/** Errors that a game throws with values attached. Texts that a game writes itself cannot be defended. */
async function driveThrown(sinks: Sinks): Promise<void> {
  const row = markedPerson();
  const rejections = new UnhandledRejections({ log: sinks.log, clock: systemClock, exit: () => undefined });
  const attached = Object.assign(
    new Error("refused", { cause: Object.assign(new Error("inner"), { row }) }),
    { row },
  );
  await sinks.drive("handler error with properties", () => {
    sinks.log.error({ err: attached, call: "people.Desk.Say" }, "command or method handler threw");
  });
  await sinks.drive("several errors in one", () => {
    sinks.log.error({ err: new AggregateError([attached, row], "all refused") }, "threw");
  });
  await sinks.drive("unhandled rejection of an error", () => rejections.onRejection(attached));
  await sinks.drive("unhandled rejection of a row", () => rejections.onRejection(row));
  const pool = new WorkerPool();
  await sinks.drive("heavy worker", async () => {
    try {
      await pool.run(new URL("./thrower.ts", import.meta.url), row, new AbortController().signal);
    } finally {
      await pool.close();
    }
  });
}

test("no sink shows a personal or secret value, on the embedded store", { timeout: 60_000 }, async () => {
  const sinks = new Sinks();
  await using store = new EmbeddedStore({ file: ":memory:", log: sinks.log });
  await driveColumns(sinks);
  await driveThrown(sinks);
  await driveStore(sinks, "SQLite", store);
  sinks.check(15);
});

test("no sink shows a personal or secret value, with MySQL and Redis", { timeout: 180_000 }, async () => {
  const sinks = new Sinks();
  await using server = await openMySql();
  await using redis = await startRedis();
  const [main, shop] = [await server.createDatabase(), await server.createDatabase()];
  const databases = new Map([
    ["main", { mysqlUrl: main.url }],
    ["shop", { mysqlUrl: shop.url }],
  ]);
  const store = await openDatabases({ databases, tables, redisUrl: redis.url, log: sinks.log });
  const drained = () =>
    expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 }).toBe(0);
  await driveStore(sinks, "MySQL and Redis", store);
  const payments = new TableHandle(paymentTable, store, systemClock);
  await payments.create({ person: 1n, cents: 5n });
  await drained();

  // Rows that MySQL refuses: by a trigger whose message is a value, and by a column that has become too small.
  const person = await mysql.createConnection(main.url);
  await person.query("ALTER TABLE payment MODIFY note varchar(3)");
  await person.query(
    "CREATE TRIGGER nomail BEFORE INSERT ON mailbox FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = NEW.mail",
  );
  const mail = new TableHandle(mailboxTable, store, systemClock);
  await sinks.drive("dead letters", async () => {
    await payments.create({ person: 1n, cents: 5n, note: markText, receipt: markText });
    await mail.create({ mail: `${markText}@two`, person: 1n, text: markText });
    await expect.poll(async () => (await store.status()).deadLetters, { timeout: 30_000 }).toBe(2);
    const list = await store.deadLetters.list(10);
    expect(list.map(({ reason }) => reason).sort()).toEqual([
      expect.stringMatching(/column note: ER_DATA_TOO_LONG, error 1406$/),
      expect.stringMatching(/the statement: ER_SIGNAL_EXCEPTION, error 1644$/),
    ]);
    return `${JSON.stringify(list)}\n${deadLettersText(list)}`;
  });
  expect(sinks.shown.get("dead letters")).toContain("row rejected by MySQL");
  await sinks.drive("dead letters of an earlier version", async () => {
    const client = new Redis(redis.url);
    const [key] = await client.keys("*}:x");
    await client.xadd(
      key!,
      "*",
      ..."d 1-1 t mailbox k".split(" "),
      `${markText}@four`,
      "at",
      "1",
      "r",
      `Duplicate entry '${markText}' for key 'x'`,
    );
    await client.xadd(
      key!,
      "*",
      ..."d 1-1 t gone k".split(" "),
      markText,
      "at",
      "2",
      "r",
      `Incorrect integer value: '${markText}' for column 'x'`,
    );
    client.disconnect();
    const list = await store.deadLetters.list(10);
    expect(list.length).toBe(4);
    return `${JSON.stringify(list)}\n${deadLettersText(list)}`;
  });

  await sinks.drive("migration refused because of rows", async () => {
    await person.query("CREATE TABLE twins (name varchar(40))");
    await person.query("INSERT INTO twins VALUES (?), (?)", [markText, markText]);
    const database = await openMysql("main", main.url);
    try {
      await database.run("ALTER TABLE twins ADD UNIQUE INDEX name (name)");
    } finally {
      await database.close();
    }
  });
  await sinks.drive("statement that MySQL does not accept", async () => {
    await person.query("DROP TABLE login");
    await new TableHandle(loginTable, store, systemClock).create({
      name: markText,
      person: 1n,
      hash: markText,
    });
  });
  await sinks.drive("command that Redis does not know", async () => {
    const client = await RedisClient.open(redis.url, silentLogger);
    try {
      Object.assign(Redis.prototype, {
        nosuchBuffer: async (...args: string[]) => raw.call("nosuch", ...args),
      });
      const raw = new Redis(redis.url, { lazyConnect: true });
      try {
        await client.command("nosuch", markText, markText);
      } finally {
        raw.disconnect();
      }
    } finally {
      client.close();
    }
  });
  await sinks.drive("row with a value of another type in Redis", async () => {
    const client = new Redis(redis.url);
    for (const key of await client.keys("*:r:mailbox:*")) {
      await client.del(key);
      await client.set(key, markText);
    }
    client.disconnect();
    await mail.patch(`${markText}@example`, { text: markText });
  });
  await person.end();
  await sinks.drive("servers that are gone", async () => {
    await redis[Symbol.asyncDispose]();
    await mail.create({ mail: `${markText}@five`, person: 1n, text: markText });
  });
  await store.close({ graceMs: 0 });
  sinks.check(16);
});
