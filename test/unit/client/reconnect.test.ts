import { describe, expect, it } from "vitest";
import type { Connection, StateEvent } from "../../../clients/typescript/src/index.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { ask, Note, note, noted, tell } from "./notes.ts";

function events(connection: Connection): StateEvent[] {
  const all: StateEvent[] = [];
  connection.onState((event) => all.push(event));
  return all;
}

describe("a connection that is lost", () => {
  it("fails what is pending at once with UNAVAILABLE, each with an error of its own", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const asked = [connection.request(ask, note(1)), connection.request(ask, note(2))];
    const outcome = Promise.allSettled(asked);
    await settled();
    server.peer.transport.destroy();
    const [first, second] = (await outcome).map((result) =>
      result.status === "rejected" ? result.reason : undefined,
    );
    expect(first).toMatchObject({ code: "UNAVAILABLE" });
    expect(second).toMatchObject({ code: "UNAVAILABLE" });
    expect(first).not.toBe(second);
  });

  it("is reconnecting, then open again, and says so with reason, attempt and delay", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const seen = events(connection);
    server.peer.transport.destroy();
    await settled();
    expect(connection.state).toBe("reconnecting");
    expect(seen).toEqual([
      expect.objectContaining({
        state: "reconnecting",
        cause: "lost",
        code: "UNAVAILABLE",
        attempt: 1,
        retryInMs: 0,
        resumed: false,
      }),
    ]);
    server.greeting = { session: "s2" };
    server.clock.advance(250);
    await settled();
    expect(connection.state).toBe("open");
    expect(connection.session).toBe("s2");
    expect(seen[1]).toMatchObject({ state: "open", cause: "welcome", resumed: false, code: undefined });
    expect(seen).toHaveLength(2);
  });

  it("works as before after it is open again, and listeners stay", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const heard: number[] = [];
    connection.onPush(noted, ({ sentMs }) => heard.push(sentMs));
    server.peer.push(noted.id, Note, note(1));
    await settled();
    server.peer.transport.destroy();
    await settled();
    server.clock.advance(250);
    await settled();
    server.peer.push(noted.id, Note, note(2));
    const asked = connection.request(ask, note(3));
    await settled();
    server.peer.reply(server.peer.of(ask.id)[0]!, Note, note(4));
    expect(await asked).toEqual(note(4));
    expect(heard).toEqual([1, 2]);
  });

  it("without resume, fails requests at once and drops notifies with a count, until it is open again", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ resume: false });
    server.peer.transport.destroy();
    await settled();
    await expect(connection.request(ask, note(1))).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: expect.stringContaining("reconnecting"),
    });
    connection.notify(tell, note(1));
    expect(connection.counters.get("notifies.dropped")).toBe(1);
    server.clock.advance(250);
    await settled();
    expect(server.peer.received.map(({ command }) => command)).toEqual([control.hello, control.ping]);
  });

  it("tries again at once, then with doubling delays up to the longest", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ reconnect: { minDelayMs: 100, maxDelayMs: 500 } });
    const seen = events(connection);
    server.reachable = false;
    server.peer.transport.destroy();
    await settled();
    for (let i = 0; i < 5; i++) {
      server.clock.advance(500);
      await settled();
    }
    expect(seen.map(({ retryInMs }) => retryInMs)).toEqual([0, 100, 200, 400, 500, 500]);
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(seen.map(({ cause }) => cause)).toEqual(["lost", ...Array(5).fill("refused")]);
  });

  it("is closed after the configured number of failures", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ reconnect: { maxAttempts: 2 } });
    const seen = events(connection);
    server.reachable = false;
    server.peer.transport.destroy();
    for (let i = 0; i < 4; i++) {
      await settled();
      server.clock.advance(5_000);
    }
    await settled();
    expect(seen.map(({ state }) => state)).toEqual(["reconnecting", "reconnecting", "closed"]);
    expect(server.urls).toHaveLength(3);
    expect(server.clock.timerCount).toBe(0);
  });

  it("is not asked more and more often by a server that welcomes and drops at once", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const seen = events(connection);
    for (let i = 0; i < 4; i++) {
      server.peer.transport.destroy();
      await settled();
      server.clock.advance(seen.at(-1)!.retryInMs);
      await settled();
    }
    const delays = seen.filter(({ state }) => state === "reconnecting").map(({ retryInMs }) => retryInMs);
    expect(delays).toEqual([0, 250, 500, 1_000]);
  });

  it("is tried again at once after it was open for long", async () => {
    const server = new FakeServer();
    server.greeting = { heartbeatMs: 0 };
    const connection = await server.connect();
    const seen = events(connection);
    for (let i = 0; i < 3; i++) {
      server.clock.advance(11_000);
      server.peer.transport.destroy();
      await settled();
      server.clock.advance(seen.at(-1)!.retryInMs);
      await settled();
    }
    const delays = seen.filter(({ state }) => state === "reconnecting").map(({ retryInMs }) => retryInMs);
    expect(delays).toEqual([0, 0, 0]);
  });

  it("is closed at once when reconnecting is switched off", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ reconnect: false });
    const seen = events(connection);
    server.peer.transport.destroy();
    await settled();
    expect(seen).toEqual([
      expect.objectContaining({ state: "closed", cause: "lost", attempt: 0, retryInMs: 0 }),
    ]);
    expect(server.clock.timerCount).toBe(0);
  });

  it("shows the token and the last push that it had, and knows when the session was resumed", async () => {
    const server = new FakeServer();
    server.greeting = { resumeToken: Uint8Array.of(9, 9), resumeWindowMs: 10_000 };
    const connection = await server.connect();
    const heard: number[] = [];
    connection.onPush(noted, ({ sentMs }) => heard.push(sentMs));
    const seen = events(connection);
    server.peer.push(noted.id, Note, note(1));
    server.peer.push(noted.id, Note, note(2));
    await settled();
    server.peer.transport.destroy();
    await settled();
    server.greeting = { resumed: true };
    server.clock.advance(250);
    await settled();
    expect(server.peer.hello).toMatchObject({ resumeToken: Uint8Array.of(9, 9), lastPush: 2 });
    expect(seen.at(-1)).toMatchObject({ state: "open", resumed: true });
    // The server repeats its second push and goes on with the third.
    server.peer.send(4, noted.id, 2, Note, note(2));
    server.peer.send(4, noted.id, 3, Note, note(3));
    await settled();
    expect(heard).toEqual([1, 2, 3]);
    expect(connection.counters.get("pushes.repeated")).toBe(1);
  });
});

