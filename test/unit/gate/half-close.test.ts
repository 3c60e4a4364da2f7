import { expect, test } from "vitest";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { HalfClose } from "../../../runtime/gate/client/half-close.ts";
import { GateSession } from "../../../runtime/gate/session/gate-session.ts";
import { memoryPair } from "../../../runtime/transport/memory.ts";
import { gateCore } from "./gate-core.ts";
import { wire } from "./wire.ts";

test("the end of a former half-closed connection does not keep the session's next one open", async () => {
  const core = gateCore(new FakeClock());
  const session = new GateSession("a", 1, "test", wire);
  const [[former], [next]] = [memoryPair(), memoryPair()];
  const first = new HalfClose(core, session, former, () => {});
  first.stop();
  const second = new HalfClose(core, session, next, () => {});
  // A connection stops once when it is replaced, and again when it has closed.
  first.stop();
  session.onIdle?.();
  await Promise.resolve();
  expect({ former: former.closed, next: next.closed }).toEqual({ former: false, next: true });
  second.stop();
  expect(session.onIdle).toBeUndefined();
  expect(core.deadlines.size).toBe(0);
});
