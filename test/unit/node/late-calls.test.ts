import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { GameNode } from "../../../runtime/node/node.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { commands, serve } from "../../integration/gate/schema.ts";
import type { Outcome } from "../rpc/two-links.ts";
import { FakeGate } from "./fake-gate.ts";

/** Keeps the thread busy. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test("calls whose deadline passes while the handlers of their own chunk block are not run", async () => {
  const gate = await FakeGate.open("gate-1");
  let runs = 0;
  const service = serve("probe", {
    echo: (body) => {
      runs++;
      block(3);
      return body;
    },
  });
  const node = await GameNode.open([service], { name: "probe-1", role: "probe", gates: [gate.address] });
  await node.linked();
  gate.openSession(1);
  await gate.all();
  const timeoutMs = 20;
  const count = 200;
  const failures: Outcome["failures"] = [];
  for (let n = 0; n < count; n++) {
    gate.link.relay(1, commands.echo.id, new Uint8Array(1), 0, 1, timeoutMs, {
      answer: () => {},
      failure: (code, message, retryAfterMs) => failures.push({ code, message, retryAfterMs }),
    });
  }
  while (gate.link.pendingCount > 0) await pause(5);
  // Seven calls fill the time, and the clock is read again after 16 at most.
  expect(runs).toBeGreaterThan(0);
  expect(runs).toBeLessThan(count / 4);
  expect(failures.length).toBeGreaterThanOrEqual(count - runs);
  expect(failures[0]!.code).toBe(errorCodes.DEADLINE_EXCEEDED);
  await node.close({ graceMs: 0 });
  await gate.close();
});
