import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as chat from "../../../generated/client/meadow/chat.service.ts";
import * as login from "../../../generated/client/meadow/login.service.ts";
import * as meadow from "../../../generated/client/meadow/meadow.service.ts";
import { defaultLinkLimits } from "../../../runtime/rpc/link-options.ts";
import { codeOf, Firefly } from "../../setup/firefly.ts";
import { Game, root } from "../../setup/game.ts";
import { LimitedCalls } from "../gate/limits.ts";

const config = `${root}test/integration/example/two-gates/photinus.config.ts`;
/** As that topology says. */
const clientHeartbeatMs = 1_000;
const soon = { timeout: 30_000, interval: 25 };

let game: Game;
let bot: ChildProcess | undefined;

beforeAll(async () => {
  game = await Game.start(config);
});

afterAll(async () => {
  bot?.kill("SIGKILL");
  await game?.stop();
  expect(game?.alive ?? []).toEqual([]);
});

/**
 * Waits for what the silence of a stopped process brings about: within two intervals of the heartbeat and one second, and
 * as much again for a machine that is busy with other things. Time in which this process did not run is not counted.
 */
async function inTime<T>(heartbeatMs: number, wait: () => Promise<T>): Promise<T> {
  const calls = new LimitedCalls();
  const waiting = wait();
  void calls.start("found dead", 2 * (2 * heartbeatMs + 1_000), () => waiting);
  await calls.all();
  expect(calls.late).toEqual([]);
  return waiting;
}

test("a player whose process is stopped is found dead, and the others are told", async () => {
  const ada = await Firefly.join(game.gate("gate-2").tcp, "Ada");
  bot = fork(fileURLToPath(new URL("bot.ts", import.meta.url)), [game.gate("gate-1").webSocket, "bot"], {
    execArgv: ["-C", "photinus-source"],
  });
  const [id] = (await once(bot, "message")) as [string];
  const botId = BigInt(id);
  await expect.poll(() => ada.seen.has(botId), soon).toBe(true);

  bot.kill("SIGSTOP");
  await inTime(clientHeartbeatMs, async () => expect.poll(() => ada.left, soon).toContain(botId));
  expect(await game.counter("gate-1", "client.closed.dead")).toBe(1);
  expect(ada.states).toEqual([]);

  // The stopped process finds out when it continues, and reconnects.
  bot.kill("SIGCONT");
  await expect.poll(async () => (await game.figures("gate-1"))["connections"], soon).toBe(1);
  bot.kill("SIGKILL");
  await ada.close();
});

test("a node whose process is stopped is found dead, and comes back when it goes on", async () => {
  const ada = await Firefly.join(game.gate("gate-1").tcp, "Ada");
  const from = game.records.length;
  process.kill(game.pid(ada.node), "SIGSTOP");
  const isGone = (gate: string) =>
    game.until(({ name, msg, peer }) => name === gate && msg === "node lost" && peer === ada.node, from);
  const [gone] = await inTime(defaultLinkLimits.heartbeatMs, () =>
    Promise.all(["gate-1", "gate-2"].map(isGone)),
  );
  expect(gone?.["reason"]).toMatch(/silent/);
  // A call to this node fails in its time, in the gate or in the client that tries again; the others answer.
  const codes = ["UNAVAILABLE", "DEADLINE_EXCEEDED"];
  expect(codes).toContain(await codeOf(meadow.flash(ada.connection, { meadowId: 1 })));
  expect(await codeOf(login.echo(ada.connection, new Uint8Array(1)))).toBe("none");

  process.kill(game.pid(ada.node), "SIGCONT");
  await expect.poll(() => codeOf(ada.enter(1)), soon).toBe("none");
  expect(ada.states).toEqual([]);
  await ada.close();
});

test("a gate whose process is stopped is found dead by its players, who come back when it goes on", async () => {
  const ada = await Firefly.join(game.gate("gate-1").webSocket, "Ada");
  const mio = await Firefly.join(game.gate("gate-2").tcp, "Mio");
  process.kill(game.pid("gate-1"), "SIGSTOP");
  await inTime(clientHeartbeatMs, async () =>
    expect.poll(() => ada.connection.state, soon).toBe("reconnecting"),
  );
  // The other gate and its nodes do not wait for it.
  const { line } = await chat.say(mio.connection, { text: "still here" });
  await expect.poll(() => mio.lines.map((heard) => heard.line), soon).toContain(line);

  process.kill(game.pid("gate-1"), "SIGCONT");
  await expect.poll(() => ada.connection.state, soon).toBe("open");
  await expect.poll(() => codeOf(ada.signIn()), soon).toBe("none");
  await expect.poll(() => codeOf(ada.enter(1)), soon).toBe("none");
  ada.move(0.25, 0.5);
  await expect.poll(() => mio.seen.get(ada.id), soon).toEqual({ x: 0.25, y: 0.5 });
  expect(mio.states).toEqual([]);
  await ada.close();
  await mio.close();
});
