import { describe, expect, it } from "vitest";
import type { Connection, StateEvent } from "../../../clients/typescript/src/index.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { ask, note } from "./notes.ts";

function events(connection: Connection): StateEvent[] {
  const all: StateEvent[] = [];
  connection.onState((event) => all.push(event));
  return all;
}

describe("when to try again", () => {
  it("is as the server's kick says, where that is later than the client's own pause", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const seen = events(connection);
    server.peer.kick({ code: 14, reason: "restart", reconnect: true, retryAfterMs: 900 });
    await settled();
    expect(seen[0]).toMatchObject({ state: "reconnecting", retryInMs: 900 });
    server.clock.advance(899);
    await settled();
    expect(server.peers).toHaveLength(1);
    server.clock.advance(1);
    await settled();
    expect(connection.state).toBe("open");
    server.peer.kick({ code: 14, reason: "restart", reconnect: true, retryAfterMs: 1 });
    await settled();
    expect(seen.at(-1)?.retryInMs).toBeGreaterThanOrEqual(250);
  });

  it("is a time that timers know, whatever a server says", async () => {
    const server = new FakeServer();
    const seen = events(await server.connect());
    server.peer.kick({ code: 14, reason: "restart", reconnect: true, retryAfterMs: 0xffffffff });
    await settled();
    expect(seen[0]?.retryInMs).toBe(0x7fffffff);
  });

  it("is in the errors of what was lost, and of what is asked meanwhile: the time until the next attempt", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ resume: false });
    server.peer.transport.destroy();
    await settled();
    server.clock.advance(0);
    await settled();
    const lost = connection.request(ask, note(1)).catch((error: unknown) => error);
    await settled();
    server.peer.transport.destroy();
    expect(await lost).toMatchObject({ code: "UNAVAILABLE", retryAfterMs: 250 });
    server.reachable = false;
    server.clock.advance(100);
    await expect(connection.request(ask, note(2))).rejects.toMatchObject({
      code: "UNAVAILABLE",
      retryAfterMs: 150,
    });
  });

  it("is nothing once the connection is closed for good", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    await connection.close();
    const error = await connection.request(ask, note(1)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "UNAVAILABLE", retryAfterMs: 0 });
  });
});
