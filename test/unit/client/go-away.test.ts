import { describe, expect, it } from "vitest";
import type { Connection, StateEvent } from "../../../clients/typescript/src/index.ts";
import type { MessageInit } from "../../../runtime/wire/codec/codec-runtime.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { GoAway } from "../../../runtime/wire/generated/photinus/control.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { ask, Note, note, noted } from "./notes.ts";

function events(connection: Connection): StateEvent[] {
  const all: StateEvent[] = [];
  connection.onState((event) => all.push(event));
  return all;
}

describe("a go-away", () => {
  it("is told; the connection moves as soon as nothing is awaited", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const seen = events(connection);
    const asked = connection.request(ask, note(1));
    await settled();
    const old = server.peer;
    old.control(control.goAway, GoAway, { graceMs: 5_000 });
    await settled();
    expect(seen[0]).toMatchObject({ state: "open", cause: "go-away", graceMs: 5_000 });
    server.clock.advance(100);
    await settled();
    expect(connection.state).toBe("open");
    old.reply(old.of(ask.id)[0]!, Note, note(2));
    expect(await asked).toEqual(note(2));
    server.clock.advance(50);
    await settled();
    expect(old.closedBecause).toBeDefined();
    server.clock.advance(250);
    await settled();
    expect(connection.state).toBe("open");
    expect(server.peers).toHaveLength(2);
  });

  it("does not wait for answers beyond the grace time", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const asked = connection.request(ask, note(1));
    asked.catch(() => {});
    await settled();
    server.peer.control(control.goAway, GoAway, { graceMs: 1_000 });
    await settled();
    server.clock.advance(1_000);
    await expect(asked).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("moves to the address that the server names, and home again when nobody is there", async () => {
    const server = new FakeServer();
    await server.connect();
    server.peer.control(control.goAway, GoAway, { graceMs: 1_000, address: "memory://elsewhere" });
    await settled();
    server.reachable = false;
    for (let i = 0; i < 8; i++) {
      server.clock.advance(250);
      await settled();
    }
    expect(server.urls.slice(0, 3)).toEqual(["memory://server", "memory://elsewhere", "memory://server"]);
  });

  it("does not lead to another kind of address", async () => {
    const server = new FakeServer();
    await server.connect();
    server.peer.control(control.goAway, GoAway, { graceMs: 0, address: "plain://evil" });
    await settled();
    server.clock.advance(300);
    await settled();
    expect(server.urls).toEqual(["memory://server", "memory://server"]);
  });
});

describe("a go-away with a resume token", () => {
  const elsewhere = { graceMs: 5_000, address: "memory://elsewhere", resumeToken: Uint8Array.of(2) };

  /** A connection whose session is about to move, with one request in flight. */
  async function moving() {
    const server = new FakeServer();
    server.greeting = { session: "gate-a/7", resumeToken: Uint8Array.of(1), resumeWindowMs: 30_000 };
    const connection = await server.connect({ random: () => 0.999 });
    const seen = events(connection);
    const asked = connection.request(ask, note(1));
    asked.catch(() => {});
    await settled();
    const former = server.peer;
    server.greeting = {
      ...{ session: "gate-b/9", resumeToken: Uint8Array.of(3), resumeWindowMs: 30_000 },
      ...{ resumed: true, lastRequest: 1 },
    };
    const goAway = async (message: MessageInit<GoAway>) => {
      server.peer.control(control.goAway, GoAway, message);
      await settled();
    };
    return { server, connection, seen, asked, former, goAway };
  }

  it("takes the client to the address at once, without a bye, where its session and its requests continue", async () => {
    const { server, connection, seen, asked, former, goAway } = await moving();
    const heard: number[] = [];
    connection.onPush(noted, ({ sentMs }) => heard.push(sentMs));
    former.push(noted.id, Note, note(1));
    await goAway(elsewhere);
    expect(former.closedBecause).toBeDefined();
    expect(former.of(control.bye)).toEqual([]);
    expect(connection.state).toBe("reconnecting");
    const later = connection.request(ask, note(2));
    server.clock.advance(10);
    await settled();
    expect(server.urls).toEqual(["memory://server", "memory://elsewhere"]);
    expect(server.peer.hello).toMatchObject({ resumeToken: Uint8Array.of(2), canResume: true, lastPush: 1 });
    expect(server.peer.of(ask.id).map(({ sequence }) => sequence)).toEqual([2]);
    server.peer.send(kind.push, noted.id, 2, Note, note(2));
    server.peer.send(kind.reply, ask.id, 1, Note, note(10));
    server.peer.reply(server.peer.of(ask.id)[0]!, Note, note(20));
    expect(await Promise.all([asked, later])).toEqual([note(10), note(20)]);
    expect([heard, connection.session]).toEqual([[1, 2], "gate-b/9"]);
    expect(seen).toMatchObject([
      { state: "open", cause: "go-away", graceMs: 5_000 },
      { state: "reconnecting", cause: "lost", reason: "the server is stopping", retryInMs: 10 },
      { state: "open", cause: "welcome", resumed: true },
    ]);
  });

  it("keeps the client at its address when it names none, or one of another kind", async () => {
    for (const address of ["", "plain://evil"]) {
      const { server, goAway } = await moving();
      await goAway({ ...elsewhere, address });
      server.clock.advance(10);
      await settled();
      expect(server.urls).toEqual(["memory://server", "memory://server"]);
      expect(server.peer.hello.resumeToken).toEqual(Uint8Array.of(2));
    }
  });

  it("leads home, with the same token, when nobody answers at the address", async () => {
    const { server, connection, goAway } = await moving();
    server.reachable = false;
    await goAway(elsewhere);
    server.clock.advance(10);
    await settled();
    server.reachable = true;
    server.clock.advance(500);
    await settled();
    expect(server.urls).toEqual(["memory://server", "memory://elsewhere", "memory://server"]);
    expect(server.peer.hello.resumeToken).toEqual(Uint8Array.of(2));
    expect(connection.state).toBe("open");
  });

  it("gives the other server the grace time to answer, as the requests in flight come first", async () => {
    const { server, connection, goAway } = await moving();
    server.greeting = undefined;
    await goAway({ ...elsewhere, graceMs: 15_000 });
    server.clock.advance(10);
    await settled();
    server.clock.advance(14_000);
    await settled();
    expect(server.peers).toHaveLength(2);
    server.peer.welcome({ session: "gate-b/9", resumed: true });
    await settled();
    expect(connection.state).toBe("open");
    // The next attempt has the usual time again.
    server.peer.transport.destroy();
    await settled();
    for (let n = 0; n < 12; n++) {
      server.clock.advance(1_000);
      await settled();
    }
    expect(server.peers.length).toBeGreaterThan(3);
  });

  it("is followed without backoff only from a connection that lasted", async () => {
    const { server, goAway } = await moving();
    await goAway(elsewhere);
    server.clock.advance(10);
    await settled();
    await goAway({ ...elsewhere, resumeToken: Uint8Array.of(4) });
    server.clock.advance(100);
    await settled();
    expect(server.urls).toHaveLength(2);
    server.clock.advance(400);
    await settled();
    expect(server.urls).toHaveLength(3);
    expect(server.peer.hello.resumeToken).toEqual(Uint8Array.of(4));
  });

  it("ends a connection that does not reconnect only when the server closes it", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ reconnect: false });
    server.peer.control(control.goAway, GoAway, elsewhere);
    await settled();
    expect(connection.state).toBe("open");
    server.peer.transport.destroy();
    await settled();
    expect(connection.state).toBe("closed");
  });
});
