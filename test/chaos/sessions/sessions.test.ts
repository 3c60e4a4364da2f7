import { expect, test } from "vitest";
import { networkRound } from "./network-round.ts";

/** `npm run chaos` plays more seeds, for longer, and strikes processes as well. */
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
