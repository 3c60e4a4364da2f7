import { expect, test } from "vitest";
import { Counters } from "../../../runtime/log/counters.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { ChildRunner } from "../../../runtime/process/child/child-runner.ts";
import type { Report, StartOrder } from "../../../runtime/process/supervisor/supervisor-messages.ts";
import { fail } from "../../../schema/errors.ts";

const start: StartOrder = { photinus: "start", gates: [], ports: undefined };

function child(open?: () => Promise<never>, load?: () => Promise<void>) {
  const reports: Report[] = [];
  const exits: number[] = [];
  const closes: number[] = [];
  const moves: unknown[] = [];
  const minimums: number[] = [];
  const runner = new ChildRunner({
    load: load ?? (async () => {}),
    open:
      open ??
      (async () => ({
        graceMs: 5000,
        hosted: {
          name: "scene-1",
          counters: new Counters(),
          ports: undefined,
          moveGates: (gates) => moves.push(gates),
          setMinRelease: (minRelease) => void minimums.push(minRelease),
          figures: () => ({ inFlight: 2 }),
          close: async ({ graceMs }) => void closes.push(graceMs),
        },
      })),
    report: (report, then) => {
      reports.push(report);
      then?.();
    },
    exit: (code) => exits.push(code),
    memoryBytes: () => 9,
    log: silentLogger,
  });
  return { runner, reports, exits, closes, moves, minimums };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("opens on the order to start, and says when it is ready", async () => {
  const { runner, reports } = child();
  runner.onMessage({ something: "of a user's module" });
  runner.onMessage(start);
  runner.onMessage(start);
  await settled();
  expect(reports).toEqual([{ photinus: "ready", ports: undefined }]);
});

test("loads on the order to load, and opens on the order to start", async () => {
  const { runner, reports } = child();
  runner.onMessage({ photinus: "load" });
  await settled();
  expect(reports).toEqual([{ photinus: "loaded" }]);
  runner.onMessage(start);
  await settled();
  expect(reports[1]).toEqual({ photinus: "ready", ports: undefined });
});

test("tells why it cannot load, and exits with the code for that", async () => {
  const { runner, reports, exits } = child(undefined, () => Promise.reject(fail("NOT_FOUND", "no scene-1")));
  runner.onMessage({ photinus: "load" });
  await settled();
  expect(reports).toEqual([{ photinus: "unable", reason: expect.stringContaining("no scene-1") }]);
  expect(exits).toEqual([78]);
});

test("tells why it cannot open, and exits with the code for that", async () => {
  const { runner, reports, exits } = child(() => Promise.reject(fail("UNAVAILABLE", "port 7000 is in use")));
  runner.onMessage(start);
  await settled();
  expect(reports).toEqual([{ photinus: "unable", reason: expect.stringContaining("port 7000 is in use") }]);
  expect(exits).toEqual([78]);
});

test("answers status with the key of the question, and follows gates that move", async () => {
  const { runner, reports, moves } = child();
  runner.onMessage(start);
  await settled();
  runner.onMessage({ photinus: "status", key: 4 });
  runner.onMessage({ photinus: "gates", gates: [] });
  expect(reports[1]).toEqual({
    photinus: "status",
    key: 4,
    status: { memoryBytes: 9, figures: { inFlight: 2 } },
  });
  expect(moves).toEqual([[]]);
});

test("closes once, with the time that it was given, then exits with 0", async () => {
  const { runner, closes, exits } = child();
  runner.onMessage(start);
  await settled();
  runner.stop();
  runner.stop();
  await settled();
  expect({ closes, exits }).toEqual({ closes: [5000], exits: [0] });
});

test("ends soon when its supervisor is gone", async () => {
  const { runner, closes, exits } = child();
  runner.onMessage(start);
  await settled();
  runner.orphaned();
  await settled();
  expect({ closes, exits }).toEqual({ closes: [1000], exits: [0] });
});

test("exits at once when it is stopped before it is open", async () => {
  const { runner, exits } = child();
  runner.stop();
  await settled();
  expect(exits).toEqual([0]);
});

test("passes a new minimum release on to the gate, also to one that is about to open", async () => {
  const { runner, minimums } = child();
  runner.onMessage({ photinus: "clients", minRelease: 4 });
  runner.onMessage(start);
  runner.onMessage({ photinus: "clients", minRelease: 5 });
  await settled();
  expect(minimums).toEqual([5]);
  runner.onMessage({ photinus: "clients", minRelease: 6 });
  expect(minimums).toEqual([5, 6]);
});
