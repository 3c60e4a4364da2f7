import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as arena from "../../../examples/duel/generated/client/duel/arena.service.ts";
import { Outcome, Spell } from "../../../examples/duel/generated/client/duel/cards.messages.ts";
import * as lobby from "../../../examples/duel/generated/client/duel/lobby.service.ts";
import { fullLife, handSize, starterDeck } from "../../../examples/duel/rules.ts";
import { Duelist, duelConfig } from "../../setup/duelist.ts";
import { codeOf } from "../../setup/firefly.ts";
import { Game } from "../../setup/game.ts";

const soon = { timeout: 40_000, interval: 25 };
/** A turn that passes by no timer while a test runs. */
const longTurnMs = 3_600_000;

let folder = "";
let game: Game | undefined;
const duelists: Duelist[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "duel-test-"));
});

afterEach(async () => {
  await leave();
  await game?.stop("SIGKILL");
  game = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start(turnMs = longTurnMs): Promise<Game> {
  game = await Game.start(duelConfig, {
    DUEL_PORT: "0",
    DUEL_DATA: join(folder, "duel.sqlite"),
    DUEL_TURN_MS: String(turnMs),
  });
  return game;
}

async function come(name: string, token = ""): Promise<Duelist> {
  const duelist = await Duelist.join(game!.gate().tcp, name, token);
  duelists.push(duelist);
  return duelist;
}

async function leave(): Promise<void> {
  await Promise.all(duelists.splice(0).map((duelist) => duelist.close()));
}

/** Queues two players until they have a duel. Queues again when the duel is void at once because its arena is not linked yet. */
async function match(ada: Duelist, bob: Duelist): Promise<string> {
  const count = ada.matches.length;
  while (ada.matches.length === count) {
    const told = () => [ada, bob].map(({ matches, endings }) => matches.length + endings.length);
    const before = told();
    await ada.player.queue();
    await bob.player.queue();
    await expect.poll(() => told().every((number, at) => number > before[at]!), soon).toBe(true);
  }
  const { duelId, arena } = ada.matches.at(-1)!;
  await expect
    .poll(() => [ada, bob].map(({ player }) => player.view?.duelId), soon)
    .toEqual([duelId, duelId]);
  return arena;
}

async function playToTheEnd(ada: Duelist, bob: Duelist): Promise<Outcome> {
  const count = ada.endings.length + 1;
  for (const duelist of [ada, bob]) duelist.letPlay();
  await expect.poll(() => [ada.endings.length, bob.endings.length], soon).toEqual([count, count]);
  expect(ada.endings).toEqual(bob.endings);
  return ada.endings.at(-1)!.outcome;
}

function rows(table: string): unknown[] {
  const database = new DatabaseSync(join(folder, "duel.sqlite"), { readOnly: true });
  try {
    return database.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all();
  } finally {
    database.close();
  }
}

const rungsOf = async ({ player }: Duelist) => (await lobby.ladder(player.connection, {})).rungs;

test("two players duel to the end, and players, decks, duels and ladder outlive a restart of every process", async () => {
  const first = await start();
  const [ada, bob] = [await come("Ada"), await come("Bob")];
  await match(ada, bob);
  const standing = { life: fullLife, guard: 0, cards: starterDeck.length };
  expect(ada.views[0]).toMatchObject({
    ...{ turn: 1, yourTurn: true, last: undefined },
    ...{ you: { name: "Ada", ...standing }, other: { name: "Bob", ...standing } },
  });
  expect([ada, bob].map(({ views }) => views[0]?.hand.length)).toEqual([handSize + 1, handSize]);
  const { duelId, turn } = ada.player.view!;
  expect(await codeOf(bob.player.play(0))).toBe("FAILED_PRECONDITION");
  expect(await codeOf(arena.play(ada.player.connection, { duelId, turn: turn + 1, card: 0 }))).toBe(
    "FAILED_PRECONDITION",
  );
  expect(await codeOf(ada.player.play(99))).toBe("INVALID_ARGUMENT");
  expect(await codeOf(lobby.queue(ada.player.connection, {}))).toBe("FAILED_PRECONDITION");
  const eve = await come("Eve");
  expect(await codeOf(arena.play(eve.player.connection, { duelId, turn, card: 0 }))).toBe("NOT_FOUND");

  // Cards may keep off or give back all that others take: then nobody wins, and they duel again.
  while ((await playToTheEnd(ada, bob)) !== Outcome.WON) await match(ada, bob);
  const { winner } = ada.endings.at(-1)!;
  const won = [ada, bob].find(({ player }) => player.id === winner)!;
  const rungs = await rungsOf(eve);
  expect(rungs).toEqual([{ playerId: winner, name: won === ada ? "Ada" : "Bob", wins: 1 }]);
  const tables = ["player", "card", "duel_result"];
  const kept = tables.map(rows);
  expect(kept.map(({ length }) => length)).toEqual([3, 2 * starterDeck.length, ada.endings.length]);
  await leave();
  expect(await first.stop()).toBe(0);

  await start();
  const again = await Promise.all([ada, bob].map(({ player: { token } }) => come("", token)));
  expect(again.map(({ player }) => player.id)).toEqual([ada.player.id, bob.player.id]);
  expect(await rungsOf(again[0]!)).toEqual(rungs);
  expect(tables.map(rows)).toEqual(kept);
  await match(again[0]!, again[1]!);
  expect(rows("card")).toEqual(kept[1]);
});

test("a turn that nobody takes passes to the other by its timer, until the duel is over", async () => {
  await start(50);
  const [ada, bob] = [await come("Ada"), await come("Bob")];
  await match(ada, bob);
  await expect.poll(() => [ada.endings.length, bob.endings.length], soon).toEqual([1, 1]);
  expect(ada.endings[0]).toMatchObject({ outcome: Outcome.DRAWN, winner: 0n });
  // Each turn cost its player a card.
  const last = ada.views.at(-1)!;
  expect(last).toMatchObject({ turn: 2 * starterDeck.length + 1, yourTurn: false, hand: [] });
  const passed = ada.views.flatMap((view) => view.last ?? []);
  expect(new Set(passed.map(({ spell }) => spell))).toEqual(new Set([Spell.NONE]));
  expect(new Set(passed.map(({ playerId }) => playerId))).toEqual(new Set([ada.player.id, bob.player.id]));
  expect(await rungsOf(ada)).toEqual([]);
});

test("an arena that is killed: both players hear that their duel is void, and those elsewhere play on", async () => {
  const game = await start();
  const pairs = new Map<string, [Duelist, Duelist]>();
  while (pairs.size < 2) {
    const pair: [Duelist, Duelist] = [await come("Ada"), await come("Bob")];
    pairs.set(await match(...pair), pair);
  }
  const [[arena, [ada, bob]], [, [eve, mio]]] = [...pairs] as [
    [string, [Duelist, Duelist]],
    [string, [Duelist, Duelist]],
  ];
  const { duelId } = ada.player.view!;
  const back = game.kill(arena);
  const ending = { duelId, outcome: Outcome.VOID, winner: 0n };
  await expect.poll(() => [ada.endings, bob.endings], soon).toEqual([[ending], [ending]]);
  await expect.poll(() => [ada.lost, bob.lost], soon).toEqual([["arena"], ["arena"]]);
  expect(await playToTheEnd(eve, mio)).not.toBe(Outcome.VOID);
  expect([eve.lost, mio.lost]).toEqual([[], []]);

  await back;
  await match(ada, bob);
  expect(await playToTheEnd(ada, bob)).not.toBe(Outcome.VOID);
});

test("a lobby that is killed hears the result of a duel when it is back, and tells both players", async () => {
  const game = await start();
  const [ada, bob] = [await come("Ada"), await come("Bob")];
  await match(ada, bob);
  const back = game.kill("lobby-1");
  expect([Outcome.WON, Outcome.DRAWN]).toContain(await playToTheEnd(ada, bob));
  await back;
  expect(rows("duel_result")).toEqual([expect.objectContaining({ outcome: ada.endings[0]?.outcome })]);
});

test("a gate that is killed: both players come back to their duel by themselves, and play it to the end", async () => {
  const game = await start();
  const [ada, bob] = [await come("Ada"), await come("Bob")];
  await match(ada, bob);
  const { duelId } = ada.player.view!;
  await game.kill("gate-1");
  await playToTheEnd(ada, bob);
  expect(ada.endings).toMatchObject([{ duelId, outcome: expect.toBeOneOf([Outcome.WON, Outcome.DRAWN]) }]);
});

test("every process is killed during a duel: who comes back hears that it is void, and duels again", async () => {
  const first = await start();
  const [ada, bob] = [await come("Ada"), await come("Bob")];
  await match(ada, bob);
  const { duelId } = ada.player.view!;
  const { processes, pid } = await first.status();
  for (const one of [pid, ...processes.map((unit) => unit.pid ?? 0)]) process.kill(one, "SIGKILL");
  await leave();
  await first.stop();

  await start();
  const back = [await come("", ada.player.token), await come("", bob.player.token)] as const;
  await expect.poll(() => back[0].endings, soon).toEqual([{ duelId, outcome: Outcome.VOID, winner: 0n }]);
  expect(await rungsOf(back[0])).toEqual([]);
  await match(...back);
});