describe("a kick", () => {
  it("closes the connection with the server's code and reason, and forbids to come back", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const seen = events(connection);
    const asked = connection.request(ask, note(1));
    asked.catch(() => {});
    await settled();
    server.peer.kick({ code: 6, reason: "logged in elsewhere", reconnect: false });
    await expect(asked).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: expect.stringContaining("logged in elsewhere"),
    });
    await settled();
    expect(seen).toEqual([
      expect.objectContaining({
        state: "closed",
        cause: "kick",
        code: "ALREADY_EXISTS",
        reason: "logged in elsewhere",
      }),
    ]);
    server.clock.advance(60_000);
    await settled();
    expect(server.peers).toHaveLength(1);
    await expect(connection.request(ask, note(1))).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: expect.stringContaining("closed"),
    });
  });

  it("that allows it is followed by a new attempt", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const seen = events(connection);
    server.peer.kick({ code: 8, reason: "too many frames", reconnect: true });
    await settled();
    expect(seen[0]).toMatchObject({ state: "reconnecting", cause: "kick", code: "RESOURCE_EXHAUSTED" });
    server.clock.advance(250);
    await settled();
    expect(connection.state).toBe("open");
  });

  it("ends what comes after it in the same chunk", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const heard: number[] = [];
    connection.onPush(noted, ({ sentMs }) => heard.push(sentMs));
    server.peer.push(noted.id, Note, note(1));
    server.peer.kick({ code: 8, reason: "enough", reconnect: false });
    server.peer.push(noted.id, Note, note(2));
    await settled();
    expect(heard).toEqual([1]);
  });
});

describe("close", () => {
  it("sends what is queued, fails what is pending with CANCELLED, and is told as a state", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const seen = events(connection);
    const asked = connection.request(ask, note(1));
    asked.catch(() => {});
    connection.notify(tell, note(5));
    await connection.close();
    await expect(asked).rejects.toMatchObject({ code: "CANCELLED" });
    await settled();
    expect(server.peer.of(tell.id)).toHaveLength(1);
    expect(seen).toEqual([expect.objectContaining({ state: "closed", cause: "close" })]);
    expect(connection.state).toBe("closed");
    await connection.close();
    connection.destroy();
    expect(seen).toHaveLength(1);
    expect(server.clock.timerCount).toBe(0);
  });

  it("waits for answers during the grace time, and takes no new requests", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const asked = connection.request(ask, note(1));
    await settled();
    const closing = connection.close({ graceMs: 1_000 });
    await expect(connection.request(ask, note(2))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    server.peer.reply(server.peer.of(ask.id)[0]!, Note, note(3));
    expect(await asked).toEqual(note(3));
    await closing;
    expect(connection.state).toBe("closed");
  });

  it("ends an attempt that is under way, and the wait for one", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    server.greeting = undefined;
    server.peer.transport.destroy();
    await settled();
    server.clock.advance(250);
    await settled();
    expect(server.peers).toHaveLength(2);
    await connection.close();
    await settled();
    expect(server.peer.closedBecause).toBeDefined();
    expect(server.clock.timerCount).toBe(0);
  });

  it("by destroy ends the wait for the next attempt", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    server.peer.transport.destroy();
    await settled();
    expect(connection.state).toBe("reconnecting");
    connection.destroy("enough");
    expect(connection.state).toBe("closed");
    server.clock.advance(60_000);
    await settled();
    expect(server.peers).toHaveLength(1);
    expect(server.clock.timerCount).toBe(0);
  });

  it("is what `await using` does", async () => {
    const server = new FakeServer();
    let kept: Connection | undefined;
    {
      await using connection = await server.connect();
      kept = connection;
    }
    expect(kept.state).toBe("closed");
  });
});
