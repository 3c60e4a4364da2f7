import { expect, test } from "vitest";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { Groups } from "../../../runtime/gate/push/groups.ts";
import { PushDelivery } from "../../../runtime/gate/push/push-delivery.ts";
import type { PushRoute } from "../../../runtime/gate/push/push-route.ts";
import { PushTicks } from "../../../runtime/gate/push/push-ticks.ts";
import { GateSession } from "../../../runtime/gate/session/gate-session.ts";
import { gateCore } from "./gate-core.ts";
import { wire } from "./wire.ts";

const session = (id: number) => new GateSession(String(id), id, "test", wire);
const reliable: PushRoute = { id: 1, name: "p.Q.Push", delivery: "reliable", key: undefined, tickMs: 50 };
const namesOf = ({ groups }: GateSession) => (groups ?? []).map(({ name }) => name).sort();

test("groups are bounded, and gone with their last member", () => {
  const groups = new Groups({ perSessionCount: 2, count: 3, nameChars: 4 });
  const [a, b] = [session(1), session(2)];
  expect([groups.join(a, "x"), groups.join(a, "x"), groups.join(a, "y"), groups.join(a, "z")]).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect([groups.join(b, "x"), groups.join(b, "long name"), groups.join(b, ""), groups.join(b, "z")]).toEqual(
    [true, false, false, true],
  );
  expect(groups.join(session(3), "w")).toBe(false);
  groups.leaveAll(a);
  expect(groups.size).toBe(2);
  groups.leave(b, "x");
  groups.leave(b, "nowhere");
  expect(groups.size).toBe(1);
});

test("a session leaves groups and joins others in one step, which makes room first", () => {
  const groups = new Groups({ perSessionCount: 3, count: 4, nameChars: 4 });
  const [a, b] = [session(1), session(2)];
  expect(groups.regroup(a, ["1", "2", "3"], [], undefined)).toBe(true);
  expect(groups.regroup(b, ["3", "4"], ["1"], undefined)).toBe(true);
  // Both limits are reached: groups that nobody else is in make room for new ones.
  expect(groups.regroup(a, ["5", "6", "3"], ["1", "2", "none"], undefined)).toBe(true);
  expect([namesOf(a), namesOf(b), groups.size]).toEqual([["3", "5", "6"], ["3", "4"], 4]);
  expect(groups.regroup(a, [], ["3", "5", "6"], undefined)).toBe(true);
  expect([namesOf(a), namesOf(b), groups.size]).toEqual([[], ["3", "4"], 2]);
});

test.each([
  ["more groups than a session may have", ["5", "6"], ["1"]],
  ["more groups than the gate may have", ["5"], ["2"]],
  ["a name that is empty", ["1", ""], ["2"]],
  ["a name that is too long", ["1", "long name"], ["2"]],
  ["a group in both lists", ["4", "1"], ["1", "2"]],
  ["too many groups to join", Array.from({ length: 1_025 }, () => "1"), ["2"]],
  ["too many groups to leave", ["4"], Array.from({ length: 1_025 }, () => "2")],
])("a step with %s changes nothing", (_, add, remove) => {
  const groups = new Groups({ perSessionCount: 3, count: 4, nameChars: 4 });
  const [a, b] = [session(1), session(2)];
  for (const name of ["1", "2"]) groups.join(a, name);
  for (const name of ["2", "3", "4"]) groups.join(b, name);
  expect(groups.regroup(a, add, remove, undefined)).toBe(false);
  expect([namesOf(a), namesOf(b), groups.size]).toEqual([["1", "2"], ["2", "3", "4"], 4]);
});

test("a step counts each group once", () => {
  const groups = new Groups({ perSessionCount: 2, count: 2, nameChars: 4 });
  const a = session(1);
  expect(groups.regroup(a, ["1", "1", "2", "1"], [], undefined)).toBe(true);
  expect(groups.regroup(a, ["3", "4", "4"], ["1", "2", "2"], undefined)).toBe(true);
  expect([namesOf(a), groups.size]).toEqual([["3", "4"], 2]);
});

test("a session that ends while it leaves a group joins none", () => {
  const groups = new Groups({ perSessionCount: 9, count: 9, nameChars: 4 });
  const { limits, ...rest } = gateCore(new FakeClock());
  const core = { ...rest, limits: { ...limits, softBufferBytes: 0, hardBufferBytes: 0 } };
  // The client is too slow for what waits for it.
  const end = (ended: GateSession) => {
    ended.ended = true;
    groups.leaveAll(ended);
  };
  const ticks = new PushTicks(core, new PushDelivery(core, end));
  const slow = new GateSession("1", 1, "test", { ...wire, bufferedBytes: 1 });
  groups.regroup(slow, ["1", "2"], [], undefined);
  ticks.gather(reliable, "node-1", groups.get("1")!, 0, new Uint8Array(1), 0, 1);
  expect(groups.regroup(slow, ["3"], ["1"], undefined)).toBe(true);
  expect([namesOf(slow), groups.size, slow.ended]).toEqual([[], 0, true]);
});
