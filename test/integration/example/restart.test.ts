import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@photinus/client/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as login from "../../../generated/client/meadow/login.service.ts";
import * as meadow from "../../../generated/client/meadow/meadow.service.ts";
import { codeOf } from "../../setup/firefly.ts";
import { exampleConfig, Game } from "../../setup/game.ts";

let folder = "";
let game: Game | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meadow-restart-"));
});

afterEach(async () => {
  await game?.stop("SIGKILL");
  game = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start() {
  game = await Game.start(exampleConfig, { MEADOW_DATA: join(folder, "meadow.sqlite") });
  return { game, connection: await connect(game.gate().tcp) };
}

test("a restart of every process finds players, their fireflies and the high score", async () => {
  const before = await start();
  const { playerId, token } = await login.signIn(before.connection, { name: "Ada", hue: 40 });
  await meadow.enter(before.connection, { meadowId: 2 });
  meadow.move(before.connection, { meadowId: 2, position: { x: 0.125, y: 0.875 } });
  const { flashes, rechargeMs } = await meadow.flash(before.connection, { meadowId: 2 });
  expect(flashes).toBe(1n);
  await before.connection.close();
  expect(await before.game.stop()).toBe(0);

  const after = await start();
  const profile = await login.comeBack(after.connection, { token });
  expect(profile).toEqual({ playerId, name: "Ada", hue: 40 });
  const { fireflies } = await meadow.enter(after.connection, { meadowId: 2 });
  expect(fireflies).toEqual([{ id: playerId, name: "Ada", hue: 40, position: { x: 0.125, y: 0.875 } }]);
  const other = await connect(after.game.gate().tcp);
  await login.signIn(other, { name: "Mio", hue: 1 });
  expect(await meadow.flash(other, { meadowId: 2 })).toEqual({
    rechargeMs,
    flashes: 1n,
    best: { meadow: 2, player: playerId, name: "Ada", flashes: 1n },
  });
  expect((await meadow.flash(after.connection, { meadowId: 2 })).flashes).toBe(2n);
  await other.close();
  await after.connection.close();
});

test("every process is killed: what was answered is there", async () => {
  const before = await start();
  const { playerId, token } = await login.signIn(before.connection, { name: "Ada", hue: 40 });
  await meadow.enter(before.connection, { meadowId: 1 });
  expect((await meadow.flash(before.connection, { meadowId: 1 })).flashes).toBe(1n);
  const { processes, pid } = await before.game.status();
  for (const one of [pid, ...processes.map((unit) => unit.pid ?? 0)]) process.kill(one, "SIGKILL");
  await before.connection.close();
  await before.game.stop();

  const { connection } = await start();
  expect((await login.comeBack(connection, { token })).playerId).toBe(playerId);
  const { flashes, best } = await meadow.flash(connection, { meadowId: 1 });
  expect([flashes, best?.flashes, best?.player]).toEqual([2n, 2n, playerId]);
  await connection.close();
});

test("a token works for its player alone, and only the newest", async () => {
  const { connection } = await start();
  const first = await login.signIn(connection, { name: "Ada", hue: 1 });
  const renamed = await login.signIn(connection, { name: "Countess", hue: 2 });
  expect(renamed.playerId).toBe(first.playerId);
  expect(await codeOf(login.comeBack(connection, { token: first.token }))).toBe("NOT_FOUND");
  expect(await codeOf(login.comeBack(connection, { token: "" }))).toBe("NOT_FOUND");
  const other = await connect(game!.gate().webSocket);
  expect((await login.signIn(other, { name: "Countess", hue: 3 })).playerId).not.toBe(first.playerId);
  expect((await login.comeBack(other, { token: renamed.token })).name).toBe("Countess");
  await Promise.all([connection.close(), other.close()]);
});
