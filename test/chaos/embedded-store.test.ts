import { describe, test } from "vitest";
import { embeddedPlace } from "../conformance/cache/place.ts";
import { crashRound } from "../conformance/cache/suite/crash.ts";

describe("embedded store", () => {
  test.each([1, 2, 3, 4, 5])(
    "kill -9 at any time loses nothing acknowledged, and leaves nothing half (seed %i)",
    async (seed) => {
      await crashRound(embeddedPlace, { seed, workers: 4, rows: 1_000, kills: 5, changes: 1_500 });
    },
  );
});
