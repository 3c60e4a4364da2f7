import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Database } from "../../../runtime/tables/mysql/mysql-database.ts";
import { databaseError } from "../../../runtime/tables/mysql/mysql-error.ts";
import { redisError } from "../../../runtime/tables/redis/redis-error.ts";
import { type MariaDb, run, startMariaDb } from "../../setup/servers/mariadb.ts";
import { startRedis } from "../../setup/servers/redis.ts";
import { Workshop, writeQuiet } from "../process/game.ts";

const protocol = fileURLToPath(
  new URL("../../conformance/tables/fixtures/server/protocol.ts", import.meta.url),
);
const denied = "Access denied for user 'game'@'127.0.0.1' \\(using password: YES\\)";

let maria: MariaDb;
let redis: Awaited<ReturnType<typeof startRedis>>;
let workshop: Workshop;
let mysqlUrl: URL;

beforeAll(async () => {
  maria = await startMariaDb();
  redis = await startRedis();
  await run(maria.url, "CREATE USER game@127.0.0.1 IDENTIFIED BY 'secret'");
  await run(maria.url, "GRANT ALL ON *.* TO game@127.0.0.1");
});
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await maria?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  workshop = new Workshop();
  mysqlUrl = new URL((await maria.createDatabase()).url);
  mysqlUrl.username = "game";
  mysqlUrl.password = "secret";
});
afterEach(() => workshop.close());

/** What commands print with these servers; none of them may take a refusal for silence. */
async function printed(data: object): Promise<Record<"start" | "status" | "migrate", string>> {
  writeQuiet(workshop, { protocol, nodes: [{ role: "none", module: "./scene.mjs" }], data });
  const texts: Record<string, string> = {};
  for (const args of [
    ["start", "--in-process"],
    ["data", "status"],
    ["data", "migrate"],
  ]) {
    const { out, errors, code } = await workshop.run(...args);
    texts[args.at(-1) === "--in-process" ? "start" : args.at(-1)!] =
      args[0] === "start" ? errors : out + errors;
    if (args.at(-1) === "migrate") continue;
    expect(code).toBe(1);
    expect(out + errors).not.toMatch(/cannot be reached|does not answer/);
  }
  return texts as Awaited<ReturnType<typeof printed>>;
}

test("a wrong password of MySQL is told in the server's words, by every command", async () => {
  mysqlUrl.password = "wrong";
  const texts = await printed({ mysql: { url: mysqlUrl.href }, redis: { url: redis.url } });
  expect(texts.start).toMatch(new RegExp(`MySQL at 127\\.0\\.0\\.1:\\d+ cannot be used: ${denied}\n$`));
  expect(texts.status).toMatch(
    new RegExp(`\nMySQL +MySQL at 127\\.0\\.0\\.1:\\d+ cannot be used: ${denied}\n`),
  );
  expect(texts.migrate).toMatch(new RegExp(`${denied}\n$`));
}, 60_000);

test("a wrong password of Redis is told in the server's words", async () => {
  const admin = new Redis(redis.url);
  await admin.config("SET", "requirepass", "secret");
  try {
    const url = redis.url.replace("//", "//:wrong@");
    const texts = await printed({ mysql: { url: mysqlUrl.href }, redis: { url } });
    expect(texts.start).toMatch(/Redis at 127\.0\.0\.1:\d+ cannot be used: WRONGPASS .*\n$/);
    expect(texts.status).toMatch(/\nRedis +Redis at 127\.0\.0\.1:\d+ cannot be used: WRONGPASS /);
  } finally {
    await admin.config("SET", "requirepass", "");
    admin.disconnect();
  }
}, 60_000);

test("a password of MySQL that is changed while a node runs is no missing right", async () => {
  const log = silentLogger;
  const database = await Database.open({
    ...{ url: mysqlUrl.href, connections: 1, timeoutMs: 10_000, clock: systemClock, log },
  });
  try {
    await run(maria.url, "ALTER USER game@127.0.0.1 IDENTIFIED BY 'other'");
    for (const { Id, User } of await run(maria.url, "SHOW PROCESSLIST"))
      if (User === "game") await run(maria.url, `KILL ${String(Id)}`);
    const read = () => database.rows("SELECT 1", []).then(String, (error) => databaseError(error).message);
    await expect
      .poll(read, { timeout: 20_000 })
      .toBe("FAILED_PRECONDITION: MySQL rejected the user: error 1045");
  } finally {
    await database.close();
    await run(maria.url, "ALTER USER game@127.0.0.1 IDENTIFIED BY 'secret'");
  }
}, 60_000);

test.each(["NOAUTH Authentication required.", "NOPERM no permissions to run 'eval'"])(
  "Redis' answer %j is a FAILED_PRECONDITION, not a defect",
  (message) => {
    const reply = Object.assign(new Error(message), { name: "ReplyError" });
    expect(redisError(reply, true)).toMatchObject({ code: "FAILED_PRECONDITION", outcome: undefined });
  },
);
