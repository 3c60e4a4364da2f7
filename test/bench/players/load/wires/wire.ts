import type { Player } from "../player.ts";

/** How players speak to one kind of server. */
export interface Wire {
  /** Connects a player and enters the scene. */
  enter(player: Player): Promise<void>;
  /** Resolves when all who have entered see each other. */
  settled(): Promise<void>;
  /** Ends the sessions. */
  leave(player: Player): void;
}

/** What a player says. */
export const lineText = "Meet me at the old lighthouse!";
