import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { migrate } from "../../../runtime/tables/migrate/migrate.ts";
import { openMysql } from "../../../runtime/tables/migrate/mysql-migrations.ts";
import { Database, type Transaction } from "../../../runtime/tables/mysql/mysql-database.ts";
import { databaseError } from "../../../runtime/tables/mysql/mysql-error.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import { fail } from "../../../schema/errors.ts";
import { heroTable, vaultTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { type MariaDb, run, startMariaDb } from "../../setup/servers/mariadb.ts";
import { openRedis } from "../../setup/servers/redis.ts";
import { within } from "../../setup/within.ts";

/** The limit of a call in these tests, milliseconds. */
const timeoutMs = 700;
const connections = 2;

let maria: MariaDb;
let redis: Awaited<ReturnType<typeof openRedis>>;
let url: string;
beforeAll(async () => {
  maria = await startMariaDb();
  redis = await openRedis();
  ({ url } = await maria.createDatabase());
  await run(url, "CREATE TABLE purse (id int PRIMARY KEY, gold int NOT NULL) ENGINE=InnoDB");
});
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await maria?.[Symbol.asyncDispose]();
});

const freeze = () => maria.program.freeze();
const thaw = () => maria.program.signal("SIGCONT");
const open = () => Database.open({ url, connections, timeoutMs, clock: systemClock, log: silentLogger });
const add = (statements: Transaction, id: number) =>
  statements.run("INSERT INTO purse (id, gold) VALUES (?, 1)", [id]);

interface Stage {
  readonly name: string;
  /** What it says to who asked for a change, or for a read. */
  readonly says: RegExp;
  readonly isChange: boolean;
  /** Freezes the server on its way. */
  call(database: Database, id: number): Promise<unknown>;
}

const notSent = /^UNAVAILABLE: MySQL did not answer for \d+ ms \(not sent\)$/;
const stages: readonly Stage[] = [
  {
    name: "the preparation of a statement, on a connection that was idle",
    says: /^UNAVAILABLE: MySQL did not answer for \d+ ms$/,
    isChange: false,
    async call(database, id) {
      await freeze();
      return database.rows(`SELECT ${id}`, []);
    },
  },
  {
    name: "a statement that runs",
    says: /^UNAVAILABLE: MySQL did not answer for \d+ ms$/,
    isChange: false,
    async call(database) {
      await database.rows("SELECT SLEEP(?)", [0]);
      // Soon, so that the statement, which would be answered in time, is not over before that on a slow machine.
      setTimeout(() => void freeze(), 50);
      return database.rows("SELECT SLEEP(?)", [(0.9 * timeoutMs) / 1_000]);
    },
  },
  {
    name: "the sending of more than the system takes on its own",
    says: /^UNAVAILABLE: MySQL did not answer for \d+ ms$/,
    isChange: false,
    async call(database) {
      await database.rows("SELECT LENGTH(?)", [new Uint8Array(8)]);
      await freeze();
      return database.rows("SELECT LENGTH(?)", [new Uint8Array(12 << 20)]);
    },
  },
  {
    name: "the begin of a transaction",
    says: notSent,
    isChange: true,
    async call(database, id) {
      await freeze();
      return database.transaction((statements) => add(statements, id));
    },
  },
  {
    name: "a statement of a transaction",
    says: notSent,
    isChange: true,
    call: (database, id) =>
      database.transaction(async (statements) => {
        await freeze();
        return add(statements, id);
      }),
  },
  {
    name: "a savepoint",
    says: notSent,
    isChange: true,
    call: (database, id) =>
      database.transaction(async (statements) => {
        await add(statements, id);
        await freeze();
        await statements.control("SAVEPOINT part");
      }),
  },
  {
    name: "the commit",
    says: /^UNAVAILABLE: MySQL did not answer for \d+ ms \(may have happened\)$/,
    isChange: true,
    call: (database, id) =>
      database.transaction(async (statements) => {
        await add(statements, id);
        await freeze();
      }),
  },
  {
    name: "a rollback, whose caller has its own error",
    says: /^INTERNAL: its own$/,
    isChange: true,
    call: (database, id) =>
      database.transaction(async (statements) => {
        await add(statements, id);
        await freeze();
        throw fail("INTERNAL", "its own");
      }),
  },
];

test.each(stages.map((stage, at) => ({ ...stage, id: at + 1 })))(
  "a server that falls silent during $name ends the call within its limit, and its place is free",
  async ({ call, says, isChange, id }) => {
    const database = await open();
    try {
      const error = await within(timeoutMs, call(database, id)).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(databaseError(error, { isChange }).message).toMatch(says);
      // All places are in use, and given back, while it is silent.
      const all = Array.from({ length: connections + 1 }, () =>
        within(timeoutMs, database.rows("SELECT 1", [])),
      );
      expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(
        Array(connections + 1).fill("rejected"),
      );
      thaw();
      await expect.poll(() => database.rows("SELECT 'there'", []).catch(String)).toEqual([["there"]]);
      const stored = () => run(url, `SELECT gold FROM purse WHERE id = ${id}`);
      if (says.source.includes("may have")) await expect.poll(stored).toEqual([{ gold: 1 }]);
      else expect(await stored()).toEqual([]);
    } finally {
      thaw();
      await database.close();
    }
  },
);

