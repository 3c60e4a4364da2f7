import { describe, expect, it } from "vitest";
import { PendingCalls } from "../../../runtime/rpc/calls/pending-calls.ts";
import fc from "../../setup/random.ts";
import { Outcome } from "./two-links.ts";

describe("the table of pending calls", () => {
  it("finds each call by its key, in any order of coming and going", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5 }), { maxLength: 600 }), (steps) => {
        const table = new PendingCalls(10_000);
        const waiting = new Map<number, Outcome>();
        for (const step of steps) {
          if (step < 4) {
            const outcome = new Outcome();
            const key = table.add(outcome, step);
            expect(waiting.has(key)).toBe(false);
            waiting.set(key, outcome);
          } else {
            const keys = [...waiting.keys()];
            const key = keys[(step * 7919) % Math.max(keys.length, 1)] ?? 1;
            expect(table.take(key)).toBe(waiting.get(key));
            expect(table.take(key)).toBeUndefined();
            waiting.delete(key);
          }
          expect(table.count).toBe(waiting.size);
        }
        for (const [key, outcome] of waiting) expect(table.take(key)).toBe(outcome);
      }),
    );
  });

  it("gives a new key to each call, so that a late answer finds nothing", () => {
    const table = new PendingCalls(10);
    const keys = new Set<number>();
    for (let n = 0; n < 1_000; n++) {
      const key = table.add(new Outcome(), 0);
      keys.add(key);
      expect(table.take(key)).toBeDefined();
    }
    expect(keys.size).toBe(1_000);
    for (const key of keys) expect(table.take(key)).toBeUndefined();
  });

  it("steps over a long call, and holds as many as it may", () => {
    const table = new PendingCalls(40_000);
    const long = table.add(new Outcome(), 0);
    for (let n = 0; n < 1_000; n++) table.take(table.add(new Outcome(), 0));
    const keys = Array.from({ length: 39_999 }, () => table.add(new Outcome(), 0));
    expect(table.add(new Outcome(), 0)).toBe(0);
    expect(table.count).toBe(40_000);
    expect(new Set([long, ...keys]).size).toBe(40_000);
    expect(table.take(long)).toBeDefined();
    expect(table.takeAll()).toHaveLength(39_999);
  });

  it("hands all calls out in the order in which they were added", () => {
    const table = new PendingCalls(1_000);
    const all = Array.from({ length: 201 }, () => new Outcome());
    table.add(all[0]!, 0);
    // The ring has begun anew several times, and has grown since.
    for (let n = 0; n < 300; n++) table.take(table.add(new Outcome(), 0));
    for (const outcome of all.slice(1)) table.add(outcome, 0);
    const order = table.takeAll().map((sink) => all.indexOf(sink as Outcome));
    expect(order).toEqual(all.map((_, at) => at));
  });

  it("tells whose time is over and who is next", () => {
    const table = new PendingCalls(100);
    const keys = [30, 10, 20].map((deadline) => table.add(new Outcome(), deadline));
    expect(table.expired(9)).toEqual([]);
    expect(table.expired(20)).toEqual([keys[1], keys[2]]);
    expect(table.earliest()).toBe(10);
    for (const key of keys) table.take(key);
    expect(table.earliest()).toBe(Number.POSITIVE_INFINITY);
  });
});
