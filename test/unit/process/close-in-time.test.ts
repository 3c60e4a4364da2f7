import { expect, test } from "vitest";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { closeInTime } from "../../../runtime/process/hosting/close-in-time.ts";

test("work that uses its whole time leaves the journal a part, and the process time to exit", async () => {
  const clock = new FakeClock();
  const given: number[] = [];
  await closeInTime(clock, 1000, {
    work: async (graceMs) => {
      given.push(graceMs);
      clock.advance(graceMs);
    },
    data: async (graceMs) => void given.push(graceMs),
  });
  expect(given).toEqual([750, 150]);
});

test("work that ends soon leaves the journal its time", async () => {
  const given: number[] = [];
  await closeInTime(new FakeClock(), 1000, {
    work: async () => {},
    data: async (graceMs) => void given.push(graceMs),
  });
  expect(given).toEqual([900]);
});

test("a process without tables works until shortly before its end", async () => {
  const given: number[] = [];
  await closeInTime(new FakeClock(), 1000, { work: async (graceMs) => void given.push(graceMs) });
  expect(given).toEqual([900]);
});

test("work that overruns leaves the journal no negative time", async () => {
  const clock = new FakeClock();
  const given: number[] = [];
  await closeInTime(clock, 1000, {
    work: async () => clock.advance(5000),
    data: async (graceMs) => void given.push(graceMs),
  });
  expect(given).toEqual([0]);
});
