import { describe, expect, it } from "vitest";
import { Calls } from "../../../clients/typescript/src/call/calls.ts";
import { resolveConnect } from "../../../clients/typescript/src/connect-options.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { Counters } from "../../../runtime/log/counters.ts";
import { ask, note } from "./notes.ts";

function open() {
  const clock = new FakeClock();
  const calls = new Calls(resolveConnect({ clock }), new Counters(), () => undefined);
  const failed: string[] = [];
  const add = (name: string, timeoutMs: number, more?: () => void): number => {
    const reject = (): void => {
      failed.push(name);
      more?.();
    };
    calls.request(ask, note(1), timeoutMs, undefined, undefined, () => {}, reject);
    return calls.all().at(-1)!.sequence;
  };
  return { clock, calls, failed, add };
}

describe("timeouts of a client's requests", () => {
  it("come once, never early and at most one tick late", () => {
    const { clock, failed, add } = open();
    clock.advance(17);
    add("one", 1_003);
    clock.advance(1_002);
    expect(failed).toEqual([]);
    clock.advance(51);
    expect(failed).toEqual(["one"]);
    clock.advance(10_000);
    expect(failed).toEqual(["one"]);
  });

  it("do not come for requests that have ended", () => {
    const { clock, calls, failed, add } = open();
    const ended = add("ended", 100);
    add("waits", 100);
    calls.take(ended);
    clock.advance(500);
    expect(failed).toEqual(["waits"]);
  });

  it("let go of the timer when nothing waits, and take it up again", () => {
    const { clock, calls, failed, add } = open();
    calls.take(add("ended", 60_000));
    expect(clock.timerCount).toBe(1);
    clock.advance(100);
    expect(clock.timerCount).toBe(0);
    add("again", 100);
    clock.advance(200);
    expect(failed).toEqual(["again"]);
    expect(clock.timerCount).toBe(0);
  });

  it("leave a request alone that is made by the code of one that fails", () => {
    const { clock, failed, add } = open();
    add("first", 100, () => add("second", 100));
    clock.advance(100);
    expect(failed).toEqual(["first"]);
    clock.advance(100);
    expect(failed).toEqual(["first", "second"]);
  });
});
