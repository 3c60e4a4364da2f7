import { describe, expect, it } from "vitest";
import { type Codec, raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { errorCodes, fail } from "../../../schema/errors.ts";
import { Small } from "../../conformance/codec/fixtures/kinds.messages.ts";
import { bytesOf, Outcome, settle, twoLinks } from "./two-links.ts";

const hello = bytesOf("hello");

function ask(link: ReturnType<typeof twoLinks>["a"]["link"], body = hello, timeoutMs = 1_000) {
  const outcome = new Outcome();
  const key = link.askBytes(7, body, 0, body.length, timeoutMs, undefined, outcome);
  return { outcome, key };
}

const broken: Codec<string> = {
  name: "test.Broken",
  write() {
    throw new TypeError("not a string");
  },
  read() {
    throw new TypeError("not a string");
  },
};

describe("calls", () => {
  it("carry method, target, body, timeout and trace, and their answer comes back", async () => {
    const { a, b } = twoLinks();
    const outcome = new Outcome();
    a.link.ask(0xfffffe00, raw, hello, 1_234, "scene-1", outcome, "00-trace");
    await settle();
    const [call] = b.handler.heard.asks;
    expect(call).toMatchObject({ method: 0xfffffe00, target: "scene-1", body: hello, timeoutMs: 1_234 });
    expect(call!.reply.trace).toBe("00-trace");
    call!.reply.answer(raw, bytesOf("world"));
    await settle();
    expect(outcome).toEqual({ answers: [bytesOf("world")], failures: [] });
    expect(a.link.pendingCount + b.link.servedCount).toBe(0);
  });

  it("go both ways at once", async () => {
    const { a, b } = twoLinks();
    for (const end of [a, b])
      end.handler.ask = (method, body, reply) => reply.answer(raw, bytesOf(`${method}:${body}`));
    const calls = await Promise.all(
      [a, b].flatMap((end) =>
        [1, 2, 300, 70_000].map((n) => end.link.call(n, raw, new Uint8Array([n]), raw)),
      ),
    );
    expect(calls.map(String)).toEqual(
      [..."ab"].flatMap(() => [1, 2, 300, 70_000].map((n) => `${bytesOf(`${n}:${n & 255}`)}`)),
    );
  });

  it.each([["scene-1"], [0], [0xffffffff], [undefined], ["é".repeat(90)]])(
    "name the target %s",
    async (target) => {
      const { a, b } = twoLinks();
      a.link.askBytes(1, hello, 0, 5, 100, target, new Outcome());
      await settle();
      expect(b.handler.heard.asks[0]!.target).toBe(target);
    },
  );

  it("take an empty body and an empty answer for what they are", async () => {
    const { a, b } = twoLinks();
    const { outcome } = ask(a.link, new Uint8Array(0));
    await settle();
    b.handler.heard.asks[0]!.reply.answerBytes(hello, 2, 2);
    await settle();
    expect(outcome).toEqual({ answers: [new Uint8Array(0)], failures: [] });
  });

  it("are answered once: what comes later is ignored", async () => {
    const { a, b } = twoLinks();
    const { outcome } = ask(a.link);
    await settle();
    const { reply } = b.handler.heard.asks[0]!;
    reply.fail(fail("NOT_FOUND", "nobody", { retryAfterMs: 250 }));
    reply.answer(raw, hello);
    reply.fail(new Error("late"));
    await settle();
    expect(outcome.failures).toEqual([{ code: errorCodes.NOT_FOUND, message: "nobody", retryAfterMs: 250 }]);
    expect(outcome.answers).toEqual([]);
    expect(a.counters.get("links.answers.late")).toBe(0);
  });

  it("that throw are answered INTERNAL, and the cause stays in the log", async () => {
    const { a, b } = twoLinks();
    b.handler.ask = () => {
      throw new Error("secret");
    };
    const { outcome } = ask(a.link);
    await settle();
    expect(outcome.failures).toEqual([
      { code: errorCodes.INTERNAL, message: "the handler failed", retryAfterMs: 0 },
    ]);
    expect(b.log.lines).toMatchObject([{ level: "error", details: { err: new Error("secret") } }]);
  });

  it("whose answer cannot be encoded are answered INTERNAL, and what was written before it stays whole", async () => {
    const { a, b } = twoLinks();
    const first = ask(a.link);
    const second = ask(a.link);
    await settle();
    b.handler.heard.asks[0]!.reply.answer(raw, hello);
    b.handler.heard.asks[1]!.reply.answer(broken, "");
    await settle();
    expect(first.outcome.answers).toEqual([hello]);
    expect(second.outcome.failures).toMatchObject([{ code: errorCodes.INTERNAL }]);
  });

  it("whose request cannot be encoded fail at once, and nothing is sent", async () => {
    const { a, b } = twoLinks();
    await expect(a.link.call(1, broken, "", raw)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await settle();
    expect(b.handler.heard.asks).toEqual([]);
    expect(a.link.pendingCount).toBe(0);
  });

  it("with a value that is not of its field's type are told, or log, which field", async () => {
    const { a, b } = twoLinks();
    const wrong = { number: 1.5, text: "" };
    const path = "kinds.Small.number: expected int32, found a fraction";
    const failed = { code: "INVALID_ARGUMENT", reason: path };
    await expect(a.link.call(1, Small, wrong, raw)).rejects.toMatchObject(failed);
    expect(() => a.link.notice(1, Small, wrong, undefined)).toThrow(path);
    const asked = ask(a.link);
    await settle();
    b.handler.heard.asks[0]!.reply.answer(Small, wrong);
    await settle();
    expect(asked.outcome.failures).toMatchObject([{ code: errorCodes.INTERNAL }]);
    expect(b.log.lines).toMatchObject([{ level: "error", details: { err: failed } }]);
  });

  it("whose answer cannot be decoded reject, and the link lives on", async () => {
    const { a, b } = twoLinks();
    b.handler.ask = (_, body, reply) => reply.answer(raw, body);
    await expect(a.link.call(1, raw, hello, broken)).rejects.toMatchObject({ code: "INTERNAL" });
    expect(await a.link.call(1, raw, hello, raw)).toEqual(hello);
  });

  it("larger than the limit fail, and so do answers", async () => {
    const { a, b } = twoLinks({ maxFrameBytes: 1_000 });
    expect(ask(a.link, new Uint8Array(2_000)).outcome.failures).toMatchObject([
      { code: errorCodes.RESOURCE_EXHAUSTED },
    ]);
    expect(ask(a.link, new Uint8Array(999)).outcome.failures).toMatchObject([
      { code: errorCodes.RESOURCE_EXHAUSTED },
    ]);
    const { outcome } = ask(a.link);
    await settle();
    b.handler.heard.asks[0]!.reply.answer(raw, new Uint8Array(2_000));
    await settle();
    expect(outcome.failures).toMatchObject([{ code: errorCodes.RESOURCE_EXHAUSTED }]);
    expect(b.handler.heard.asks).toHaveLength(1);
  });
});

describe("an end of a call before its answer", () => {
  it("comes by the deadline; the callee is told, and its late answer goes nowhere", async () => {
    const { clock, a, b } = twoLinks();
    const { outcome } = ask(a.link, hello, 300);
    await settle();
    const { reply } = b.handler.heard.asks[0]!;
    let cancelled = 0;
    reply.onCancel = () => cancelled++;
    expect(reply.deadline).toBe(clock.now() + 300);
    clock.advance(299);
    expect(outcome.failures).toEqual([]);
    clock.advance(101);
    expect(outcome.failures).toMatchObject([{ code: errorCodes.DEADLINE_EXCEEDED }]);
    await settle();
    expect([cancelled, reply.settled, b.link.servedCount]).toEqual([1, true, 0]);
    reply.answer(raw, hello);
    await settle();
    expect(outcome.answers).toEqual([]);
  });

  it("comes to each call at its own deadline, whatever the order of asking", () => {
    const { clock, a } = twoLinks();
    const outcomes = [5_000, 100, 2_000, 900].map((ms) => ask(a.link, hello, ms).outcome);
    const failed = () => outcomes.map((outcome) => outcome.failures.length);
    clock.advance(200);
    expect(failed()).toEqual([0, 1, 0, 0]);
    clock.advance(800);
    expect(failed()).toEqual([0, 1, 0, 1]);
    clock.advance(1_100);
    expect(failed()).toEqual([0, 1, 1, 1]);
    clock.advance(3_000);
    expect(failed()).toEqual([1, 1, 1, 1]);
  });

  it("comes by cancel and by an aborted signal", async () => {
    const { a, b } = twoLinks();
    const { outcome, key } = ask(a.link);
    const abort = new AbortController();
    const call = a.link.call(8, raw, hello, raw, { signal: abort.signal });
    await settle();
    let cancelled = 0;
    for (const { reply } of b.handler.heard.asks) reply.onCancel = () => cancelled++;
    a.link.cancel(key);
    a.link.cancel(key);
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: "CANCELLED" });
    await settle();
    expect(outcome.failures).toMatchObject([{ code: errorCodes.CANCELLED }]);
    expect(cancelled).toBe(2);
    await expect(a.link.call(8, raw, hello, raw, { signal: abort.signal })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect(b.handler.heard.asks).toHaveLength(2);
  });

  it("leaves no listener on a signal whose call was answered", async () => {
    const { a, b } = twoLinks();
    b.handler.ask = (_, body, reply) => reply.answer(raw, body);
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    await a.link.call(1, raw, hello, raw, { signal });
    expect(listeners).toBe(0);
  });

  it("comes to all calls at once when the link is lost, and the callee's are cancelled", async () => {
    const { a, b } = twoLinks();
    const outcomes = [1, 2, 3].map(() => ask(a.link).outcome);
    await settle();
    let cancelled = 0;
    for (const { reply } of b.handler.heard.asks) reply.onCancel = () => cancelled++;
    b.link.destroy("gone");
    b.link.destroy("again");
    await settle();
    for (const { failures } of outcomes) expect(failures).toMatchObject([{ code: errorCodes.UNAVAILABLE }]);
    // They were failed in one moment, and are not to come back in one.
    const retries = outcomes.map(({ failures }) => failures[0]!.retryAfterMs);
    for (const retryMs of retries) expect(retryMs).toBeGreaterThanOrEqual(250);
    expect(cancelled).toBe(3);
    expect([a.handler.heard.closed.length, b.handler.heard.closed]).toEqual([1, ["gone"]]);
    expect(ask(a.link).outcome.failures).toMatchObject([{ code: errorCodes.UNAVAILABLE }]);
    expect([a.link.alive, a.link.pendingCount]).toEqual([false, 0]);
    b.handler.heard.asks[0]!.reply.answer(raw, hello);
  });

  it("is an error whose pause is no count of milliseconds, without harm to the link", async () => {
    const { a, b } = twoLinks();
    const told: unknown[] = [];
    for (const retryAfterMs of [-5, Number.NaN, 0.5, Number.POSITIVE_INFINITY]) {
      b.handler.ask = (_, __, reply) => reply.fail(fail("RESOURCE_EXHAUSTED", "later", { retryAfterMs }));
      const { outcome } = ask(a.link);
      await settle();
      told.push(outcome.failures[0]?.retryAfterMs);
    }
    expect(told).toEqual([0, 0, 1, 0xffffffff]);
    expect(a.link.alive).toBe(true);
  });

  it("comes at once when the table of calls is full", () => {
    const { a } = twoLinks({ maxPending: 100 });
    const outcomes = Array.from({ length: 101 }, () => ask(a.link).outcome);
    expect(outcomes.filter(({ failures }) => failures.length > 0)).toEqual([outcomes[100]]);
    expect(outcomes[100]!.failures).toMatchObject([{ code: errorCodes.RESOURCE_EXHAUSTED }]);
  });
});

describe("back-pressure", () => {
  it("refuses calls, notices and pushes while too much is queued, and says when it is over", async () => {
    const { a, b } = twoLinks({ maxBufferedBytes: 1_000 });
    const body = new Uint8Array(600);
    expect([ask(a.link, body), ask(a.link, body)].map(({ key }) => key > 0)).toEqual([true, true]);
    expect(a.link.overloaded).toBe(true);
    expect(ask(a.link).outcome.failures).toMatchObject([{ code: errorCodes.RESOURCE_EXHAUSTED }]);
    expect(a.link.noticeBytes(1, hello, 0, 5, undefined)).toBe(false);
    expect(a.link.push(1, { kind: "everyone" }, hello, 0, 5)).toBe(false);
    expect(a.link.relay(1, 2, hello, 0, 5, 100)).toBe(0);
    await settle();
    expect([a.link.overloaded, b.handler.heard.asks.length]).toEqual([false, 2]);
    expect(a.handler.heard.drains).toBeGreaterThan(0);
    expect(a.link.push(1, { kind: "everyone" }, hello, 0, 5)).toBe(true);
  });

  it("answers shortly in place of what a slow caller would not read, and closes the link of one that never reads", async () => {
    const { a, b } = twoLinks({ maxBufferedBytes: 1_000 });
    const outcomes = Array.from({ length: 20 }, () => ask(a.link, new Uint8Array(10)).outcome);
    await settle();
    for (const { reply } of b.handler.heard.asks) reply.answer(raw, new Uint8Array(900));
    await settle();
    const answered = outcomes.filter(({ answers }) => answers.length === 1).length;
    const refused = outcomes.filter(
      ({ failures }) => failures[0]?.code === errorCodes.RESOURCE_EXHAUSTED,
    ).length;
    expect([answered, refused]).toEqual([4, 16]);

    for (let n = 0; n < 200; n++) ask(a.link, new Uint8Array(1));
    await settle();
    a.link.transport.pause();
    b.handler.heard.asks.splice(0, 20);
    for (const { reply } of b.handler.heard.asks) reply.answer(raw, new Uint8Array(900));
    await settle();
    expect(b.handler.heard.closed).toEqual(["the peer does not read"]);
  });
});

describe("notices, relays and pushes", () => {
  it("arrive as they were sent, in order", async () => {
    const { a, b } = twoLinks();
    a.link.notice(3, raw, hello, 12, "t");
    a.link.noticeBytes(4, hello, 1, 3, undefined);
    a.link.relay(9, 201, hello, 0, 5, 0, undefined, "t2");
    const outcome = new Outcome();
    a.link.relay(2 ** 40, 202, hello, 0, 5, 700, outcome);
    await settle();
    expect(b.handler.heard.notices).toEqual([
      { method: 3, target: 12, body: hello, trace: "t" },
      { method: 4, target: undefined, body: bytesOf("el"), trace: undefined },
    ]);
    const [notify, request] = b.handler.heard.relays;
    expect(notify).toEqual({ session: 9, command: 201, body: hello, reply: undefined, trace: "t2" });
    expect(request).toMatchObject({ session: 2 ** 40, command: 202, body: hello });
    request!.reply!.answerBytes(hello, 0, 1);
    await settle();
    expect(outcome.answers).toEqual([bytesOf("h")]);
  });

  it.each([
    { kind: "session", session: 77 },
    { kind: "sessions", sessions: [1, 300, 70_000, 2 ** 33] },
    { kind: "sessions", sessions: [] },
    { kind: "user", user: 2n ** 64n - 1n },
    { kind: "user", user: 5n },
    { kind: "group", group: "meadow:1" },
    { kind: "group", group: "Wiese", except: 12 },
    { kind: "everyone" },
  ] as const)("address $kind", async (address) => {
    const { a, b } = twoLinks();
    expect(a.link.push(251, address, hello, 0, 5)).toBe(true);
    expect(a.link.pushMessage(252, address, raw, hello)).toBe(true);
    await settle();
    expect(b.handler.heard.pushes).toEqual([251, 252].map((push) => ({ push, address, body: hello })));
  });

  it("of any size arrive whole, cut anywhere", async () => {
    const { a, b } = twoLinks({}, 7);
    const sizes = [0, 1, 63, 64, 65, 255, 256, 300, 5_000];
    for (const size of sizes) a.link.noticeBytes(size, new Uint8Array(size).fill(size), 0, size, undefined);
    await settle(4_000);
    expect(b.handler.heard.notices.map(({ body }) => body)).toEqual(
      sizes.map((size) => new Uint8Array(size).fill(size)),
    );
  });
});
