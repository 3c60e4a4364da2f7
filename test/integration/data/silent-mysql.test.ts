import { afterAll, beforeAll, expect, test } from "vitest";
import { Database, type Transaction } from "../../../runtime/cache/cached/drivers/mysql.ts";
import { databaseError } from "../../../runtime/cache/cached/drivers/mysql-error.ts";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { type MariaDb, run, startMariaDb } from "../../setup/servers/mariadb.ts";
import { within } from "../../setup/within.ts";

/** The limit of a call in these tests, milliseconds. */
const timeoutMs = 700;
const connections = 2;

let maria: MariaDb;
let url: string;
beforeAll(async () => {
  maria = await startMariaDb();
  ({ url } = await maria.createDatabase());
  await run(url, "CREATE TABLE purse (id int PRIMARY KEY, gold int NOT NULL) ENGINE=InnoDB");
});
afterAll(() => maria?.[Symbol.asyncDispose]());

const freeze = () => maria.program.signal("SIGSTOP");
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
    call(database, id) {
      freeze();
      return database.rows(`SELECT ${id}`, []);
    },
  },
  {
    name: "a statement that runs",
    says: /^UNAVAILABLE: MySQL did not answer for \d+ ms$/,
    isChange: false,
    async call(database) {
      await database.rows("SELECT SLEEP(?)", [0]);
      setTimeout(freeze, timeoutMs / 3);
      return database.rows("SELECT SLEEP(?)", [timeoutMs / 1_500]);
    },
  },
  {
    name: "the begin of a transaction",
    says: notSent,
    isChange: true,
    call(database, id) {
      freeze();
      return database.transaction((statements) => add(statements, id));
    },
  },
  {
    name: "a statement of a transaction",
    says: notSent,
    isChange: true,
    call: (database, id) =>
      database.transaction((statements) => {
        freeze();
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
        freeze();
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
        freeze();
      }),
  },
  {
    name: "a rollback, whose caller has its own error",
    says: /^INTERNAL: its own$/,
    isChange: true,
    call: (database, id) =>
      database.transaction(async (statements) => {
        await add(statements, id);
        freeze();
        const { fail } = await import("../../../schema/errors.ts");
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
  freeze();
  try {
    await expect(within(timeoutMs, open())).rejects.toThrow(
      /^UNAVAILABLE: MySQL at 127.0.0.1:\d+ cannot be reached/,
    );
    await within(timeoutMs, database.close());
  } finally {
    thaw();
  }
});
