import { createHash, randomBytes } from "node:crypto";
import { fail, type NodeHandle } from "photinus";
import type { Seat } from "./generated/server/duel/arena.messages.ts";
import { type DuelResult, Outcome, type Player } from "./generated/server/duel/cards.messages.ts";
import { cardTable, duelResultTable, playerTable } from "./generated/server/duel/cards.tables.ts";
import type { Rung } from "./generated/server/duel/lobby.messages.ts";
import { type Result, starterDeck } from "./rules.ts";

const rungCount = 10;

/** Tables of the game: players, their decks, and every duel from its first turn on. */
export class Book {
  readonly #players;
  readonly #cards;
  readonly #duels;

  constructor(node: NodeHandle) {
    this.#players = node.table(playerTable);
    this.#cards = node.table(cardTable);
    this.#duels = node.table(duelResultTable);
  }

  /** Creates a guest, with the token for later sign-ins. */
  async enrol(name: string): Promise<{ player: Player; token: string }> {
    const token = randomBytes(16).toString("hex");
    return { player: await this.#players.create({ name, tokenHash: hashOf(token) }), token };
  }

  async playerOf(token: string): Promise<Player | undefined> {
    return (await this.#players.rowsBy("tokenHash", hashOf(token)))[0];
  }

  /**
   * Returns a player's seat in a duel, with the deck; missing cards are dealt now. Throws UNAUTHENTICATED for an
   * unknown player.
   */
  async seatOf(playerId: bigint): Promise<Seat> {
    const player = await this.#players.get(playerId);
    if (player === undefined)
      throw fail("UNAUTHENTICATED", "the server does not know this player; sign in again");
    const cards = starterDeck.map((spell, slot) =>
      this.#cards.getOrCreate({ player: playerId, slot, spell }),
    );
    return { playerId, name: player.name, deck: (await Promise.all(cards)).map(({ spell }) => spell) };
  }

  /** Records a new duel, and returns its number. */
  async open(first: bigint, second: bigint): Promise<bigint> {
    return (await this.#duels.create({ first, second, outcome: Outcome.OPEN })).id;
  }

  /** Returns the duels without an outcome. */
  openDuels(): Promise<DuelResult[]> {
    return this.#duels.rowsBy("outcome", Outcome.OPEN);
  }

  /** Records the outcome of a duel, and returns the duel. The first outcome stays when the duel had ended before. */
  async settle(duelId: bigint, { outcome, winner }: Result): Promise<DuelResult> {
    const duel = await this.#duels.update(duelId, (row) => {
      if (row.outcome !== Outcome.OPEN) return undefined;
      return winner === 0n ? { outcome } : { outcome, winner };
    });
    // Recounted instead of incremented: when the lobby dies between the two writes, the next report corrects the count.
    if (duel.winner !== undefined) {
      const won = await this.#duels.keysBy("winner", duel.winner);
      await this.#players.patch(duel.winner, { wins: won.length });
    }
    return duel;
  }

  /**
   * Returns the best players, the best first. Reads every player; a game with many players would store the ladder in
   * its own rows.
   */
  async ladder(): Promise<Rung[]> {
    const rungs: Rung[] = [];
    for await (const { id, name, wins } of this.#players.stream()) {
      if (wins > 0) rungs.push({ playerId: id, name, wins });
    }
    return rungs.sort((a, b) => b.wins - a.wins).slice(0, rungCount);
  }
}

/** Hashes a token. The table stores hashes only, so that a reader of the table cannot sign in with its content. */
function hashOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
