import { test } from "vitest";
import type { StoreFixture } from "./fixture/fixture.ts";
import { crashRound } from "./round.ts";

/** `npm run test:crash` asks for the whole: `CRASH_ROUNDS=10 CRASH_MS=30000`. Without that it is short. */
const roundMs = Number(process.env["CRASH_MS"] || 5_000);
/** The seed of the first round; the next ones follow it. */
const firstSeed = Number(process.env["CRASH_SEED"] || 1);
/** What a round may take besides, milliseconds: starting, coming back, looking at everything. */
const besidesMs = 240_000;

/**
 * One test for each round, several at a time.
 * @param count of rounds, unless the whole is asked for
 */
export function crashRounds(openFixture: () => Promise<StoreFixture>, count = 2): void {
  const end = firstSeed + Number(process.env["CRASH_ROUNDS"] || count);
  for (let seed = firstSeed; seed < end; seed++) {
    test.concurrent(`nothing that was acknowledged is lost or out of order (seed ${seed})`, {
      timeout: roundMs + besidesMs,
    }, async ({ onTestFinished }) => {
      const fixture = await openFixture();
      onTestFinished(() => fixture[Symbol.asyncDispose]());
      await crashRound(fixture, { seed, workers: 4, rows: 1_000, ms: roundMs });
    });
  }
}
