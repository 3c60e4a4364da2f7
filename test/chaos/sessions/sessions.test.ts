import { expect, test } from "vitest";
import { networkRound } from "./network-round.ts";
import { processRound } from "./process-round.ts";

/** `npm run chaos` plays more seeds, for longer, and takes links between processes down as well. */
const seeds = [1, 2, 3, 4];

test.each(seeds)("sessions keep their promises on a hostile network (seed %i)", async (seed) => {
  const { problems, ...counts } = await networkRound({ seed, ms: 1_500, players: 6 });
  expect(problems.slice(0, 20), `seed ${seed}: the first of ${problems.length} problems`).toEqual([]);
  expect(counts).toMatchObject({ lost: 0, twice: 0, gaps: 0, reordered: 0 });
  expect(counts.cuts).toBeGreaterThan(4);
  expect(counts.answered).toBeGreaterThan(100);
  expect(counts.pushes).toBeGreaterThan(100);
  expect(counts.resumes + counts.refused).toBeGreaterThan(3);
});

test("sessions keep their promises while gate and nodes are killed and frozen in turn, on a hostile network", async () => {
  const { problems, ...counts } = await processRound({ seed: 2, ms: 2_500, players: 4 }, "processes");
  expect(problems.slice(0, 20), `the first of ${problems.length} problems`).toEqual([]);
  expect(counts).toMatchObject({ lost: 0, twice: 0, gaps: 0, reordered: 0 });
  expect(counts.answered).toBeGreaterThan(50);
  // Each of three processes was killed and frozen.
  expect(counts.serverStrikes).toEqual([
    "chaos-1 frozen",
    "chaos-1 killed",
    "chaos-2 frozen",
    "chaos-2 killed",
    "gate frozen",
    "gate killed",
  ]);
});
