import { describe, expect, it } from "vitest";
import { backoffMs } from "../../../runtime/clock/backoff.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { pause } from "../../../runtime/clock/pause.ts";

describe("backoffMs", () => {
  const shape = { minDelayMs: 100, maxDelayMs: 1_000 };

  it("doubles with each failure, up to the longest wait", () => {
    const waits = [0, 1, 2, 3, 4, 9_999].map((failures) => backoffMs(shape, failures));
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it("leaves a share of each wait to chance, at 1 the whole of it", () => {
    const at = (jitter: number, chance: number) => backoffMs({ ...shape, jitter }, 1, () => chance);
    expect([0, 0.5, 0.999].map((chance) => Math.round(at(0.5, chance)))).toEqual([200, 150, 100]);
    expect([0, 0.5, 0.75].map((chance) => at(1, chance))).toEqual([200, 100, 50]);
  });
});

it("a pause ends when the time of its clock has passed", async () => {
  const clock = new FakeClock();
  let isOver = false;
  const done = pause(clock, 50).then(() => {
    isOver = true;
  });
  clock.advance(49);
  await Promise.resolve();
  expect(isOver).toBe(false);
  clock.advance(1);
  await done;
});
