import { createHash, randomBytes } from "node:crypto";
import { fail, type NodeHandle } from "photinus";
import type { Seat } from "./generated/server/duel/arena.messages.ts";
import { type DuelResult, Outcome, type Player } from "./generated/server/duel/cards.messages.ts";
import { cardTable, duelResultTable, playerTable } from "./generated/server/duel/cards.tables.ts";
import type { Rung } from "./generated/server/duel/lobby.messages.ts";
import { type Result, starterDeck } from "./rules.ts";

const rungCount = 10;

/** The game's tables: players, their decks, and every duel from its first turn on. */
export class Book {
  readonly #players;
  readonly #cards;
  readonly #duels;

  constructor(node: NodeHandle) {
    this.#players = node.table(playerTable);
    this.#cards = node.table(cardTable);
    this.#duels = node.table(duelResultTable);
  }

  /** A new guest, with the token to come back with. */
  async enrol(name: string): Promise<{ player: Player; token: string }> {
    const token = randomBytes(16).toString("hex");
    return { player: await this.#players.create({ name, tokenHash: hashOf(token) }), token };
  }

  async playerOf(token: string): Promise<Player | undefined> {
    return (await this.#players.rowsBy("tokenHash", hashOf(token)))[0];
  }

  /** A player's seat in a duel, with the deck: cards that are missing still are dealt now. Throws UNAUTHENTICATED. */
  async seatOf(playerId: bigint): Promise<Seat> {
    const player = await this.#players.get(playerId);
    if (player === undefined)
      throw fail("UNAUTHENTICATED", "the player is not known any more; sign in again");
    const cards = starterDeck.map((spell, slot) =>
      this.#cards.getOrCreate({ player: playerId, slot, spell }),
    );
    return { playerId, name: player.name, deck: (await Promise.all(cards)).map(({ spell }) => spell) };
  }

  /** Writes down that a duel begins, and gives its number. */
  async open(first: bigint, second: bigint): Promise<bigint> {
    return (await this.#duels.create({ first, second, outcome: Outcome.OPEN })).id;
  }

  /** The duels that have no outcome yet. */
  openDuels(): Promise<DuelResult[]> {
    return this.#duels.rowsBy("outcome", Outcome.OPEN);
  }

  /** Ends a duel, and gives it as it ended: of a duel that was over already, the first outcome stays. */
  async settle(duelId: bigint, { outcome, winner }: Result): Promise<DuelResult> {
    const duel = await this.#duels.update(duelId, (row) => {
      if (row.outcome !== Outcome.OPEN) return undefined;
      return winner === 0n ? { outcome } : { outcome, winner };
    });
    // Counted anew, not counted up: when the lobby dies between the two writes, the next report makes it good.
    if (duel.winner !== undefined) {
      const won = await this.#duels.keysBy("winner", duel.winner);
      await this.#players.patch(duel.winner, { wins: won.length });
    }
    return duel;
  }

  /** The best, the best first. Reads every player: a game of many would keep the ladder in rows of its own. */
  async ladder(): Promise<Rung[]> {
    const rungs: Rung[] = [];
    for await (const { id, name, wins } of this.#players.stream()) {
      if (wins > 0) rungs.push({ playerId: id, name, wins });
    }
    return rungs.sort((a, b) => b.wins - a.wins).slice(0, rungCount);
  }
}

/** The table has hashes only, so that a reader of the table cannot come in with what is in it. */
function hashOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
