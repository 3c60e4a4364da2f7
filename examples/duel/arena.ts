import { setTimeout as sleep } from "node:timers/promises";
import { defineNode, fail, isPhotinusError } from "photinus";
import type { Standing, View } from "./generated/server/duel/arena.messages.ts";
import * as arena from "./generated/server/duel/arena.service.ts";
import * as arenaDesk from "./generated/server/duel/arena-desk.service.ts";
import * as lobbyDesk from "./generated/server/duel/lobby-desk.service.ts";
import {
  cardsOf,
  type Duel,
  deal,
  miss,
  moverOf,
  type Place,
  play,
  type Result,
  resultOf,
  type Side,
} from "./rules.ts";

/** Length of a turn, in ms; then the turn passes to the other player. */
const turnMs = Number(process.env["DUEL_TURN_MS"] ?? 15_000);
/** Pause before the next report of a result to an unreachable lobby, in ms. */
const reportAgainMs = 500;

/** A duel of this arena. */
interface Fight {
  readonly duel: Duel;
  /** End of the turn, in ms of `performance.now()`. */
  readonly endsAt: number;
  /** Timer of the turn. Undefined when the duel is over, and kept only until the lobby has the result. */
  readonly timer: NodeJS.Timeout | undefined;
}

/** Runs duels in memory. The duels of an arena that is killed are void, by the rule of the lobby. */
export default defineNode((node) => {
  const fights = new Map<bigint, Fight>();
  const stopping = new AbortController();

  /** Stores the new state of a duel, and starts the timer of its turn. */
  function hold(duelId: bigint, duel: Duel): Fight {
    clearTimeout(fights.get(duelId)?.timer);
    const timer = resultOf(duel) ? undefined : setTimeout(() => advance(duelId, miss(duel)), turnMs);
    const fight = { duel, endsAt: performance.now() + turnMs, timer };
    fights.set(duelId, fight);
    return fight;
  }

  /** Ends a turn, and shows the new state to both players. */
  function advance(duelId: bigint, duel: Duel): void {
    const fight = hold(duelId, duel);
    for (const place of [0, 1] as const) {
      arena.pushTurn(node.user(duel.sides[place].playerId), viewOf(duelId, fight, place));
    }
    const result = resultOf(duel);
    if (result) void report(duelId, result);
  }

  /** Reports the result of a duel to the lobby, until the lobby has taken it. */
  async function report(duelId: bigint, result: Result): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await lobbyDesk.report(node, { duelId, ...result });
        break;
      } catch (error) {
        node.log.warn({ err: error, duelId }, "report of a duel's result to the lobby failed");
        if (!isPassing(error)) break;
        await sleep(reportAgainMs, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
    fights.delete(duelId);
  }

  /** Returns a player's duel and the player's place in it. Throws NOT_FOUND when this arena has no such duel. */
  function fightOf(duelId: bigint, playerId: bigint): { fight: Fight; place: Place } {
    const fight = fights.get(duelId);
    const place = fight?.duel.sides.findIndex((side) => side.playerId === playerId) ?? -1;
    if (fight === undefined || place < 0) throw fail("NOT_FOUND", `you have no duel ${duelId} here`);
    return { fight, place: place as Place };
  }

  node.onStop(() => {
    stopping.abort();
    for (const { timer } of fights.values()) clearTimeout(timer);
  });

  return [
    arena.implement({
      look({ duelId }, { userId }) {
        const { fight, place } = fightOf(duelId, userId);
        return viewOf(duelId, fight, place);
      },

      play({ duelId, turn, card }, { userId }) {
        const { fight, place } = fightOf(duelId, userId);
        const { duel } = fight;
        if (fight.timer === undefined || turn !== duel.turn || moverOf(duel) !== place) {
          throw fail("FAILED_PRECONDITION", `the duel does not expect your move for turn ${turn}`);
        }
        const next = play(duel, card);
        if (next === undefined) throw fail("INVALID_ARGUMENT", `your hand has no card ${card}`);
        advance(duelId, next);
        return {};
      },
    }),

    arenaDesk.implement({
      open({ duelId, seats: [first, second] }) {
        if (!first || !second) throw fail("INVALID_ARGUMENT", "a duel has two seats");
        if (!fights.has(duelId)) hold(duelId, deal(first, second, Math.random));
        return { arena: node.name };
      },

      holds: ({ duelId }) => ({ holds: fights.has(duelId) }),
    }),
  ];
});

/** Returns a duel as one of its players sees it: the other hand is hidden. */
function viewOf(duelId: bigint, { duel, endsAt, timer }: Fight, place: Place): View {
  const you = duel.sides[place];
  return {
    duelId,
    turn: duel.turn,
    yourTurn: timer !== undefined && moverOf(duel) === place,
    leftMs: timer === undefined ? 0 : Math.max(0, Math.round(endsAt - performance.now())),
    hand: [...you.hand],
    you: standingOf(you),
    other: standingOf(duel.sides[1 - place]!),
    last: duel.last,
  };
}

function standingOf(side: Side): Standing {
  const { name, life, guard } = side;
  return { name, life, guard, cards: cardsOf(side) };
}

/** Whether a retry may succeed. */
function isPassing(error: unknown): boolean {
  return (
    isPhotinusError(error) && ["UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"].includes(error.code)
  );
}
