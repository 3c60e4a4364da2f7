import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, isPhotinusError } from "@photinus/client";
import type { View } from "./generated/client/duel/arena.messages.ts";
import * as arena from "./generated/client/duel/arena.service.ts";
import { Spell } from "./generated/client/duel/cards.messages.ts";
import type { Ending, Match } from "./generated/client/duel/lobby.messages.ts";
import * as lobby from "./generated/client/duel/lobby.service.ts";
import { connect } from "./generated/client/node.ts";

/** Events of a {@link Player}. */
export interface PlayerEvents {
  onMatched?(match: Match): void;
  onView?(view: View): void;
  onEnded?(ending: Ending): void;
  /** Called when a server process of this role that has served the player was lost. */
  onNodeLost?(role: string): void;
  /** Called when a request failed that the player sent by itself, after an event. */
  onTrouble?(error: unknown): void;
}

/**
 * A client of the game: signs in, waits for a duel, shows it and plays cards. Signs in again after a server restart.
 */
export class Player {
  readonly connection: Connection;
  id = 0n;
  token = "";
  /** Last known state of the duel. */
  view: View | undefined;
  readonly #events: PlayerEvents;
  #waiting = false;

  private constructor(connection: Connection, events: PlayerEvents) {
    this.connection = connection;
    this.#events = events;
    lobby.onMatched(connection, (match) => {
      this.#waiting = false;
      events.onMatched?.(match);
      this.#look(match.duelId).catch((error: unknown) => events.onTrouble?.(error));
    });
    arena.onTurn(connection, (view) => this.#see(view));
    lobby.onEnded(connection, (ending) => {
      this.#waiting = false;
      events.onEnded?.(ending);
    });
    connection.onState(({ cause, role, resumed }) => {
      if (cause === "node-lost") events.onNodeLost?.(role);
      // A new session has no user, and a new lobby has an empty queue.
      const isNew = cause === "welcome" ? !resumed : cause === "node-back" && role === "lobby";
      if (isNew) void this.#comeBack();
    });
  }

  /** Connects and signs in: as a new guest or, with a token, as the same player as before. */
  static async join(url: string, name: string, events: PlayerEvents = {}, token = ""): Promise<Player> {
    const player = new Player(await connect(url, { client: "duel" }), events);
    await player.comeIn(name, token);
    return player;
  }

  /** Signs in, loads the open duel, if there is one, and queues again when the player was waiting. */
  async comeIn(name: string, token: string): Promise<void> {
    const reply = await lobby.signIn(this.connection, { name, token });
    this.id = reply.playerId;
    this.token = reply.token;
    if (reply.duelId !== 0n) await this.#look(reply.duelId);
    else if (this.#waiting) await this.queue();
  }

  /** Waits for a duel. */
  async queue(): Promise<void> {
    this.#waiting = true;
    await lobby.queue(this.connection, {});
  }

  /** Plays the card at this place of the hand. */
  async play(card: number): Promise<void> {
    const { duelId, turn } = this.view!;
    await arena.play(this.connection, { duelId, turn, card });
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** Signs in until that succeeds, a retry is pointless, or the connection is lost again. */
  async #comeBack(): Promise<void> {
    while (this.connection.state === "open") {
      try {
        return await this.comeIn("", this.token);
      } catch (error) {
        this.#events.onTrouble?.(error);
        if (!isPhotinusError(error) || error.retryAfterMs === 0) return;
        await sleep(error.retryAfterMs, undefined, { ref: false });
      }
    }
  }

  async #look(duelId: bigint): Promise<void> {
    this.#see(await arena.look(this.connection, { duelId }));
  }

  #see(view: View): void {
    const known = this.view;
    // The reply to a look may be older than the last push.
    if (known?.duelId === view.duelId && known.turn > view.turn) return;
    this.view = view;
    this.#events.onView?.(view);
  }
}

/** Chooses a card for a simple player: the one with the most damage or, without one, the oldest. */
export function choose({ hand }: View): number {
  for (const spell of [Spell.FLAME, Spell.SPARK]) if (hand.includes(spell)) return hand.indexOf(spell);
  return 0;
}
