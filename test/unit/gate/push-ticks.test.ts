import { expect, test } from "vitest";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { Groups } from "../../../runtime/gate/push/groups.ts";
import { PushDelivery } from "../../../runtime/gate/push/push-delivery.ts";
import type { PushRoute } from "../../../runtime/gate/push/push-route.ts";
import { PushTicks } from "../../../runtime/gate/push/push-ticks.ts";
import { GateSession, sendGathered } from "../../../runtime/gate/session/gate-session.ts";
import { gateCore } from "./gate-core.ts";
import { wire } from "./wire.ts";

const tickMs = 50;
const route: PushRoute = { id: 1, name: "test.Push", delivery: "droppable", key: undefined, tickMs };
/** Longest delay of a tick by the timer, in ms. */
const lateMs = 4;

/** Groups with a member each, which notes when its pushes come. */
function game(names: readonly string[]) {
  const clock = new FakeClock();
  const core = gateCore(clock);
  const ticks = new PushTicks(core, new PushDelivery(core, () => {}));
  const groups = new Groups({ perSessionCount: 1, count: 1_000, nameChars: 100 });
  const came = new Map<string, number[]>(names.map((name) => [name, []]));
  for (const [index, name] of names.entries()) {
    const push = () => void came.get(name)!.push(clock.now());
    groups.join(new GateSession(name, index + 1, "", { ...wire, push }), name);
  }
  const push = (name: string) => {
    ticks.gather(route, "node-1", groups.get(name)!, 0, new Uint8Array(1), 0, 1);
  };
  return { clock, groups, ticks, came, push };
}

const many = Array.from({ length: 100 }, (_, index) => `scene:${index}`);

test("no push waits for longer than its tick, whatever the name of its group is", () => {
  const { clock, came, push } = game(many);
  for (const name of many) push(name);
  const start = clock.now();
  clock.advance(tickMs);
  const waits = many.map((name) => came.get(name)!.map((at) => at - start));
  expect(waits.filter(({ length }) => length !== 1)).toEqual([]);
  // Groups are spread over the tick.
  const halves = [
    waits.filter(([wait]) => wait! < tickMs / 2),
    waits.filter(([wait]) => wait! >= tickMs / 2),
  ];
  for (const { length } of halves) expect(length).toBeGreaterThan(20);
});

test("a group has a tick after each other; one that was sent early has the next a tick later", () => {
  const { clock, groups, came, push } = game(["scene:1"]);
  const times = () => came.get("scene:1")!;
  push("scene:1");
  clock.advance(tickMs + lateMs);
  const first = times()[0]!;
  push("scene:1");
  clock.advance(20);
  groups.get("scene:1")!.gathered!.flush();
  const early = clock.now();
  expect(times()).toEqual([first, early]);
  push("scene:1");
  clock.advance(tickMs - 2 * lateMs);
  expect(times()).toHaveLength(2);
  clock.advance(2 * lateMs);
  expect(times()).toHaveLength(3);
});

test("more than a tick holds leaves at once", () => {
  const { clock, groups, ticks, came } = game(["scene:1"]);
  const large = new Uint8Array(40_000);
  const gather = () => ticks.gather(route, "node-1", groups.get("scene:1")!, 0, large, 0, large.length);
  gather();
  expect(came.get("scene:1")).toEqual([]);
  gather();
  expect(came.get("scene:1")).toEqual([clock.now()]);
  gather();
  expect(came.get("scene:1")).toEqual([clock.now(), clock.now()]);
});

test("a group without members leaves nothing behind that would be sent", () => {
  const { clock, groups, came, push } = game(["scene:1"]);
  push("scene:1");
  const { gathered, members } = groups.get("scene:1")!;
  const [session] = members;
  session!.ended = true;
  groups.leaveAll(session!);
  expect(groups.size).toBe(0);
  clock.advance(2 * tickMs);
  expect(came.get("scene:1")).toEqual([]);
  expect(gathered!.count).toBe(0);
});

test("a push of a shorter tick makes no other one wait for longer", () => {
  for (const name of many) {
    const { clock, groups, ticks, came, push } = game([name]);
    const start = clock.now();
    push(name);
    clock.advance(tickMs - lateMs - 1);
    ticks.gather({ ...route, id: 2, tickMs: 40 }, "node-1", groups.get(name)!, 0, new Uint8Array(1), 0, 1);
    clock.advance(lateMs + 1);
    expect(came.get(name)!.some((at) => at - start <= tickMs)).toBe(true);
  }
});

test("a session that ends while it gets what waits for it in several groups ends once, and nothing throws", () => {
  const clock = new FakeClock();
  const core = gateCore(clock);
  const groups = new Groups({ perSessionCount: 3, count: 10, nameChars: 10 });
  let ended = 0;
  const end = (session: GateSession): void => {
    ended++;
    session.ended = true;
    groups.leaveAll(session);
  };
  const ticks = new PushTicks(core, new PushDelivery(core, end));
  const { hardBufferBytes } = core.limits;
  let bufferedBytes = 0;
  let pushed = 0;
  const slow = {
    ...wire,
    get bufferedBytes() {
      return bufferedBytes;
    },
    push() {
      pushed++;
      bufferedBytes = hardBufferBytes + 1;
    },
  };
  const session = new GateSession("1", 1, "", slow);
  const reliable: PushRoute = { ...route, delivery: "reliable" };
  for (const name of ["a", "b", "c"]) groups.join(session, name);
  // Behind the soft limit each reliable push is written, and the hard limit is looked at.
  bufferedBytes = core.limits.softBufferBytes + 1;
  for (let round = 0; round < 4; round++)
    for (const name of ["a", "b", "c"])
      ticks.gather(reliable, "node-1", groups.get(name)!, 0, new Uint8Array(1), 0, 1);
  sendGathered(session);
  clock.advance(2 * tickMs);
  expect({ ended, pushed, left: groups.size }).toEqual({ ended: 1, pushed: 1, left: 0 });
});
