import { once } from "node:events";
import { connect } from "@photinus/client/node";
import mysql from "mysql2/promise";
import { expect, test } from "vitest";
import * as login from "../../../generated/client/meadow/login.service.ts";
import * as meadow from "../../../generated/client/meadow/meadow.service.ts";
import { exampleConfig, Game, spawnPhotinus } from "../../setup/game.ts";
import { openMySql } from "../../setup/servers/mariadb.ts";
import { startRedis } from "../../setup/servers/redis.ts";

test("the example keeps its rows in MySQL and Redis when their URLs are set, and finds them after a restart", {
  timeout: 120_000,
}, async () => {
  await using server = await openMySql();
  await using redis = await startRedis({ appendFsync: "everysec" });
  const { url } = await server.createDatabase();
  const environment = { MEADOW_DATA: "", MYSQL_URL: url, REDIS_URL: redis.url };

  const before = await Game.start(exampleConfig, environment);
  const player = await connect(before.gate().tcp);
  const { playerId, token } = await login.signIn(player, { name: "Ada", hue: 40 });
  await meadow.enter(player, { meadowId: 2 });
  expect((await meadow.flash(player, { meadowId: 2 })).flashes).toBe(1n);
  await player.close();
  expect(await before.stop()).toBe(0);
  // A stop brings everything to MySQL.
  const person = await mysql.createConnection(url);
  const [rows] = await person.query("SELECT COUNT(*) AS count FROM player");
  person.destroy();
  expect(rows).toEqual([{ count: 1 }]);

  const after = await Game.start(exampleConfig, environment);
  const back = await connect(after.gate().tcp);
  expect(await login.comeBack(back, { token })).toMatchObject({ playerId, name: "Ada" });
  await meadow.enter(back, { meadowId: 2 });
  expect((await meadow.flash(back, { meadowId: 2 })).flashes).toBe(2n);
  await back.close();
  expect(await after.stop()).toBe(0);
});

test("a server that is configured and cannot be reached keeps the game from starting, and is named", async () => {
  const environment = {
    MEADOW_DATA: "",
    MEADOW_PORT: "0",
    MYSQL_URL: "mysql://root@127.0.0.1:1/game",
    REDIS_URL: "redis://127.0.0.1:1",
  };
  const game = spawnPhotinus(["start", "--config", exampleConfig, "--log-form", "json"], environment);
  let told = "";
  for (const stream of [game.stdout, game.stderr]) {
    stream?.on("data", (chunk) => {
      told += String(chunk);
    });
  }
  const [code] = await once(game, "close");
  expect(told).toContain("cannot start: Redis at 127.0.0.1:1 cannot be reached: connect ECONNREFUSED");
  expect(told).not.toContain("tables use the embedded store");
  expect(code).toBe(1);
});
