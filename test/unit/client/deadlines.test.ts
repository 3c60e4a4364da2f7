import { describe, expect, it } from "vitest";
import { ClientDeadlines } from "../../../clients/typescript/src/call/client-deadlines.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";

function open() {
  const clock = new FakeClock();
  const deadlines = new ClientDeadlines(clock);
  const fired: string[] = [];
  const entry = (name: string, more?: () => void) => ({
    onDeadline() {
      fired.push(name);
      more?.();
    },
  });
  return { clock, deadlines, fired, entry };
}

describe("deadlines of a client", () => {
  it("fire once, never early and at most two ticks late", () => {
    const { clock, deadlines, fired, entry } = open();
    clock.advance(17);
    deadlines.add(1_003, entry("one"));
    clock.advance(1_002);
    expect(fired).toEqual([]);
    clock.advance(101);
    expect(fired).toEqual(["one"]);
    clock.advance(10_000);
    expect(fired).toEqual(["one"]);
  });

  it("do not fire when they were removed, and removing twice is harmless", () => {
    const { clock, deadlines, fired, entry } = open();
    const gone = deadlines.add(100, entry("gone"));
    deadlines.add(100, entry("kept"));
    deadlines.remove(gone);
    deadlines.remove(gone);
    clock.advance(500);
    expect(fired).toEqual(["kept"]);
    deadlines.remove(gone);
  });

  it("let go of the timer when nothing waits, and take it up again", () => {
    const { clock, deadlines, fired, entry } = open();
    deadlines.remove(deadlines.add(60_000, entry("never")));
    expect(clock.timerCount).toBe(1);
    clock.advance(100);
    expect(clock.timerCount).toBe(0);
    deadlines.add(100, entry("again"));
    clock.advance(200);
    expect(fired).toEqual(["again"]);
    expect(clock.timerCount).toBe(0);
  });

  it("may be added by one that fires, for the next tick at the earliest", () => {
    const { clock, deadlines, fired, entry } = open();
    const again = () => deadlines.add(0, entry("second"));
    deadlines.add(100, entry("first", again));
    clock.advance(100);
    expect(fired).toEqual(["first"]);
    clock.advance(50);
    expect(fired).toEqual(["first", "second"]);
  });

  it("are all forgotten when one that fires clears them", () => {
    const { clock, deadlines, fired, entry } = open();
    const clear = () => deadlines.clear();
    deadlines.add(100, entry("first", clear));
    deadlines.add(100, entry("never"));
    deadlines.add(500, entry("never"));
    clock.advance(1_000);
    expect(fired).toEqual(["first"]);
    expect(clock.timerCount).toBe(0);
  });

  it("go on with the rest at the next tick when one throws", () => {
    const { clock, deadlines, fired, entry } = open();
    deadlines.add(
      100,
      entry("first", () => {
        throw new Error("a bug");
      }),
    );
    deadlines.add(100, entry("second"));
    expect(() => clock.advance(100)).toThrow("a bug");
    clock.advance(100);
    expect(fired).toEqual(["first", "second"]);
  });
});
