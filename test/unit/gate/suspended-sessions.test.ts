import { expect, test } from "vitest";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import type { GateLimits } from "../../../runtime/gate/gate-options.ts";
import { GateSession } from "../../../runtime/gate/session/gate-session.ts";
import { SendWindow } from "../../../runtime/gate/session/send-window.ts";
import { SuspendedSessions } from "../../../runtime/gate/session/suspended-sessions.ts";
import { SharedPush, WindowStore } from "../../../runtime/gate/session/window-store.ts";
import { defaultFrameFormat } from "../../../runtime/wire/frame/frame-format.ts";
import { ResumeRefusal } from "../../../runtime/wire/generated/photinus/control.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { gateCore } from "./gate-core.ts";
import { wire } from "./wire.ts";

/** Suspended sessions on a fake clock, with the numbers of the sessions that have ended. */
function suspendedSessions(given: GateLimits) {
  const clock = new FakeClock();
  const core = gateCore(clock, given);
  const { limits } = core;
  const ended: number[] = [];
  const suspended = new SuspendedSessions(core, (session) => {
    session.ended = true;
    ended.push(session.number);
    session.resume?.window.close();
    suspended.remove(session);
  });
  const store = new WindowStore(suspended, defaultFrameFormat);
  let number = 0;
  /** Makes a session with this many bytes in its window. */
  const session = (bytes: number, userId = 0n): GateSession => {
    const made = new GateSession("", ++number, "test", wire);
    const window = new SendWindow(store, limits.resumeSessionBytes);
    made.resume = { window, schema: "", tokens: undefined, notifyCount: 0, deadline: 0 };
    made.userId = userId;
    if (bytes > 0) expect(push(made, bytes)).toBe(true);
    return made;
  };
  return { clock, core, suspended, ended, session };
}

/** Adds a push to a session's window, with which the window has this many bytes more. */
function push({ resume }: GateSession, bytes: number): boolean {
  const { window } = resume!;
  return window.add(kind.push, 1, window.lastPush + 1, new Uint8Array(bytes), 0, bytes - 22);
}

const kib = 1_024;

test("at the gate's bound suspended sessions end, the one with the most bytes first, and no more than necessary", () => {
  const { suspended, ended, session } = suspendedSessions({ resumeGateBytes: 56 * kib });
  const [empty, little, most, more] = [0, 4, 16, 8].map((bytes) => session(bytes * kib));
  for (const one of [empty, little, most, more]) suspended.add(one!);
  const connected = session(16 * kib);
  expect(ended).toEqual([]);
  expect(push(connected, kib)).toBe(true);
  expect(ended).toEqual([most!.number]);
  expect(suspended.refusalOf(most!.number)).toBe(ResumeRefusal.OVERRUN);
  expect(suspended.windowBytes).toBe(44 * kib);
});

test("at the gate's bound a session that only shares its pushes with others does not end first", () => {
  const { suspended, ended, session } = suspendedSessions({ resumeGateBytes: 56 * kib });
  const sharers = Array.from({ length: 8 }, () => session(0));
  for (let push = 0; push < 20; push++) {
    const shared = new SharedPush(1, new Uint8Array(kib), 0, kib);
    for (const { resume } of sharers) resume!.window.share(shared, resume!.window.countPush());
  }
  const alone = session(16 * kib);
  for (const one of [...sharers.slice(1), alone]) suspended.add(one);
  expect(sharers[1]!.resume!.window.bytes).toBeGreaterThan(alone.resume!.window.bytes);
  expect(push(session(0), 12 * kib)).toBe(true);
  expect(ended).toEqual([alone.number]);
});

test("at the gate's bound no connected session ends, and none whose end frees nothing", () => {
  const { suspended, ended, session } = suspendedSessions({ resumeGateBytes: 64 * kib });
  const [one, other] = [session(32 * kib), session(32 * kib)];
  const empty = session(0);
  suspended.add(empty);
  expect(push(one, kib)).toBe(false);
  expect(push(other, kib)).toBe(false);
  expect(ended).toEqual([]);
  expect(one.resume!.window.covers(one.resume!.window.lastPush, 0)).toBe(true);
});

test("a search for memory that has found too little is not repeated at once", () => {
  const { clock, suspended, ended, session } = suspendedSessions({ resumeGateBytes: 64 * kib });
  const one = session(32 * kib);
  const other = session(16 * kib);
  expect(push(one, kib)).toBe(false);
  const late = session(kib);
  suspended.add(late);
  expect(push(other, 30 * kib)).toBe(false);
  expect(ended).toEqual([]);
  clock.advance(100);
  expect(push(other, 30 * kib)).toBe(true);
  expect(ended).toEqual([late.number]);
});

test("a suspended session that does not fit within the gate's bound is refused its message, others with bytes end", () => {
  const { suspended, ended, session } = suspendedSessions({ resumeGateBytes: 8 * kib });
  const [one, other] = [session(kib), session(2 * kib)];
  suspended.add(one);
  suspended.add(other);
  expect(push(one, 12 * kib)).toBe(false);
  expect(ended).toEqual([other.number]);
});

test("what is set aside counts towards both bounds", () => {
  const { suspended, ended, session } = suspendedSessions({
    resumeGateBytes: 64 * kib,
    resumeSessionBytes: 48 * kib,
  });
  const [one, other] = [session(8 * kib), session(8 * kib)];
  suspended.add(one);
  suspended.add(other);
  const { window } = one.resume!;
  expect(window.setAside(41 * kib)).toBe(false);
  expect(window.setAside(39 * kib)).toBe(true);
  expect(window.setAside(38 * kib)).toBe(true);
  expect(window.bytes).toBe(46 * kib);
  expect(push(other, 32 * kib)).toBe(true);
  expect(ended).toEqual([one.number]);
});

test("nothing is left of sessions whose time is over", () => {
  const { clock, core, suspended, ended, session } = suspendedSessions({ resumeMs: 1_000 });
  for (let n = 0; n < 100; n++) suspended.add(session(n * 100, n % 2 === 0 ? 0n : BigInt(n)));
  expect(suspended.size).toBe(100);
  clock.advance(900);
  expect(ended).toEqual([]);
  clock.advance(200);
  expect(ended).toHaveLength(100);
  expect({ size: suspended.size, bytes: suspended.windowBytes }).toEqual({ size: 0, bytes: 0 });
  expect(core.deadlines.size).toBe(0);
});

test("a session that is resumed does not end when its former time is over", () => {
  const { clock, suspended, ended, session } = suspendedSessions({ resumeMs: 1_000 });
  const one = session(100);
  suspended.add(one);
  suspended.remove(one);
  clock.advance(5_000);
  suspended.add(one);
  clock.advance(900);
  expect(ended).toEqual([]);
});

test("the reason of an overrun is kept for the last sessions only", () => {
  const { suspended, session } = suspendedSessions({});
  const first = session(0);
  suspended.overrun(first);
  for (let n = 0; n < 4_096; n++) suspended.overrun(session(0));
  expect(suspended.refusalOf(first.number)).toBe(ResumeRefusal.ENDED);
  expect(suspended.refusalOf(first.number + 1)).toBe(ResumeRefusal.OVERRUN);
});