test("a silent server is not waited for by who connects to it, nor by who closes", async () => {
  const database = await open();
  await Promise.all([database.rows("SELECT 1", []), database.rows("SELECT 1", [])]);
  await freeze();
  try {
    await expect(within(timeoutMs, open())).rejects.toThrow(
      /^UNAVAILABLE: MySQL at 127.0.0.1:\d+ cannot be reached/,
    );
    await within(timeoutMs, database.close());
  } finally {
    thaw();
  }
});

test("while MySQL is silent, each call of a table ends within the limit, and a change says what became of it", async () => {
  await using replica = await startMariaDb();
  const { url: mysqlUrl } = await maria.createDatabase();
  const { url: replicaUrl } = await replica.createDatabase();
  const prefix = `silent-${process.pid}`;
  const tables = [heroTable, vaultTable];
  const places = { mysqlUrl, redisUrl: redis.url, replicaUrls: [replicaUrl], prefix, tables };
  const store = await CachedStore.open({ ...places, timeoutMs, flushMs: 10 });
  try {
    const heroes = new TableHandle(heroTable, store);
    const vaults = new TableHandle(vaultTable, store);
    const { id } = await heroes.create({ name: "Ada" });
    await vaults.create({ owner: "Ada", balance: 1n });
    await expect.poll(async () => (await store.status()).journalLength, { timeout: 20_000 }).toBe(0);
    await freeze();
    await replica.program.freeze();
    const reads = [
      () => heroes.get(id + 1n),
      () => heroes.keysBy("name", "Ada"),
      () => heroes.keysBy("name", "Ada", { from: "replica" }),
      () => heroes.stream().next(),
      () => vaults.get("Eve"),
    ];
    const changes = [
      // A name that is perhaps another's.
      () => heroes.create({ name: "Ada" }),
      () => heroes.patch(id + 1n, { gold: 1n }),
      () => heroes.patch(id, { name: "Eve" }),
      () => heroes.update(id + 1n, () => ({ gold: 1n })),
      () => vaults.create({ owner: "Eve" }),
      () => vaults.patch("Ada", { balance: 2n }),
      () => vaults.update("Ada", () => ({ balance: 2n })),
      () => vaults.delete("Ada"),
    ];
    const reasonOf = (call: () => Promise<unknown>) =>
      within(timeoutMs, call()).then(() => "it did not fail", String);
    const away = "PhotinusError: UNAVAILABLE: ";
    for (const reason of await Promise.all(reads.map(reasonOf))) expect(reason).toMatch(away);
    for (const reason of await Promise.all(changes.map(reasonOf))) {
      expect(reason).toMatch(away);
      expect(reason).toMatch(/ \(not sent\)$/);
    }
    // What needs no MySQL goes on.
    await heroes.increment(id, "gold", 5n);
    thaw();
    replica.program.signal("SIGCONT");
    await expect.poll(async () => (await store.status()).journalLength, { timeout: 20_000 }).toBe(0);
    expect(await run(mysqlUrl, "SELECT CONVERT(name USING utf8mb4) AS name, gold FROM hero")).toEqual([
      { name: "Ada", gold: 5 },
    ]);
    expect(await run(mysqlUrl, "SELECT CONVERT(owner USING utf8mb4) AS owner, balance FROM vault")).toEqual([
      { owner: "Ada", balance: 1 },
    ]);
  } finally {
    thaw();
    replica.program.signal("SIGCONT");
    await store.close();
  }
});

test("a store whose MySQL is silent does not open, and says so within the limit", async () => {
  await freeze();
  try {
    const opening = CachedStore.open({
      mysqlUrl: url,
      redisUrl: redis.url,
      prefix: "silent-open",
      timeoutMs,
    });
    await expect(within(timeoutMs, opening)).rejects.toThrow(/^UNAVAILABLE: MySQL at .* cannot be reached/);
  } finally {
    thaw();
  }
});

test("a migration ends within the limit when MySQL falls silent, also in the middle of a statement", async () => {
  const { url: mysqlUrl } = await maria.createDatabase();
  const options = { timeoutMs };
  const silent = await openMysql("main", mysqlUrl, options);
  try {
    await freeze();
    await expect(within(timeoutMs, openMysql("main", mysqlUrl, options))).rejects.toThrow(/^UNAVAILABLE: /);
    await expect(within(timeoutMs, silent.find([heroTable]))).rejects.toThrow(/^UNAVAILABLE: /);
    await within(timeoutMs, silent.close());
    thaw();
    const busy = await openMysql("main", mysqlUrl, options);
    const running = busy.run("DO SLEEP(30)");
    await freeze();
    await expect(within(timeoutMs, running)).rejects.toThrow(/^UNAVAILABLE: .* \(may have happened\)$/);
    await within(timeoutMs, busy.close());
  } finally {
    thaw();
  }
  // A statement may take longer than the limit while the server answers others.
  const database = await openMysql("main", mysqlUrl, options);
  await database.run(`DO SLEEP(${(timeoutMs * 3) / 1_000})`);
  const done = await migrate([database], [heroTable]);
  expect(done.applied).toHaveLength(1);
  await database.close();
});
