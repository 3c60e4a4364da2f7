import { afterAll, beforeAll, expect, test } from "vitest";
import type { Logger } from "../../../runtime/log/logger.ts";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import { heroTable, vaultTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { type MariaDb, run, startMariaDb } from "../../setup/servers/mariadb.ts";
import { openRedis } from "../../setup/servers/redis.ts";

let maria: MariaDb;
let redis: Awaited<ReturnType<typeof openRedis>>;
beforeAll(async () => {
  // All tables in one small file, so that it can be full.
  const file = ["--innodb-file-per-table=0", "--innodb-data-file-path=ibdata1:12M:autoextend:max:24M"];
  maria = await startMariaDb(["--skip-log-bin", ...file]);
  redis = await openRedis();
  await run(maria.url, "CREATE USER game@127.0.0.1");
});
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await maria?.[Symbol.asyncDispose]();
});

interface Trouble {
  readonly name: string;
  readonly errno: number;
  readonly says: RegExp;
  /** Statements of a person, who may do everything; `DB` is the database. */
  readonly begin: readonly string[];
  readonly end: readonly string[];
}

const grant = "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON DB.* TO game@127.0.0.1";
const troubles: readonly Trouble[] = [
  {
    name: "no prepared statements left",
    errno: 1461,
    says: /^UNAVAILABLE: MySQL cannot serve now: error 1461 \(not sent\)$/,
    // What is prepared already goes on; a connection that is new has nothing.
    begin: ["SET GLOBAL max_prepared_stmt_count = 0", "KILL USER game@127.0.0.1"],
    end: ["SET GLOBAL max_prepared_stmt_count = 16382"],
  },
  {
    name: "the user's limit",
    errno: 1226,
    says: /^UNAVAILABLE: MySQL cannot serve now: error 1226 \(not sent\)$/,
    begin: ["ALTER USER game@127.0.0.1 WITH MAX_QUERIES_PER_HOUR 1", "KILL USER game@127.0.0.1"],
    end: ["ALTER USER game@127.0.0.1 WITH MAX_QUERIES_PER_HOUR 0", "FLUSH USER_RESOURCES"],
  },
  {
    name: "a server that is read-only",
    errno: 1290,
    says: /^UNAVAILABLE: MySQL cannot serve now: error 1290 \(not sent\)$/,
    begin: ["SET GLOBAL read_only = 1"],
    end: ["SET GLOBAL read_only = 0"],
  },
  {
    name: "a right that is missing",
    errno: 1142,
    says: /^FAILED_PRECONDITION: the MySQL user lacks a right of vault: error 1142$/,
    begin: ["REVOKE INSERT, UPDATE ON DB.* FROM game@127.0.0.1", "KILL USER game@127.0.0.1"],
    end: [grant],
  },
];

test.each(troubles)(
  "$name: the caller and the log have the number, and no change is given up",
  async (trouble) => {
    await using world = await openWorld();
    const { heroes, vaults, store, logged, person, written } = world;
    const ada = await heroes.create({ name: "Ada" });
    await vaults.create({ owner: "Ada", balance: 1n });
    await written();
    const reasonOf = () => vaults.patch("Ada", { balance: 2n }).then(() => "it did not fail", messageOf);
    try {
      for (const statement of trouble.begin) await person(statement);
      // A connection that was killed is found out by the first call that has it.
      await expect.poll(reasonOf, { timeout: 10_000 }).toMatch(trouble.says);
      await heroes.increment(ada.id, "gold", 5n);
      const inWriter = (line: Line) =>
        line.message.startsWith("journal flush failed") && line.errno === trouble.errno;
      await expect.poll(() => logged.some(inWriter), { timeout: 10_000 }).toBe(true);
      const isTold = (line: Line) =>
        line.message.startsWith("MySQL statement failed") && line.errno === trouble.errno;
      expect(logged.some(isTold)).toBe(true);
      expect(await store.status()).toMatchObject({ journalLength: 1, deadLetters: 0 });
    } finally {
      for (const statement of trouble.end) await person(statement);
    }
    await written();
    expect((await store.status()).deadLetters).toBe(0);
    expect(await person("SELECT gold FROM DB.hero")).toEqual([{ gold: 5 }]);
    await expect.poll(reasonOf, { timeout: 10_000 }).toBe("it did not fail");
  },
);

test("a full disk: the caller and the log have the number, and no change is given up", async () => {
  await using world = await openWorld();
  const { heroes, vaults, store, logged, person, written } = world;
  await vaults.create({ owner: "Ada", balance: 1n });
  await heroes.create({ name: "Ada" });
  await written();
  await person("CREATE TABLE DB.junk (b varbinary(7000) NOT NULL) ENGINE=InnoDB");
  await person("INSERT INTO DB.junk VALUES (REPEAT('x', 7000))");
  for (let isFull = false; !isFull; ) {
    isFull = await person("INSERT INTO DB.junk SELECT * FROM DB.junk LIMIT 64").then(
      () => false,
      () => true,
    );
  }
  await person("INSERT INTO DB.junk SELECT * FROM DB.junk LIMIT 1").catch(() => undefined);
  let reason = "it did not fail";
  for (let at = 0; reason === "it did not fail" && at < 3_000; at += 50) {
    const owners = Array.from({ length: 50 }, (_, one) => `owner ${at + one} ${"x".repeat(40)}`);
    const all = owners.map((owner) => vaults.create({ owner }).then(() => reason, messageOf));
    reason = (await Promise.all(all)).find((one) => one !== reason) ?? reason;
  }
  expect(reason).toBe("RESOURCE_EXHAUSTED: MySQL has no room left: error 1114");
  await Promise.all(
    Array.from({ length: 400 }, (_, at) => heroes.create({ name: `hero ${at}`, note: "🜁".repeat(1_000) })),
  );
  const inWriter = (line: Line) => line.message.startsWith("journal flush failed") && line.errno === 1114;
  await expect.poll(() => logged.some(inWriter), { timeout: 20_000 }).toBe(true);
  expect((await store.status()).deadLetters).toBe(0);
  await person("DROP TABLE DB.junk");
  await written();
  expect((await store.status()).deadLetters).toBe(0);
  expect(await person("SELECT COUNT(*) AS count FROM DB.hero")).toEqual([{ count: 401 }]);
});

interface Line {
  readonly message: string;
  readonly errno?: number;
}

async function openWorld() {
  const { url } = await maria.createDatabase();
  const place = new URL(url);
  const name = place.pathname.slice(1);
  const person = (statement: string) => run(maria.url, statement.replaceAll("DB.", `\`${name}\`.`));
  await person(grant);
  place.username = "game";
  const logged: Line[] = [];
  const keep = (details: object, message: string) => void logged.push({ ...details, message });
  const log: Logger = { debug: keep, info: keep, warn: keep, error: keep, child: () => log };
  const store = await CachedStore.open({
    ...{ mysqlUrl: place.href, redisUrl: redis.url, prefix: name.slice(-40) },
    ...{ tables: [heroTable, vaultTable], flushMs: 10, log },
  });
  return {
    ...{ store, logged, person },
    heroes: new TableHandle(heroTable, store),
    vaults: new TableHandle(vaultTable, store),
    written: () => expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 }).toBe(0),
    async [Symbol.asyncDispose]() {
      await store.close();
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
