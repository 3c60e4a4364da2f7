import { expect, test } from "vitest";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { Liveness } from "../../../runtime/wire/liveness.ts";

const intervalMs = 1_000;

function rig(initiator = false) {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const events: [string, number][] = [];
  const liveness: Liveness = new Liveness(
    deadlines,
    { intervalMs, initiator },
    {
      onPingDue: () => {
        events.push(["ping", clock.now()]);
        liveness.sent();
      },
      onDead: () => events.push(["dead", clock.now()]),
    },
  );
  return { clock, deadlines, events, liveness };
}

test("a peer that is silent is pinged and is dead after two intervals, once", () => {
  const { clock, events, deadlines } = rig();
  clock.advance(1_990);
  expect(events).toEqual([["ping", expect.any(Number)]]);
  clock.advance(70);
  expect(events.map(([what]) => what)).toEqual(["ping", "dead"]);
  expect(events[1]![1]).toBeGreaterThanOrEqual(2_000);
  clock.advance(10_000);
  expect(events).toHaveLength(2);
  expect(deadlines.size).toBe(0);
});

test("any traffic counts as life, for ever", () => {
  const { clock, events, liveness } = rig();
  for (let i = 0; i < 100; i++) {
    clock.advance(1_400);
    liveness.heard();
  }
  expect(events).toEqual([]);
  clock.advance(2_051);
  expect(events.at(-1)![0]).toBe("dead");
});

test("the initiator also pings when it has sent nothing for an interval, though it hears a lot", () => {
  const { clock, events, liveness } = rig(true);
  for (let i = 0; i < 29; i++) {
    clock.advance(100);
    liveness.heard();
  }
  expect(events.map(([what]) => what)).toEqual(["ping", "ping"]);
});

test("the initiator that sends a lot pings when it hears nothing", () => {
  const { clock, events, liveness } = rig(true);
  for (let i = 0; i < 12; i++) {
    clock.advance(100);
    liveness.sent();
  }
  expect(events.map(([what]) => what)).toEqual(["ping"]);
});

test("of two sides that are both idle only the initiator pings", () => {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const pings = { client: 0, server: 0 };
  const died: string[] = [];
  const client: Liveness = new Liveness(
    deadlines,
    { intervalMs, initiator: true },
    { onPingDue: () => exchange("client"), onDead: () => died.push("server") },
  );
  const server: Liveness = new Liveness(
    deadlines,
    { intervalMs },
    { onPingDue: () => exchange("server"), onDead: () => died.push("client") },
  );
  function exchange(from: "client" | "server"): void {
    pings[from]++;
    for (const side of [client, server]) {
      side.sent();
      side.heard();
    }
  }
  clock.advance(60_000);
  expect(died).toEqual([]);
  expect(pings.server).toBe(0);
  expect(pings.client).toBeGreaterThan(50);
});

test("after this process itself was stopped a peer gets the time to be heard", () => {
  const { clock, events, liveness } = rig();
  clock.jump(60_000);
  expect(events.filter(([what]) => what === "dead")).toEqual([]);
  liveness.heard();
  clock.advance(1_900);
  expect(events.filter(([what]) => what === "dead")).toEqual([]);
});

test("a peer that is silent after such a stop is dead soon", () => {
  const { clock, events } = rig();
  clock.jump(60_000);
  clock.advance(700);
  expect(events.filter(([what]) => what === "dead")).toHaveLength(1);
});

test("a stopped heartbeat tells nothing and leaves nothing behind", () => {
  const { clock, deadlines, events, liveness } = rig();
  liveness.stop();
  liveness.stop();
  expect(deadlines.size).toBe(0);
  clock.advance(10_000);
  expect(events).toEqual([]);
});

test("ten thousand sessions share one timer and are looked at about once an interval each", () => {
  const clock = new FakeClock();
  let looks = 0;
  class Counting extends Deadlines {
    override add(...args: Parameters<Deadlines["add"]>): number {
      looks++;
      return super.add(...args);
    }
  }
  const deadlines = new Counting(clock);
  const listener = { onPingDue: () => {}, onDead: () => {} };
  const all = Array.from({ length: 10_000 }, () => new Liveness(deadlines, { intervalMs: 15_000 }, listener));
  looks = 0;
  for (let second = 0; second < 60; second++) {
    clock.advance(1_000);
    if (second % 5 === 0) for (const liveness of all) liveness.heard();
  }
  expect(clock.timerCount).toBe(1);
  expect(looks).toBeGreaterThan(0);
  expect(looks).toBeLessThanOrEqual(10_000 * 4);
});
