import { expect, test } from "vitest";
import { Counters } from "../../../runtime/log/counters.ts";
import { LogGate } from "../../../runtime/log/log-gate.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";

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

test("the silent logger is a logger", () => {
  const child = silentLogger.child({ session: 1 });
  child.debug({}, "x");
  child.info({}, "x");
  child.warn({}, "x");
  child.error({}, "x");
  expect(child).toBe(silentLogger);
});
