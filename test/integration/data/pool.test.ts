import { expect, test } from "vitest";
import { Database } from "../../../runtime/cache/cached/drivers/mysql.ts";
import { troubleOf } from "../../../runtime/cache/cached/drivers/mysql-error.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { openMySql } from "../../setup/servers/mariadb.ts";

test("a statement that no connection becomes free for fails in time, and the connection is there for the next", async () => {
  await using server = await openMySql();
  const { url, drop } = await server.createDatabase();
  const database = await Database.open(url, 1, silentLogger, 200);
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const holder = database.transaction(async () => {
    begun.resolve();
    await end.promise;
  });
  await begun.promise;
  const tries = await Promise.allSettled(Array.from({ length: 3 }, () => database.rows("SELECT 1", [])));
  const reasons = tries.map((one) => (one.status === "rejected" ? one.reason : undefined));
  expect(reasons.map(String)).toEqual(Array(3).fill("Error: no connection to MySQL was free for 200 ms"));
  expect(reasons.map(troubleOf)).toEqual(["away", "away", "away"]);
  end.resolve();
  await holder;
  expect(await database.rows("SELECT 1", [])).toEqual([[1]]);
  await database.close();
  await drop();
});
