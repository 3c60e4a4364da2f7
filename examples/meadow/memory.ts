import type { NodeHandle } from "photinus";
import type { HighScore, KnownFirefly } from "../../generated/server/meadow/world.messages.ts";
import { highScoreTable, knownFireflyTable } from "../../generated/server/meadow/world.tables.ts";

/** What the meadows keep: where each firefly was, what it has done, and who did it most. */
export class Memory {
  readonly #fireflies;
  readonly #scores;

  constructor(node: NodeHandle) {
    this.#fireflies = node.table(knownFireflyTable);
    this.#scores = node.table(highScoreTable);
  }

  /** A player's firefly, as it was left; at a place by chance when it was never there. */
  recall(player: bigint, meadow: number): Promise<KnownFirefly> {
    const [x, y] = [0.2 + 0.6 * Math.random(), 0.3 + 0.4 * Math.random()];
    return this.#fireflies.getOrCreate({ player, meadow, x, y });
  }

  /** The firefly is at another place now, and has flown so far since it was kept last. */
  async flew(player: bigint, meadow: number, { x, y }: { x: number; y: number }, far: number): Promise<void> {
    await this.#fireflies.update({ player, meadow }, ({ distance }) => ({ x, y, distance: distance + far }));
  }

  /** The firefly lit up; resolves with how often it has by now, and with the one that has most often. */
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
