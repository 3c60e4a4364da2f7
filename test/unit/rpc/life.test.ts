import { describe, expect, it } from "vitest";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { bytesOf, Outcome, recordingLogger, settle, twoLinks } from "./two-links.ts";

const hello = bytesOf("hello");

function ask(link: ReturnType<typeof twoLinks>["a"]["link"], body = hello, timeoutMs = 1_000) {
  const outcome = new Outcome();
  const key = link.askBytes(7, body, 0, body.length, timeoutMs, undefined, outcome);
  return { outcome, key };
}

describe("the life of a link", () => {
  it("goes on while the peer answers pings, and ends after two silent intervals", async () => {
    const { clock, a, b } = twoLinks({ heartbeatMs: 1_000 });
    a.link.noticeBytes(1, hello, 0, 5, undefined);
    b.link.noticeBytes(1, hello, 0, 5, undefined);
    await settle();
    for (let n = 0; n < 100; n++) {
      clock.advance(100);
      await settle(4);
    }
    expect([a.link.alive, b.link.alive]).toEqual([true, true]);
    b.link.transport.pause();
    a.link.transport.pause();
    clock.advance(3_000);
    expect([a.link.alive, a.counters.get("links.silent")]).toEqual([false, 1]);
    expect(a.log.lines.at(-1)).toMatchObject({
      level: "warn",
      message: "link closed: the peer was silent",
    });
  });

  it("ends by close only after what is under way; new calls of both sides are refused", async () => {
    const { a, b } = twoLinks();
    const own = ask(a.link);
    const theirs = ask(b.link);
    await settle();
    let closed = false;
    const closing = a.link.close({ graceMs: 1_000 }).then(() => {
      closed = true;
    });
    expect(ask(a.link).outcome.failures).toMatchObject([{ code: errorCodes.UNAVAILABLE }]);
    const refused = ask(b.link);
    await settle();
    expect(refused.outcome.failures).toMatchObject([{ code: errorCodes.UNAVAILABLE }]);
    expect(closed).toBe(false);
    b.handler.heard.asks[0]!.reply.answer(raw, hello);
    a.handler.heard.asks[0]!.reply.answer(raw, hello);
    await closing;
    await a.link.close();
    await settle();
    expect([own.outcome.answers.length, theirs.outcome.answers.length]).toEqual([1, 1]);
    expect([a.handler.heard.closed.length, b.handler.heard.closed.length]).toEqual([1, 1]);
  });

  it("ends by close when the time is over, too", async () => {
    const { clock, a } = twoLinks();
    const { outcome } = ask(a.link, hello, 60_000);
    const closing = a.link.close({ graceMs: 1_000 });
    await settle();
    clock.advance(1_000);
    await closing;
    expect(outcome.failures).toMatchObject([{ code: errorCodes.UNAVAILABLE }]);
  });

  it("leaves no timer behind", async () => {
    const { clock, a, b } = twoLinks();
    ask(a.link);
    await settle();
    a.link.destroy();
    await settle();
    clock.advance(1_000);
    expect([clock.timerCount, b.link.alive]).toEqual([0, false]);
  });

  it("does not start with a bad option, which is named", () => {
    expect(() => twoLinks({ maxPending: 0 })).toThrow(/maxPending: found 0; expected a whole number/);
    expect(() => twoLinks({ heartbeatMs: Number.NaN })).toThrow(/heartbeatMs/);
  });

  it("survives a handler that throws in anything", async () => {
    const { a, b } = twoLinks({ log: recordingLogger() });
    for (const name of ["onNotice", "onRelay", "onPush"] as const) {
      b.handler[name] = () => {
        throw new Error(name);
      };
    }
    a.link.noticeBytes(1, hello, 0, 5, undefined);
    a.link.push(1, { kind: "everyone" }, hello, 0, 5);
    a.link.relay(1, 2, hello, 0, 5, 0);
    const outcome = new Outcome();
    a.link.relay(1, 2, hello, 0, 5, 0, outcome);
    await settle();
    expect(outcome.failures).toMatchObject([{ code: errorCodes.INTERNAL }]);
    expect(b.link.alive).toBe(true);
  });
});
