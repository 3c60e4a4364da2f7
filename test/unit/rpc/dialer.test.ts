import { describe, expect, it } from "vitest";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { Dialer, type DialerOptions } from "../../../runtime/rpc/dialer.ts";
import type { Link } from "../../../runtime/rpc/link.ts";
import { memoryPair } from "../../../runtime/transport/memory.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { Recorder, recordingLogger, settle } from "./two-links.ts";

function dialing({ reachable = true, ...options }: Partial<DialerOptions> & { reachable?: boolean } = {}) {
  const clock = new FakeClock();
  const log = recordingLogger();
  const state = {
    reachable,
    dials: [] as number[],
    links: [] as Link[],
    peers: [] as Transport[],
  };
  const handler = new Recorder();
  const dialer = new Dialer({
    dial: async () => {
      state.dials.push(clock.now());
      if (!state.reachable) throw new Error("connection refused");
      const [ours, theirs] = memoryPair();
      theirs.start({ onData() {}, onDrain() {}, onClose() {} });
      state.peers.push(theirs);
      return ours;
    },
    to: "gate-1",
    link: { clock, deadlines: new Deadlines(clock), log, name: "node-1", handler, heartbeatMs: 1_000_000 },
    onLink: (link) => void state.links.push(link),
    firstPauseMs: 100,
    longestPauseMs: 1_000,
    random: () => 0,
    ...options,
  });
  const advance = async (ms: number) => {
    await settle(2);
    for (let n = 0; n < ms; n += 10) {
      clock.advance(10);
      await settle(1);
    }
    await settle();
  };
  return { clock, log, state, handler, dialer, advance };
}

describe("a dialer", () => {
  it("dials with growing pauses while nobody is there, and logs ever less", async () => {
    const { state, advance, log, dialer } = dialing({ reachable: false });
    await advance(6_000);
    expect(state.dials.slice(0, 7)).toEqual([0, 100, 300, 700, 1_500, 2_500, 3_500]);
    expect(log.lines.length).toBeLessThan(state.dials.length);
    expect(log.lines[0]).toMatchObject({ details: { to: "gate-1", why: "connection refused" } });
    state.reachable = true;
    await advance(1_000);
    expect([state.links.length, dialer.link]).toEqual([1, state.links[0]]);
  });

  it("warns of a peer that said goodbye only when it stays away", async () => {
    const { advance, log } = dialing({ reachable: false, expected: () => true });
    await advance(2_000);
    expect(log.lines.length).toBeGreaterThan(1);
    expect(new Set(log.lines.map(({ level }) => level))).toEqual(new Set(["info"]));
    await advance(20_000);
    expect(log.lines.at(-1)).toMatchObject({ level: "warn", message: "link down; reconnecting" });
  });

  it("shortens a pause by up to a half, at random", async () => {
    const { state, advance } = dialing({ reachable: false, random: () => 1 });
    await advance(200);
    expect(state.dials.slice(0, 3)).toEqual([0, 50, 150]);
  });

  it("replaces a lost link, after a pause even when links are lost at once", async () => {
    const { state, advance, dialer, handler } = dialing();
    await settle();
    for (let n = 0; n < 4; n++) {
      state.peers.at(-1)!.destroy();
      await settle();
      expect(dialer.link).toBeUndefined();
      await advance(1_000);
      expect(dialer.link).toBe(state.links.at(-1));
    }
    expect([state.links.length, handler.heard.closed.length]).toEqual([5, 4]);
    const pauses = state.dials.slice(1).map((at, n) => at - n * 1_000);
    expect(pauses).toEqual([100, 200, 400, 800]);
  });

  it("gives up a dial that is under way when it is closed", async () => {
    const signals: AbortSignal[] = [];
    const { dialer } = dialing({
      dial: (signal) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    await dialer.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it("refuses a bad option of its links before it dials", () => {
    const clock = new FakeClock();
    const link = { clock, deadlines: new Deadlines(clock), log: recordingLogger(), name: "node-1" };
    const bad = { ...link, handler: new Recorder(), heartbeatMs: -1 };
    const dial = () => Promise.reject(new Error("dialled"));
    expect(() => new Dialer({ dial, to: "gate-1", link: bad, onLink() {} })).toThrow(/heartbeatMs/);
  });

  it("dials no more once it is closed or destroyed, however often", async () => {
    const { state, advance, dialer } = dialing();
    await settle();
    await dialer.close();
    await dialer.close();
    dialer.destroy();
    expect(state.links[0]!.alive).toBe(false);
    await advance(5_000);
    expect(state.dials).toHaveLength(1);

    const waiting = dialing({ reachable: false });
    await settle();
    waiting.dialer.destroy();
    await waiting.advance(5_000);
    expect([waiting.state.dials.length, waiting.clock.timerCount]).toEqual([1, 0]);
  });

  it("lets a connection go that comes after it was closed", async () => {
    const { state, dialer } = dialing();
    dialer.destroy();
    await settle();
    expect([state.links.length, state.peers[0]!.closed]).toEqual([0, true]);
  });
});
