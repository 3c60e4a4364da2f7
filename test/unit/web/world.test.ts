import { describe, expect, it } from "vitest";
import { delayMs, Motion } from "../../../clients/web/src/play/motion.ts";
import { gatheringMs, World, waveMs } from "../../../clients/web/src/play/world.ts";

describe("the way of another firefly", () => {
  const at = (motion: Motion, nowMs: number) => {
    const place = { x: 0, y: 0 };
    motion.at(nowMs, place);
    return place;
  };

  it("glides from one known place to the next, a little late", () => {
    const motion = new Motion({ x: 0, y: 0 }, 0);
    motion.add({ x: 0.2, y: 0.4 }, 50);
    motion.add({ x: 0.4, y: 0.4 }, 100);
    expect(at(motion, delayMs).x).toBeCloseTo(0);
    expect(at(motion, delayMs + 25)).toMatchObject({ x: expect.closeTo(0.1), y: expect.closeTo(0.2) });
    expect(at(motion, delayMs + 75).x).toBeCloseTo(0.3);
    expect(at(motion, delayMs + 5_000).x).toBeCloseTo(0.4);
  });

  it("stands still during a pause instead of crawling", () => {
    const motion = new Motion({ x: 0, y: 0 }, 0);
    motion.add({ x: 1, y: 1 }, 10_000);
    expect(at(motion, 9_000).x).toBeCloseTo(0);
    expect(at(motion, 10_000 + delayMs - 61).x).toBeCloseTo(0);
    expect(at(motion, 10_000 + delayMs).x).toBeCloseTo(1);
  });

  it("keeps no more than it needs, however long somebody flies", () => {
    const motion = new Motion({ x: 0, y: 0 }, 0);
    for (let i = 1; i <= 10_000; i++) motion.add({ x: (i % 100) / 100, y: 0 }, i * 50);
    // The oldest place that it still knows is one of the last dozen.
    expect(at(motion, 0).x).toBeCloseTo(0.89);
    expect(motion.last.x).toBeCloseTo(0);
  });
});

describe("the world", () => {
  const firefly = (id: bigint, x = 0.5) => ({ id, name: `n${id}`, hue: 60, position: { x, y: 0.5 } });

  it("shows who is there, and forgets the meadow of before", () => {
    const world = new World();
    world.reset(1n, [firefly(1n), firefly(2n)], 0);
    world.flash(2n, 0);
    world.reset(1n, [firefly(1n), firefly(3n)], 10);
    expect([...world.bugs.keys()]).toEqual([1n, 3n]);
    expect(world.waves).toEqual([]);
    expect(world.self?.id).toBe(1n);
  });

  it("lets one's own firefly follow the pointer, and not what comes back from the server", () => {
    const world = new World();
    world.reset(1n, [firefly(1n, 0.2)], 0);
    world.move(1n, { x: 0.9, y: 0.9 }, 10);
    world.step(1_000);
    expect(world.self?.shown.x).toBeCloseTo(0.2);
    world.target.x = 0.8;
    for (let now = 1_000; now < 3_000; now += 16) world.step(now);
    expect(world.self?.shown.x).toBeCloseTo(0.8, 2);
  });

  it("does nothing for those who are not there", () => {
    const world = new World();
    world.reset(undefined, [], 0);
    world.move(7n, { x: 0, y: 0 }, 1);
    world.flash(7n, 1);
    world.say(7n, "boo", 1);
    world.remove(7n, 1);
    world.step(2);
    expect(world.bugs.size + world.waves.length).toBe(0);
  });

  it("puts a firefly without a position into the middle", () => {
    const world = new World();
    world.add({ id: 5n, name: "x", hue: 1, position: undefined }, 0);
    expect(world.bugs.get(5n)?.shown).toEqual({ x: 0.5, y: 0.5 });
  });

  it("lets lights, sayings, forecasts and trails pass", () => {
    const world = new World();
    world.reset(1n, [firefly(1n), firefly(2n)], 0);
    world.flash(2n, 0);
    world.remove(2n, 0);
    world.say(1n, "hello", 0);
    world.forecast({ x: 0, y: 0 }, 0.5, 0);
    world.step(1);
    expect([world.waves.length, world.self?.saying?.text, world.gathering?.confidence]).toEqual([
      2,
      "hello",
      0.5,
    ]);
    for (let now = 0; now <= Math.max(waveMs, gatheringMs) + 100; now += 50) world.step(now);
    expect([world.waves.length, world.self?.saying, world.gathering]).toEqual([0, undefined, undefined]);
    expect(world.self?.trail.length).toBeLessThan(100);
  });
});
