import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import * as chat from "../../../generated/client/meadow/chat.service.ts";
import * as login from "../../../generated/client/meadow/login.service.ts";
import * as meadow from "../../../generated/client/meadow/meadow.service.ts";
import { codeOf, Firefly } from "../../setup/firefly.ts";
import { Game } from "../../setup/game.ts";

const soon = { timeout: 20_000, interval: 25 };
const words = new TextEncoder().encode("hello");

describe("while two players are in a meadow", () => {
  let game: Game;
  let ada: Firefly;
  let mio: Firefly;

  beforeAll(async () => {
    game = await Game.start();
  });

  afterAll(async () => {
    await game?.stop();
    expect(game?.alive ?? []).toEqual([]);
  });

  async function join(): Promise<void> {
    ada = await Firefly.join(game.gate().tcp, "Ada");
    mio = await Firefly.join(game.gate().webSocket, "Mio");
  }

  afterEach(async () => {
    await ada?.close();
    await mio?.close();
  });

  /** Each moves until the other has seen it there. */
  async function seeEachOtherMove(): Promise<void> {
    for (const [one, other] of [
      [ada, mio],
      [mio, ada],
    ] as const) {
      const x = Math.fround(Math.random());
      await expect
        .poll(() => {
          one.move(x, 0.5);
          return other.seen.get(one.id)?.x;
        }, soon)
        .toBe(x);
    }
  }

  test("a killed meadow: what was asked fails at once, and play goes on when it is back", async () => {
    await join();
    await seeEachOtherMove();
    const connections = (await game.figures("gate-1"))["connections"];
    const from = game.records.length;
    // Stopped first, so that the requests are certain to wait there when it is killed.
    process.kill(game.pid(ada.node), "SIGSTOP");
    const waiting = [
      codeOf(meadow.flash(ada.connection, { meadowId: 1 }, { timeoutMs: 600_000 })),
      codeOf(meadow.flash(mio.connection, { meadowId: 1 }, { timeoutMs: 600_000 })),
    ];
    await expect.poll(async () => (await game.figures("gate-1"))["inFlight"], soon).toBe(2);
    const back = game.kill(ada.node);
    expect(await Promise.all(waiting)).toEqual(["UNAVAILABLE", "UNAVAILABLE"]);
    // The others answer meanwhile.
    expect(await login.echo(ada.connection, words)).toEqual(words);
    await back;
    await seeEachOtherMove();
    expect(ada.node).toBe((await mio.enter(1)).node);
    expect([ada.states, mio.states]).toEqual([[], []]);
    expect((await game.figures("gate-1"))["connections"]).toBe(connections);
    expect(game.records.slice(from).filter(({ name }) => name === "login-1")).toEqual([]);
  });

  test("a meadow that was killed knows those who have not moved since", async () => {
    await join();
    const { node } = ada;
    await game.kill(node);
    const eve = await Firefly.connect(game.gate().tcp, "Eve");
    await eve.signIn();
    const { fireflies } = await eve.enter(1);
    await eve.close();
    expect(fireflies.map(({ name }) => name).sort()).toEqual(["Ada", "Eve", "Mio"]);
  });

  test("who leaves while the meadow is being restarted is gone for all", async () => {
    await join();
    process.kill(game.pid(ada.node), "SIGSTOP");
    await mio.close();
    await game.kill(ada.node);
    await expect.poll(() => ada.crowd, soon).toBe(1);
    const { fireflies } = await ada.enter(1);
    expect(fireflies.map(({ name }) => name)).toEqual(["Ada"]);
  });

  test("a killed chat: players talk as soon as it is back, without entering again", async () => {
    await join();
    await game.kill("chat-1");
    const { line } = await chat.say(ada.connection, { text: "still here" });
    expect(line).toBeGreaterThan(0);
    await expect.poll(() => mio.lines.map(({ text }) => text), soon).toContain("still here");
    await seeEachOtherMove();
    expect([ada.states, mio.states]).toEqual([[], []]);
  });

  test("a killed login: play goes on, others can come, and nobody has to sign in again", async () => {
    await join();
    await game.kill("login-1");
    await seeEachOtherMove();
    const eve = await Firefly.join(game.gate().tcp, "Eve");
    await expect.poll(() => ada.entered.map(({ name }) => name), soon).toContain("Eve");
    await eve.close();
    // Login knows who it is from the table; who signs in again keeps its id.
    await ada.enter(2);
    const { id } = ada;
    await ada.signIn();
    expect(ada.id).toBe(id);
    await expect.poll(() => mio.left, soon).toContain(id);
    expect([ada.states, mio.states]).toEqual([[], []]);
  });

  test("a killed gate: clients and nodes come back by themselves", async () => {
    await join();
    const address = game.gate().tcp;
    await game.kill("gate-1");
    for (const player of [ada, mio]) {
      await expect.poll(() => player.connection.state, soon).toBe("open");
      expect(player.states.slice(0, 1)).toEqual(["reconnecting"]);
    }
    await expect
      .poll(async () => {
        const nodes = (await game.figures("gate-1"))["nodes"] as { name: string; state: string }[];
        return nodes.map(({ name, state }) => `${name} ${state}`).sort();
      }, soon)
      .toEqual(["chat-1 ready", "login-1 ready", "meadow-1 ready", "meadow-2 ready"]);
    // A new session: the server knows nothing of the player until it signs in again.
    expect(await codeOf(meadow.flash(ada.connection, { meadowId: 1 }))).toBe("UNAUTHENTICATED");
    for (const player of [ada, mio]) {
      await player.signIn();
      await player.enter(1);
    }
    await seeEachOtherMove();
    const eve = await Firefly.join(address, "Eve");
    expect(eve.id).not.toBe(0n);
    // Fireflies of the former sessions are not counted any more.
    await expect.poll(() => eve.crowd, soon).toBe(3);
    await eve.close();
  });
});
