import { type CommandContext, defineNode, fail, type Session } from "photinus";
import { Book } from "./book.ts";
import type { Seat } from "./generated/server/duel/arena.messages.ts";
import * as lobby from "./generated/server/duel/lobby.service.ts";
import * as lobbyDesk from "./generated/server/duel/lobby-desk.service.ts";
import { Referee } from "./referee.ts";

/** A player in the queue. */
interface Waiting {
  readonly seat: Seat;
  /** Session of the player; its end removes the player from the queue. */
  readonly session: Session;
}

const longestName = 16;

/** Sign-in, the queue for duels, and the ladder. */
export default defineNode((node) => {
  const book = new Book(node);
  const referee = new Referee(node, book);
  /** Waiting players, the longest wait first. */
  const waiting = new Map<bigint, Waiting>();
  /** Players whose duel is being recorded: they are neither in the queue nor in a recorded duel. */
  const starting = new Set<bigint>();

  /**
   * Starts a duel. When the duel cannot be recorded, the first player keeps waiting, and the second gets the error.
   */
  async function begin(first: Waiting, second: Waiting): Promise<void> {
    const playerIds = [first.seat.playerId, second.seat.playerId] as const;
    for (const playerId of playerIds) {
      waiting.delete(playerId);
      starting.add(playerId);
    }
    try {
      await referee.begin(first.seat, second.seat);
    } catch (error) {
      if (!first.session.ended) waiting.set(playerIds[0], first);
      throw error;
    } finally {
      for (const playerId of playerIds) starting.delete(playerId);
    }
  }

  async function comeIn(playerId: bigint, token: string, { session }: CommandContext) {
    await session.bind(playerId);
    return { playerId, token, duelId: await referee.duelOf(playerId) };
  }

  node.onSessionEnd((session) => {
    // A player who has reconnected waits with the newer session.
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
        if (player === undefined) throw fail("NOT_FOUND", "no player has this token");
        return comeIn(player.id, token, ctx);
      },

      async queue(_, { userId, session }) {
        // A player who queues again moves to the end of the queue.
        waiting.delete(userId);
        if (starting.has(userId) || (await referee.duelOf(userId)) !== 0n) {
          throw fail("FAILED_PRECONDITION", "your duel is not over");
        }
        waiting.set(userId, { seat: await book.seatOf(userId), session });
        const [first, second] = waiting.values();
        if (first && second) await begin(first, second);
        return { waiting: waiting.has(userId) };
      },

      ladder: async () => ({ rungs: await book.ladder() }),
    }),

    lobbyDesk.implement({
      async report({ duelId, outcome, winner }) {
        await referee.settle(duelId, { outcome, winner });
        return {};
      },
    }),
  ];
});

function soundName(name: string): string {
  const trimmed = name.trim();
  const length = [...trimmed].length;
  if (length < 1 || length > longestName) {
    throw fail("INVALID_ARGUMENT", `a name has 1 to ${longestName} characters; this one has ${length}`);
  }
  return trimmed;
}
