import { defineNode, fail } from "photinus";
import type { Arrival } from "../../generated/server/meadow/chat.messages.ts";
import * as chat from "../../generated/server/meadow/chat.service.ts";
import * as chatDesk from "../../generated/server/meadow/chat-desk.service.ts";
import * as meadowDesk from "../../generated/server/meadow/meadow-desk.service.ts";
import { meadowGroup, meadowIds } from "./rules.ts";

const longestText = 200;
/** Least time between two pushes of the head count, in ms. */
const crowdEveryMs = 250;
/** Interval at which chat asks the meadows for their players, in ms: a departure may have been lost with a gate. */
const rollEveryMs = 2_000;

interface Whereabouts extends Arrival {
  /** Time at which chat learned of the player, in ms of `performance.now()`. */
  readonly sinceMs: number;
}

/** Carries the talk of the meadows, and keeps track of every player's meadow. */
export default defineNode((node) => {
  const whereabouts = new Map<bigint, Whereabouts>();
  /** Times at which players have left: an answer of a meadow may be older. */
  const departures = new Map<bigint, number>();
  const lines = new Map<number, number>();
  let crowdTimer: NodeJS.Timeout | undefined;
  let firstRoll: Promise<void> | undefined;

  function nextLine(meadowId: number): number {
    const line = (lines.get(meadowId) ?? 0) + 1;
    lines.set(meadowId, line);
    return line;
  }

  function say(meadowId: number, playerId: bigint, name: string, text: string): number {
    const line = nextLine(meadowId);
    chat.pushSaid(node.group(meadowGroup(meadowId)), { line, playerId, name, text, saidAt: Date.now() });
    return line;
  }

  function tellCrowd(): void {
    crowdTimer ??= setTimeout(() => {
      crowdTimer = undefined;
      chat.pushCrowd(node.everyone(), { players: whereabouts.size });
    }, crowdEveryMs);
  }

  function inMeadow(meadowId: number): Whereabouts[] {
    return [...whereabouts.values()].filter((one) => one.meadowId === meadowId);
  }

  /** Updates the players by what the meadows report, which overrides chat's own memory. */
  async function callRoll(): Promise<void> {
    const before = whereabouts.size;
    const askedMs = performance.now();
    await Promise.all(meadowIds.map(callRollOf));
    for (const [playerId, leftMs] of departures) if (leftMs < askedMs) departures.delete(playerId);
    if (whereabouts.size !== before) tellCrowd();
  }

  async function callRollOf(meadowId: number): Promise<void> {
    const askedMs = performance.now();
    // A meadow that does not answer is being restarted; it will ask chat.
    const roll = await meadowDesk.residents(node, { meadowId }).catch(() => undefined);
    if (!roll?.known) return;
    const there = new Set(roll.players.map(({ playerId }) => playerId));
    for (const { playerId, sinceMs } of inMeadow(meadowId)) {
      if (!there.has(playerId) && sinceMs < askedMs) whereabouts.delete(playerId);
    }
    for (const player of roll.players) {
      const leftMs = departures.get(player.playerId) ?? 0;
      if (!whereabouts.has(player.playerId) && leftMs < askedMs) {
        whereabouts.set(player.playerId, { ...player, sinceMs: performance.now() });
      }
    }
  }

  /** Resolves when the meadows were asked once. After a restart no call is answered before. */
  function known(): Promise<void> {
    firstRoll ??= callRoll();
    return firstRoll;
  }

  const rollTimer = setInterval(() => void callRoll(), rollEveryMs);
  node.onStop(() => {
    clearTimeout(crowdTimer);
    clearInterval(rollTimer);
  });

  return [
    chat.implement({
      async say({ text }, ctx) {
        const trimmed = text.trim();
        if (trimmed === "") throw fail("INVALID_ARGUMENT", "the text is empty");
        if ([...trimmed].length > longestText) {
          throw fail(
            "INVALID_ARGUMENT",
            `the chat text is too long; expected at most ${longestText} characters`,
          );
        }
        await known();
        const here = whereabouts.get(ctx.userId);
        if (!here) throw fail("FAILED_PRECONDITION", "enter a meadow first");
        return { line: say(here.meadowId, ctx.userId, here.name, trimmed) };
      },
    }),

    chatDesk.implement({
      async arrived(arrival) {
        await known();
        const { playerId, name, meadowId } = arrival;
        const former = whereabouts.get(playerId);
        whereabouts.set(playerId, { ...arrival, sinceMs: performance.now() });
        if (former?.meadowId !== meadowId) say(meadowId, 0n, "", `${name} is here`);
        tellCrowd();
        return { players: inMeadow(meadowId).length, formerMeadowId: former?.meadowId ?? 0 };
      },

      departed({ playerId, meadowId }) {
        const former = whereabouts.get(playerId);
        if (!former || (meadowId !== 0 && former.meadowId !== meadowId)) return;
        whereabouts.delete(playerId);
        departures.set(playerId, performance.now());
        say(former.meadowId, 0n, "", `${former.name} is gone`);
        tellCrowd();
        // The report did not come from the meadow, which may not know of the departure.
        if (meadowId === 0) meadowDesk.release(node, { playerId, meadowId: former.meadowId });
      },

      async roll({ meadowId }) {
        await known();
        return { known: true, players: inMeadow(meadowId) };
      },
    }),
  ];
});
