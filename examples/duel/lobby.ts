import { type CommandContext, defineNode, fail, isPhotinusError, type Session } from "photinus";
import { Book } from "./book.ts";
import {
  arenaDesk,
  type DuelResult,
  lobby,
  lobbyDesk,
  Outcome,
  pushEnded,
  pushMatched,
  type Seat,
} from "./generated/server/index.ts";
import type { Result } from "./rules.ts";

/** A player who waits for a duel. */
interface Waiting {
  readonly seat: Seat;
  /** Whose end takes the player out of the queue. */
  readonly session: Session;
}

const longestName = 16;
const nobodyWins: Result = { outcome: Outcome.VOID, winner: 0n };

/** Who players are, who waits for a duel, and how each duel ended. */
export default defineNode((node) => {
  const book = new Book(node);
  /** By player, the longest wait first. */
  const waiting = new Map<bigint, Waiting>();
  /** Whose duel is about to be written down. */
  const starting = new Set<bigint>();

  /** Begins a duel. What goes wrong before it has begun makes it void: both hear of that too. */
  async function begin(first: Seat, second: Seat): Promise<void> {
    const seats = [first, second];
    for (const { playerId } of seats) {
      waiting.delete(playerId);
      starting.add(playerId);
    }
    try {
      const duelId = await book.open(first.playerId, second.playerId);
      try {
        const { arena } = await arenaDesk.open(node, { duelId, seats });
        for (const { playerId } of seats) pushMatched(node.user(playerId), { duelId, arena });
      } catch (error) {
        node.log.warn({ err: error, duelId }, "no arena opened the duel");
        await settle(duelId, nobodyWins);
      }
    } finally {
      for (const { playerId } of seats) starting.delete(playerId);
    }
  }

  /** Writes down how a duel ended, and tells both players: once, whoever says it how often. */
  async function settle(duelId: bigint, result: Result): Promise<void> {
    const duel = await book.settle(duelId, result);
    if (duel === undefined) return;
    for (const playerId of [duel.first, duel.second]) pushEnded(node.user(playerId), { duelId, ...result });
  }

  /** Whether a duel goes on. The arena that has it was lost with all that it knew when it does not know it, or is away. */
  async function goesOn({ id }: DuelResult): Promise<boolean> {
    try {
      return (await arenaDesk.holds(node, { duelId: id })).holds;
    } catch (error) {
      return !(isPhotinusError(error) && error.code === "UNAVAILABLE");
    }
  }

  async function settleIfLost(duel: DuelResult): Promise<void> {
    if (!(await goesOn(duel))) await settle(duel.id, nobodyWins);
  }

  /** The player's duel that goes on; 0n for none. One whose arena was lost while nobody saw it is settled now. */
  async function duelOf(playerId: bigint): Promise<bigint> {
    for (const duel of await book.openDuels()) {
      if (duel.first !== playerId && duel.second !== playerId) continue;
      if (await goesOn(duel)) return duel.id;
      await settle(duel.id, nobodyWins);
    }
    return 0n;
  }

  async function comeIn(playerId: bigint, token: string, { session }: CommandContext) {
    await session.bind(playerId);
    return { playerId, token, duelId: await duelOf(playerId) };
  }

  // The rule for a lost arena: its duels are void. It is told to both players now, not when they ask.
  node.onNodeLost("arena", async () => {
    await Promise.all((await book.openDuels()).map(settleIfLost));
  });
  node.onSessionEnd((session) => {
    // Who came back over a newer session still waits.
    if (waiting.get(session.userId)?.session === session) waiting.delete(session.userId);
  });

  return [
    lobby.implement({
      async signIn({ name, token }, ctx) {
        if (token === "") {
          const guest = await book.enrol(soundName(name));
          return comeIn(guest.player.id, guest.token, ctx);
        }
        const player = await book.playerOf(token);
        if (player === undefined) throw fail("NOT_FOUND", "nobody has this token");
        return comeIn(player.id, token, ctx);
      },

      async queue(_, { userId, session }) {
        // Who asks again is at the end of the queue.
        waiting.delete(userId);
        if (starting.has(userId) || (await duelOf(userId)) !== 0n) {
          throw fail("FAILED_PRECONDITION", "your duel is not over");
        }
        const seat = await book.seatOf(userId);
        if (seat === undefined) throw fail("UNAUTHENTICATED", "nobody knows you any more; sign in again");
        waiting.set(userId, { seat, session });
        const [first, second] = [...waiting.values()];
        if (first && second) await begin(first.seat, second.seat);
        return { waiting: waiting.has(userId) };
      },

      ladder: async () => ({ rungs: await book.ladder() }),
    }),

    lobbyDesk.implement({
      async report({ duelId, ...result }) {
        await settle(duelId, result);
        return {};
      },
    }),
  ];
});

function soundName(name: string): string {
  const trimmed = name.trim();
  const length = [...trimmed].length;
  if (length < 1 || length > longestName) {
    throw fail("INVALID_ARGUMENT", `a name has 1 to ${longestName} characters`);
  }
  return trimmed;
}
