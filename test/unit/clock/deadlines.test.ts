import { expect, test } from "vitest";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import fc from "../../setup/random.ts";

function rig(tickMs = 50) {
  const clock = new FakeClock({ now: 1_234.5 });
  const deadlines = new Deadlines(clock, { tickMs });
  const fired: { name: number; at: number }[] = [];
  const start = clock.now();
  const add = (name: number, ms: number): number =>
    deadlines.add(ms, { onDeadline: () => fired.push({ name, at: clock.now() - start }) });
  return { clock, deadlines, fired, add };
}

test("an entry fires once, never early and at most a tick late", () => {
  const { clock, fired, add } = rig();
  add(1, 120);
  clock.advance(119);
  expect(fired).toEqual([]);
  clock.advance(60);
  expect(fired).toHaveLength(1);
  expect(fired[0]!.at).toBeGreaterThanOrEqual(120);
  expect(fired[0]!.at).toBeLessThanOrEqual(170);
  clock.advance(100_000);
  expect(fired).toHaveLength(1);
});

test("a removed entry never fires; removing it again, or after it fired, is harmless", () => {
  const { clock, deadlines, fired, add } = rig();
  const removed = add(1, 100);
  const kept = add(2, 100);
  expect(deadlines.remove(removed)).toBe(true);
  expect(deadlines.remove(removed)).toBe(false);
  expect(deadlines.remove(0)).toBe(false);
  clock.advance(200);
  expect(fired.map(({ name }) => name)).toEqual([2]);
  expect(deadlines.remove(kept)).toBe(false);
});

test("the handle of an entry that fired does not remove a later entry in its place", () => {
  const { clock, deadlines, fired, add } = rig();
  const old = add(1, 10);
  clock.advance(100);
  add(2, 10);
  expect(deadlines.remove(old)).toBe(false);
  clock.advance(100);
  expect(fired.map(({ name }) => name)).toEqual([1, 2]);
});

test("there is no timer before the first entry nor after the last one is gone", () => {
  const { clock, deadlines, add } = rig();
  expect(clock.timerCount).toBe(0);
  const handle = add(1, 60_000);
  expect(clock.timerCount).toBe(1);
  deadlines.remove(handle);
  clock.advance(50);
  expect(clock.timerCount).toBe(0);
  add(2, 10);
  clock.advance(200);
  expect(clock.timerCount).toBe(0);
  add(3, 10);
  deadlines.clear();
  expect(clock.timerCount).toBe(0);
});

test("entries longer than a turn of the wheel wait for their turn", () => {
  const { clock, fired, add } = rig();
  add(1, 3 * 512 * 50 + 7);
  clock.advance(3 * 512 * 50);
  expect(fired).toEqual([]);
  clock.advance(100);
  expect(fired).toHaveLength(1);
});

test("after the process was stopped everything that is due fires, and nothing else", () => {
  const { clock, fired, add } = rig();
  add(1, 100);
  add(2, 40_000);
  add(3, 500_000);
  clock.jump(100_000);
  expect(fired.map(({ name }) => name).sort()).toEqual([1, 2]);
  clock.advance(400_100);
  expect(fired).toHaveLength(3);
});

test("what fires may remove others of the same tick and add new ones", () => {
  const { clock, deadlines, fired, add } = rig();
  let victim = 0;
  deadlines.add(100, {
    onDeadline: () => {
      deadlines.remove(victim);
      add(9, 0);
    },
  });
  victim = add(1, 100);
  clock.advance(120);
  expect(deadlines.size).toBe(1);
  clock.advance(100);
  expect(fired.map(({ name }) => name)).toEqual([9]);
});

test("when one entry throws, the others still fire at the next tick", () => {
  const { clock, deadlines, fired, add } = rig();
  deadlines.add(100, {
    onDeadline: () => {
      throw new Error("broken");
    },
  });
  add(1, 100);
  expect(() => clock.advance(150)).toThrow("broken");
  clock.advance(100);
  expect(fired).toHaveLength(1);
});

test("thousands of entries, added and removed in any order, fire exactly when due", () => {
  const step = fc.record({
    ms: fc.integer({ min: 0, max: 60_000 }),
    remove: fc.boolean(),
    wait: fc.nat(200),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 300 }), (steps) => {
      const { clock, deadlines, fired, add } = rig();
      const start = clock.now();
      const due = new Map<number, number>();
      steps.forEach(({ ms, remove, wait }, name) => {
        const handle = add(name, ms);
        if (remove) deadlines.remove(handle);
        else due.set(name, clock.now() - start + ms);
        clock.advance(wait);
      });
      clock.advance(70_000);
      expect(fired.map(({ name }) => name).sort()).toEqual([...due.keys()].sort());
      for (const { name, at } of fired) {
        expect(at).toBeGreaterThanOrEqual(due.get(name)!);
        expect(at).toBeLessThanOrEqual(due.get(name)! + 101);
      }
      expect(deadlines.size).toBe(0);
    }),
    { numRuns: 50 },
  );
});
