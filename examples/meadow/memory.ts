import type { NodeHandle } from "photinus";
import type { HighScore, KnownFirefly } from "../../generated/server/meadow/world.messages.ts";
import { highScoreTable, knownFireflyTable } from "../../generated/server/meadow/world.tables.ts";

/** Stored state of the meadows: the place and deeds of each firefly, and the high scores. */
export class Memory {
  readonly #fireflies;
  readonly #scores;

  constructor(node: NodeHandle) {
    this.#fireflies = node.table(knownFireflyTable);
    this.#scores = node.table(highScoreTable);
  }

  /** Returns the last state of a player's firefly; at a random place when it is new. */
  recall(player: bigint, meadow: number): Promise<KnownFirefly> {
    const [x, y] = [0.2 + 0.6 * Math.random(), 0.3 + 0.4 * Math.random()];
    return this.#fireflies.getOrCreate({ player, meadow, x, y });
  }

  /** Stores the firefly's place, and adds the distance flown since the last save. */
  async flew(player: bigint, meadow: number, { x, y }: { x: number; y: number }, far: number): Promise<void> {
    await this.#fireflies.update({ player, meadow }, ({ distance }) => ({ x, y, distance: distance + far }));
  }

  /** Counts a flash. Resolves with the firefly's number of flashes, and with the high score of the meadow. */
  async flashed(player: bigint, meadow: number, name: string): Promise<{ flashes: bigint; best: HighScore }> {
    const flashes = await this.#fireflies.increment({ player, meadow }, "flashes", 1n);
    let best = await this.#scores.getOrCreate({ meadow });
    if (flashes > best.flashes) {
      best = await this.#scores.update(meadow, (score) =>
        flashes > score.flashes ? { player, name, flashes } : undefined,
      );
    }
    return { flashes, best };
  }
}
