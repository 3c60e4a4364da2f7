import { expect, test } from "vitest";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { CountedLog } from "../../../runtime/log/counted-log.ts";
import { Counters } from "../../../runtime/log/counters.ts";
import { defaultLogGateKeys, LogGate } from "../../../runtime/log/log-gate.ts";
import { type Logger, silentLogger } from "../../../runtime/log/logger.ts";
import {
  rejectionCounter,
  UnhandledRejections,
} from "../../../runtime/process/hosting/unhandled-rejections.ts";
import { fail } from "../../../schema/errors.ts";
import { recordingLogger } from "../rpc/two-links.ts";

test("counters count by name and list what they counted, sorted", () => {
  const counters = new Counters();
  counters.add("frames.illegal.head");
  counters.add("bytes.in", 40);
  counters.add("bytes.in", 2);
  expect(counters.get("bytes.in")).toBe(42);
  expect(counters.get("nothing")).toBe(0);
  expect(counters.entries()).toEqual([
    ["bytes.in", 42],
    ["frames.illegal.head", 1],
  ]);
});

test("a log gate lets the 1st, 2nd, 4th, 8th ... event of each subject through", () => {
  const gate = new LogGate();
  const seen: number[] = [];
  for (let i = 0; i < 1_000; i++) {
    const count = gate.hit("head");
    if (count > 0) seen.push(count);
  }
  expect(seen).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
  expect(gate.hit("version")).toBe(1);
});

test("a log gate with too many subjects counts the rest as one", () => {
  const gate = new LogGate(2);
  gate.hit("a");
  gate.hit("b");
  expect([gate.hit("c"), gate.hit("d"), gate.hit("e"), gate.hit("f")]).toEqual([1, 2, 0, 4]);
  expect(gate.hit("a")).toBe(2);
});

test("what was quiet for a minute is news again, and makes room for others", () => {
  const clock = new FakeClock();
  const gate = new LogGate(2, { clock });
  const burst = (key: string) => [1, 2, 3, 4, 5].map(() => gate.hit(key));
  expect(burst("a")).toEqual([1, 2, 0, 4, 0]);
  clock.advance(59_999);
  expect(burst("a")).toEqual([0, 0, 8, 0, 0]);
  clock.advance(60_000);
  expect(burst("a")).toEqual([1, 2, 0, 4, 0]);
  gate.hit("b");
  expect([gate.hit("c"), gate.hit("d")]).toEqual([1, 2]);
  clock.advance(60_000);
  expect([gate.hit("c"), gate.hit("d")]).toEqual([1, 1]);
});

test("a counted log writes the 1st, 2nd, 4th ... line of each message, subject and place of an error", () => {
  const log = recordingLogger();
  const counted = new CountedLog(log, new FakeClock());
  const here = () => new Error(`a text that a peer chose: ${Math.random()}`);
  const there = () => new TypeError("another place");
  for (let n = 0; n < 100; n++) {
    counted.warn({ n }, "one message", "a");
    counted.warn({ n }, "one message", "b");
    counted.error({ err: here() }, "a handler threw");
    counted.error({ err: there() }, "a handler threw");
  }
  expect(log.lines.length).toBe(4 * 7);
  const warnings = log.lines.filter(({ message }) => message === "one message");
  expect(warnings.map(({ details }) => details)).toEqual(
    [1, 2, 4, 8, 16, 32, 64].flatMap((count) => [
      { n: count - 1, count },
      { n: count - 1, count },
    ]),
  );
});

test("a counted log tells errors apart that one function makes for several places", () => {
  const log = recordingLogger();
  const counted = new CountedLog(log, new FakeClock());
  for (let n = 0; n < 4; n++) {
    counted.warn({ err: fail("NOT_FOUND", "no such room") }, "a call failed");
    counted.warn({ err: fail("INTERNAL", "the room is broken") }, "a call failed");
  }
  expect(log.lines.map(({ details }) => details)).toMatchObject(
    [1, 2, 4].flatMap((count) => [
      { err: { code: "NOT_FOUND" }, count },
      { err: { code: "INTERNAL" }, count },
    ]),
  );
});

test("a peer that makes up ever new subjects of one message hides no other message, and is bounded itself", () => {
  const log = recordingLogger();
  const counted = new CountedLog(log, new FakeClock());
  for (let n = 0; n < 10_000; n++) counted.info({ n }, "a node has joined", `node-${n}`);
  expect(log.lines.length).toBeLessThan(defaultLogGateKeys + 20);
  counted.warn({}, "refused", "a reason");
  expect(log.lines.at(-1)).toMatchObject({ message: "refused", details: { count: 1 } });
});

test("an error that throws when it is looked at is counted and logged, and ends no process", () => {
  const trap = () => {
    throw new Error("trap");
  };
  const lines: string[] = [];
  const clock = new FakeClock();
  // As pino does, it reads all that an error has.
  const error = (details: object) =>
    lines.push(JSON.stringify({ ...details, ...Object(Reflect.get(details, "err")) }));
  const log: Logger = { ...silentLogger, error };
  const strange: unknown[] = [
    Object.defineProperty(new Error("a"), "stack", { get: trap }),
    Object.defineProperty(new Error("b"), "detail", { get: trap, enumerable: true }),
    Object.assign(new Error("c"), { name: Symbol("c"), stack: 5 }),
    new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap }),
  ];
  const exits: number[] = [];
  const rejections = new UnhandledRejections({ log, clock, exit: (code) => exits.push(code) });
  const counters = new Counters();
  rejections.follow("log", [counters]);
  for (const one of strange) rejections.onRejection(one);
  expect(lines.length).toBeGreaterThan(1);
  expect(counters.get(rejectionCounter)).toBe(strange.length);
  expect(exits).toEqual([]);
});

test("the silent logger is a logger", () => {
  const child = silentLogger.child({ session: 1 });
  child.debug({}, "x");
  child.info({}, "x");
  child.warn({}, "x");
  child.error({}, "x");
  expect(child).toBe(silentLogger);
});
