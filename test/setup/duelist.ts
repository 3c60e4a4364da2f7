import { fileURLToPath } from "node:url";
import type { View } from "../../examples/duel/generated/client/duel/arena.messages.ts";
import type { Ending, Match } from "../../examples/duel/generated/client/duel/lobby.messages.ts";
import { choose, Player, type PlayerEvents } from "../../examples/duel/player.ts";

/** The card duel of the examples. */
export const duelConfig = fileURLToPath(new URL("../../examples/duel/photinus.config.ts", import.meta.url));

/** A player of the card duel that remembers what it was told, and plays when it is let. */
export class Duelist {
  readonly matches: Match[] = [];
  readonly views: View[] = [];
  readonly endings: Ending[] = [];
  /** Roles of the server processes that were lost, as the server told. */
  readonly lost: string[] = [];
  #player: Player | undefined;
  #isPlaying = false;

  static async join(url: string, name: string, token = ""): Promise<Duelist> {
    const duelist = new Duelist();
    duelist.#player = await Player.join(url, name, duelist.#hear(), token);
    return duelist;
  }

  get player(): Player {
    return this.#player!;
  }

  /** From now on, plays a card whenever it is its turn. */
  letPlay(): void {
    this.#isPlaying = true;
    this.#move();
  }

  close(): Promise<void> {
    return this.player.close();
  }

  #hear(): PlayerEvents {
    return {
      onMatched: (match) => this.matches.push(match),
      onEnded: (ending) => this.endings.push(ending),
      onNodeLost: (role) => this.lost.push(role),
      onView: (view) => {
        this.views.push(view);
        this.#move();
      },
    };
  }

  #move(): void {
    const view = this.#player?.view;
    if (!this.#isPlaying || !view?.yourTurn) return;
    // A turn that a machine with much to do lets pass is no matter.
    this.player.play(choose(view)).catch(() => {});
  }
}
