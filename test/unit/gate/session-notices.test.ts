import { expect, test } from "vitest";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { NodeRegistry } from "../../../runtime/gate/nodes/node-registry.ts";
import { GateSession } from "../../../runtime/gate/session/gate-session.ts";
import { SessionNotices } from "../../../runtime/gate/session/session-notices.ts";
import { CountedLog } from "../../../runtime/log/counted-log.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { linkAndWire } from "../rpc/two-links.ts";
import { wire } from "./wire.ts";

test("a session knows by which nodes it was served until their loss is noted, also when another node serves it meanwhile", () => {
  const clock = new FakeClock();
  const log = new CountedLog(silentLogger, clock);
  const nodes = new NodeRegistry({ deadlines: new Deadlines(clock), log, rejoinMs: 10, limit: 100 });
  const session = new GateSession("a", 1, "test", wire);
  const notices = new SessionNotices();
  const [first, second, third] = ["a", "b", "c"].map(
    (name) => nodes.register(name, "arena", "", linkAndWire().link)!,
  );
  notices.tell(session, first!);
  first!.link.destroy("killed");
  expect(first!.alive).toBe(false);
  notices.tell(session, second!);
  expect(session.knownTo).toEqual([first, second]);
  nodes.lost(first!, "killed");
  notices.tell(session, third!);
  expect(session.knownTo).toEqual([second, third]);
});
