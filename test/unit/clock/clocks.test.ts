import { expect, test } from "vitest";
import { SystemClock, systemClock } from "../../../runtime/clock/clock.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";

test("a fake clock runs what falls due in order, each at its own time", () => {
  const clock = new FakeClock();
  const seen: [string, number][] = [];
  clock.after(30, () => seen.push(["later", clock.now()]));
  clock.after(10, () => {
    seen.push(["first", clock.now()]);
    clock.after(5, () => seen.push(["nested", clock.now()]));
  });
  const every = clock.every(20, () => seen.push(["every", clock.now()]));
  clock.advance(45);
  every.cancel();
  clock.advance(100);
  expect(seen).toEqual([
    ["first", 10],
    ["nested", 15],
    ["every", 20],
    ["later", 30],
    ["every", 40],
  ]);
  expect(clock.timerCount).toBe(0);
});

test("a fake clock's wall clock moves along", () => {
  const clock = new FakeClock({ wall: 1_000 });
  clock.advance(25);
  expect(clock.wall()).toBe(1_025);
  expect(clock.now()).toBe(25);
});

test("a jump runs what is due late, and a repeated timer once", () => {
  const clock = new FakeClock();
  const seen: number[] = [];
  clock.every(10, () => seen.push(clock.now()));
  clock.jump(95);
  expect(seen).toEqual([95]);
  clock.advance(10);
  expect(seen).toEqual([95, 105]);
});

test("the system's clock measures, tells the time, and its timers can be cancelled", async () => {
  const before = systemClock.now();
  await new Promise<void>((resolve) => new SystemClock({ keepAlive: true }).after(2, resolve));
  expect(systemClock.now()).toBeGreaterThan(before);
  expect(Math.abs(systemClock.wall() - Date.now())).toBeLessThan(1_000);
  let ran = 0;
  const timer = systemClock.every(1, () => ran++);
  await expect.poll(() => ran).toBeGreaterThan(1);
  timer.cancel();
  const after = ran;
  systemClock.after(0, () => ran++).cancel();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(ran).toBe(after);
});
