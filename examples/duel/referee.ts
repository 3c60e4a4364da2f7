import { isPhotinusError, type NodeHandle } from "photinus";
import type { Book } from "./book.ts";
import type { Seat } from "./generated/server/duel/arena.messages.ts";
import * as arenaDesk from "./generated/server/duel/arena-desk.service.ts";
import { Outcome } from "./generated/server/duel/cards.messages.ts";
import * as lobby from "./generated/server/duel/lobby.service.ts";
import type { Result } from "./rules.ts";

const nobodyWins: Result = { outcome: Outcome.VOID, winner: 0n };

/**
 * Starts and ends duels. Every duel ends here, by a report of its arena or because the arena was lost, and both players
 * get the same push. The duels of a lost arena are void: they have no winner.
 */
export class Referee {
  readonly #node: NodeHandle;
  readonly #book: Book;

  constructor(node: NodeHandle, book: Book) {
    this.#node = node;
    this.#book = book;
    // Notifies both players at once, not at their next request.
    node.onNodeLost("arena", () => this.#settleLost());
  }

  /**
   * Records a duel and opens it in an arena. A duel that no arena opens is void. Rejects when the duel cannot be
   * recorded.
   */
  async begin(first: Seat, second: Seat): Promise<void> {
    const seats = [first, second];
    const duelId = await this.#book.open(first.playerId, second.playerId);
    try {
      const { arena } = await arenaDesk.open(this.#node, { duelId, seats });
      for (const { playerId } of seats) lobby.pushMatched(this.#node.user(playerId), { duelId, arena });
    } catch (error) {
      this.#node.log.warn({ err: error, duelId }, "no arena opened the duel; duel recorded as void");
      await this.settle(duelId, nobodyWins);
    }
  }

  /**
   * Records the outcome of a duel, and notifies both players. A repeated report notifies them again, because the lobby
   * may have died in between.
   */
  async settle(duelId: bigint, result: Result): Promise<void> {
    const { first, second, outcome, winner = 0n } = await this.#book.settle(duelId, result);
    for (const playerId of [first, second]) {
      lobby.pushEnded(this.#node.user(playerId), { duelId, outcome, winner });
    }
  }

  /** Returns the player's open duel; 0n for none. Settles a duel whose arena was lost while the lobby was down. */
  async duelOf(playerId: bigint): Promise<bigint> {
    for (const { id, first, second } of await this.#book.openDuels()) {
      if (first !== playerId && second !== playerId) continue;
      if (await this.#goesOn(id)) return id;
      await this.settle(id, nobodyWins);
    }
    return 0n;
  }

  async #settleLost(): Promise<void> {
    const duels = await this.#book.openDuels();
    await Promise.all(
      duels.map(async ({ id }) => {
        if (!(await this.#goesOn(id))) await this.settle(id, nobodyWins);
      }),
    );
  }

  /** Whether a duel continues: not when its arena is unreachable, or was restarted and has no such duel. */
  async #goesOn(duelId: bigint): Promise<boolean> {
    try {
      return (await arenaDesk.holds(this.#node, { duelId })).holds;
    } catch (error) {
      return !(isPhotinusError(error) && error.code === "UNAVAILABLE");
    }
  }
}
