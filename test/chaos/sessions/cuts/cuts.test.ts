import { expect, test } from "vitest";
import { cutsRound } from "./cuts-round.ts";

/** `npm run test:cuts` plays more seeds, with 200 cuts each. */
const seeds = [3];

test.each(seeds)(
  "a session whose socket is cut again and again loses and repeats nothing (seed %i)",
  async (seed) => {
    const { problems, ...counts } = await cutsRound({ seed, cuts: 60, requests: 2_000, pushes: 1_500 });
    expect(problems.slice(0, 20), `seed ${seed}: the first of ${problems.length} problems`).toEqual([]);
    expect(counts).toMatchObject({ lost: 0, twice: 0, gaps: 0, reordered: 0 });
    expect(counts.cuts).toBeGreaterThanOrEqual(60);
    expect(counts.halfOpen).toBeGreaterThan(5);
    for (const place of ["hello", "welcome", "replay"] as const)
      expect(counts.fell[place]).toBeGreaterThan(0);
  },
);
