import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as chat from "../../../generated/client/meadow/chat.service.ts";
import * as login from "../../../generated/client/meadow/login.service.ts";
import * as meadow from "../../../generated/client/meadow/meadow.service.ts";
import { codeOf, Firefly } from "../../setup/firefly.ts";
import { Game } from "../../setup/game.ts";
import { LimitedCalls } from "../gate/limits.ts";

const soon = { timeout: 30_000, interval: 50 };
/** Longer than a link bears silence (two intervals of 5 s), than a session does, and than the limits of all calls. */
const frozenMs = 12_500;
const playerCount = 6;
/** Rounds of calls that are made at least, also on a machine where one takes long. */
const leastRounds = 12;
/** As the schema says of each command, and shorter. */
const limitsMs = [300, 2_000, 5_000];

/** How long a process may take to tell its figures, before the status goes without them. */
const statusLimitMs = 1_000;

let game: Game;

beforeAll(async () => {
  game = await Game.start();
});

afterAll(async () => {
  await game?.stop();
  expect(game?.alive ?? []).toEqual([]);
});

/** What was acknowledged to a player, and must be there for ever: its account. */
interface Account {
  readonly id: bigint;
  readonly token: string;
}

/** Connects a new client and signs it in. Resolves with the acknowledged account. */
async function signUp(url: string, number: number): Promise<Account> {
  const newcomer = await Firefly.connect(url, `new ${number}`, { reconnect: false, connectTimeoutMs: 2_000 });
  try {
    const { playerId: id, token } = await login.signIn(newcomer.connection, { name: newcomer.name, hue: 1 });
    return { id, token };
  } finally {
    void newcomer.close();
  }
}

/** Everybody plays on: each command by each player, with each limit. */
function play(calls: LimitedCalls, players: readonly Firefly[]): void {
  for (const { connection, meadowId } of players) {
    for (const timeoutMs of limitsMs) {
      const options = { timeoutMs };
      void calls.start("echo", timeoutMs, () => login.echo(connection, new Uint8Array(8), options));
      void calls.start("enter", timeoutMs, () => meadow.enter(connection, { meadowId }, options));
      void calls.start("flash", timeoutMs, () => meadow.flash(connection, { meadowId }, options));
      void calls.start("say", timeoutMs, () => chat.say(connection, { text: "on" }, options));
    }
  }
}

/** Which process is stopped; each role has one node, or the first of several. */
const roles = ["gate", "login", "meadow", "chat"] as const;

test.each(roles)(
  "while players play, a frozen %s lets no call outlast its limit; all goes on afterwards",
  async (role) => {
    const unit = [...Object.keys(game.gates), ...game.nodes].find((name) => name.startsWith(role));
    if (unit === undefined) throw new Error(`the game has no ${role}`);
    const { tcp, webSocket } = game.gate();
    const players = await Promise.all(
      Array.from({ length: playerCount }, (_, n) =>
        Firefly.join(n % 2 === 0 ? tcp : webSocket, `p ${n}`, 1 + (n % 2)),
      ),
    );
    const accounts: Account[] = [];
    const calls = new LimitedCalls();
    const from = game.records.length;
    process.kill(game.pid(unit), "SIGSTOP");
    const until = performance.now() + frozenMs;
    for (let step = 0; step < leastRounds || performance.now() < until; step++) {
      play(calls, players);
      void signUp(tcp, step).then(
        (account) => accounts.push(account),
        () => {},
      );
      void calls.start("status", statusLimitMs, () => game.status());
      await pause(500);
    }
    process.kill(game.pid(unit), "SIGCONT");
    await calls.all();
    expect(calls.late).toEqual([]);
    expect(calls.ended.length).toBeGreaterThan(playerCount * limitsMs.length * 4 * 10);
    // Every call was answered, by a reply or by an error of the protocol's own; none by a defect.
    const allowed = [
      "DEADLINE_EXCEEDED",
      "RESOURCE_EXHAUSTED",
      "UNAVAILABLE",
      "UNAUTHENTICATED",
      "FAILED_PRECONDITION",
      "answered",
    ];
    expect(calls.outcomes.filter((outcome) => !allowed.includes(outcome))).toEqual([]);
    expect(calls.outcomes).toContain("DEADLINE_EXCEEDED");

    // No process was restarted, and all goes on: who lost its session signs in again.
    expect(game.records.slice(from).filter(({ msg }) => /ended|killed/.test(msg))).toEqual([]);
    for (const player of players) {
      await expect.poll(() => player.connection.state, soon).toBe("open");
      await expect.poll(() => codeOf(player.signIn()), soon).toBe("none");
      await expect.poll(() => codeOf(player.enter(player.meadowId)), soon).toBe("none");
      await expect.poll(() => codeOf(chat.say(player.connection, { text: "back" })), soon).toBe("none");
    }
    // What was acknowledged while it was frozen, and since, is there.
    accounts.push(await signUp(tcp, 0));
    for (const { id, token } of accounts) {
      const again = await Firefly.connect(tcp, "again", { reconnect: false });
      expect((await login.comeBack(again.connection, { token })).playerId).toBe(id);
      await again.close();
    }
    await Promise.all(players.map((player) => player.close()));
  },
);
