import { describe, expect, it } from "vitest";
import type { ConnectOptions } from "../../../clients/typescript/src/index.ts";
import { connect as connectAsMeadow, fingerprint } from "../../../generated/client/index.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { ask, Note, note } from "./notes.ts";

describe("connect", () => {
  it.each([
    [undefined, true],
    [65_536, false],
    [64, false],
  ])(
    "with maxFrameBytes %s says whether it takes batches, which are as large as 64 KiB",
    async (maxFrameBytes, takes) => {
      const server = new FakeServer();
      await server.connect(maxFrameBytes === undefined ? {} : { maxFrameBytes });
      await settled();
      expect(server.peer.hello.takesBatches).toBe(takes);
    },
  );

  it("says hello first, with name, schema and ticket, and is open with the welcome", async () => {
    const server = new FakeServer();
    const ticket = Uint8Array.of(1, 2, 3);
    const connection = await server.connect({ client: "test/1", schema: "abc", ticket });
    await settled();
    expect(server.peer.hello).toMatchObject({ client: "test/1", schema: "abc", ticket, lastPush: 0 });
    expect(connection.state).toBe("open");
    expect(connection.session).toBe("s1");
  });

  it("sends the fingerprint of the generated SDK, also when option schema is undefined, and another when one is given", async () => {
    for (const [given, sent] of [
      [{}, fingerprint],
      [{ schema: undefined }, fingerprint],
      [{ schema: "other" }, "other"],
      [{ schema: "" }, ""],
    ] as const) {
      const server = new FakeServer();
      const { dial, clock } = server;
      // Options of code without types, where undefined stands for the default.
      const connection = await connectAsMeadow("memory://server", {
        dial,
        clock,
        ...given,
      } as ConnectOptions);
      await settled();
      expect(server.peer.hello.schema).toBe(sent);
      connection.destroy();
    }
  });

  it("survives a welcome whose limits no server can mean", async () => {
    const server = new FakeServer();
    server.greeting = { maxFrameBytes: 1, heartbeatMs: 0xffffffff };
    const connection = await server.connect();
    await settled();
    server.clock.advance(60_000);
    await settled();
    expect(connection.state).toBe("open");
    expect(server.peers).toHaveLength(1);
  });

  it("asks a ticket function anew at each attempt", async () => {
    const server = new FakeServer();
    let asked = 0;
    const connection = await server.connect({ ticket: async () => Uint8Array.of(++asked) });
    await settled();
    server.peer.transport.destroy();
    await settled();
    server.clock.advance(300);
    await settled();
    expect(connection.state).toBe("open");
    expect(server.peers.map(({ hello }) => [...hello.ticket])).toEqual([[1], [2]]);
  });

  it("rejects with what the ticket function failed with, by its message", async () => {
    const connected = new FakeServer().connect({ ticket: () => Promise.reject(new Error("no login")) });
    await expect(connected).rejects.toMatchObject({
      code: "UNKNOWN",
      reason: expect.stringContaining("no login"),
    });
  });

  it("rejects with UNAVAILABLE when the server is out of reach, and does not try again", async () => {
    const server = new FakeServer();
    server.reachable = false;
    await expect(server.connect()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    server.clock.advance(60_000);
    await settled();
    expect(server.urls).toHaveLength(1);
    expect(server.clock.timerCount).toBe(0);
  });

  it("rejects with DEADLINE_EXCEEDED when no welcome comes, and closes the transport", async () => {
    const server = new FakeServer();
    server.greeting = undefined;
    const connecting = server.connect({ connectTimeoutMs: 3_000 });
    connecting.catch(() => {});
    await settled();
    server.clock.advance(3_000);
    await expect(connecting).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
      reason: expect.stringContaining("3000 ms"),
    });
    await settled();
    expect(server.peer.closedBecause).toBeDefined();
    expect(server.clock.timerCount).toBe(0);
  });

  it("rejects with DEADLINE_EXCEEDED when dialling takes too long, and throws away a transport that comes late", async () => {
    const server = new FakeServer();
    let arrive: (() => void) | undefined;
    const late = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const connecting = server.connect({
      connectTimeoutMs: 1_000,
      dial: async (url, options) => {
        await late;
        return server.dial(url, options);
      },
    });
    connecting.catch(() => {});
    await settled();
    server.clock.advance(1_000);
    await expect(connecting).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    arrive?.();
    await settled();
    expect(server.peer.closedBecause).toBeDefined();
    expect(server.peer.received).toEqual([]);
  });

  it("is given up by its signal, before and while the welcome is awaited", async () => {
    const server = new FakeServer();
    await expect(server.connect({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    server.greeting = undefined;
    const controller = new AbortController();
    const connecting = server.connect({ signal: controller.signal });
    connecting.catch(() => {});
    await settled();
    controller.abort();
    await expect(connecting).rejects.toMatchObject({ code: "CANCELLED" });
    await settled();
    expect(server.peer.closedBecause).toBeDefined();
  });

  it("is not touched by its signal once it is open", async () => {
    const server = new FakeServer();
    const controller = new AbortController();
    const connection = await server.connect({ signal: controller.signal });
    controller.abort();
    await settled();
    expect(connection.state).toBe("open");
  });

  it("rejects with the code and reason of a kick that comes instead of a welcome", async () => {
    const server = new FakeServer();
    server.greeting = undefined;
    const connecting = server.connect();
    connecting.catch(() => {});
    await settled();
    server.peer.kick({ code: 16, reason: "the ticket is stale", reconnect: true });
    await expect(connecting).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
      reason: "the ticket is stale",
    });
  });

  it("rejects when the transport closes instead of a welcome", async () => {
    const server = new FakeServer();
    server.greeting = undefined;
    const connecting = server.connect();
    connecting.catch(() => {});
    await settled();
    server.peer.transport.destroy();
    await expect(connecting).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it.each([
    ["a reply", kind.reply, ask.id, 1],
    ["a push", kind.push, 251, 1],
    ["a pong", kind.control, control.pong, 0],
  ] as const)("rejects when %s comes before the welcome", async (_what, of, command, sequence) => {
    const server = new FakeServer();
    server.greeting = undefined;
    const connecting = server.connect();
    connecting.catch(() => {});
    await settled();
    server.peer.send(of, command, sequence, Note, note(1));
    await expect(connecting).rejects.toMatchObject({
      code: "INTERNAL",
      reason: expect.stringContaining("expected one welcome, first"),
    });
  });

  it("tells whether the server was generated from the same schema", async () => {
    const server = new FakeServer();
    server.greeting = { schema: "theirs" };
    expect((await server.connect({ schema: "theirs" })).sameSchema).toBe(true);
    expect((await server.connect({ schema: "ours" })).sameSchema).toBe(false);
    expect((await server.connect()).sameSchema).toBe(true);
  });

  it("refuses another schema when told to", async () => {
    const server = new FakeServer();
    server.greeting = { schema: "theirs" };
    const connecting = server.connect({ schema: "ours", requireSameSchema: true });
    await expect(connecting).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
      reason: expect.stringContaining("theirs"),
    });
  });

  it.each([
    [{ connectTimeoutMs: 0 }, "connectTimeoutMs"],
    [{ maxPendingCount: Number.NaN }, "maxPendingCount"],
    [{ maxBufferedBytes: 3 }, "maxBufferedBytes"],
    [{ maxFrameBytes: -1 }, "maxFrameBytes"],
    [{ reconnect: { minDelayMs: -1 } }, "reconnect.minDelayMs"],
    [{ reconnect: { minDelayMs: 500, maxDelayMs: 100 } }, "reconnect.maxDelayMs"],
    [{ reconnect: { jitter: 2 } }, "reconnect.jitter"],
    [{ reconnect: { maxAttempts: 0 } }, "reconnect.maxAttempts"],
    [{ frame: { serverVersion: -1 } }, "frame.serverVersion"],
  ])("names the option that is wrong: %j", async (options, name) => {
    await expect(new FakeServer().connect(options)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      reason: expect.stringContaining(name),
    });
  });
});
