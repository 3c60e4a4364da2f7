import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import { heroTable, vaultTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { startMariaDb } from "../../setup/servers/mariadb.ts";
import { startRedis } from "../../setup/servers/redis.ts";
import { Workshop, writeQuiet } from "../process/game.ts";

const protocol = fileURLToPath(
  new URL("../../conformance/tables/fixtures/server/protocol.ts", import.meta.url),
);

let workshop: Workshop;
beforeEach(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.close());

test("the status shows the half that answers, names the server that does not, and ends with 1", {
  timeout: 120_000,
}, async () => {
  await using maria = await startMariaDb();
  await using redis = await startRedis();
  const { url } = await maria.createDatabase();
  const place = `127.0.0.1:${new URL(url).port}`;
  const mysql = { url, timeoutMs: 5_000 };
  writeQuiet(workshop, { protocol, data: { mysql, redis: { url: redis.url, silenceMs: 3_000 } } });
  const tables = [heroTable, vaultTable];
  const store = await CachedStore.open({ mysqlUrl: url, redisUrl: redis.url, tables, writer: false });
  await store.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: "Ann" })));
  await store.create(vaultTable, vaultTable.valuesOf(vaultTable.newRow({ owner: "Ann" })));
  await store.close();
  const status = () => workshop.run("data", "status");
  const json = async () => {
    const { code, out } = await workshop.run("data", "status", "--json");
    return { code, ...(JSON.parse(out) as object) };
  };

  expect(await status()).toMatchObject({ code: 0, out: expect.not.stringContaining("does not answer") });

  maria.program.signal("SIGSTOP");
  const frozen = await status();
  maria.program.signal("SIGCONT");
  expect(frozen).toMatchObject({ code: 1, errors: "" });
  expect(frozen.out).toContain(`\nMySQL         does not answer: MySQL at ${place} cannot be reached: `);
  expect(frozen.out).toMatch(/\njournal +1 change, the oldest .* old\ndead letters +0\n/);
  expect(frozen.out).toMatch(/\nhero +main +write-behind +1 +1\n/);

  redis.program.signal("SIGSTOP");
  const halted = await status();
  redis.program.signal("SIGCONT");
  // By the topology's limit.
  expect(halted).toMatchObject({
    code: 1,
    out: expect.stringMatching(/\nRedis +does not answer: .* 3000ms/),
  });

  await maria.program.kill();
  expect(await json()).toMatchObject({
    ...{ code: 1, journalLength: 1, deadLetters: 0 },
    silent: [{ server: "MySQL", database: "main", reason: expect.stringContaining(place) }],
  });

  await redis.program.kill();
  const nothing = await status();
  expect(nothing.code).toBe(1);
  expect(nothing.out).toMatch(/\nMySQL +does not answer: .*\nRedis +does not answer: /);
  expect(nothing.out).toMatch(/\nhero +main +write-behind +unknown\n/);

  await maria.program.start();
  const half = await status();
  expect(half).toMatchObject({ code: 1, errors: "" });
  expect(half.out).toMatch(/^store +Redis before MySQL\nRedis +does not answer: Redis at /);
  expect(half.out).toMatch(/\nvault +main +write-through +about \d+\n/);
  expect(half.out).toMatch(/\neverything +main +write-behind +no table\n/);
  expect(await json()).toMatchObject({ code: 1, silent: [{ server: "Redis" }] });
});
