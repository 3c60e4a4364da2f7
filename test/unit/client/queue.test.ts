import { describe, expect, it } from "vitest";
import type { Connection, StateEvent } from "../../../clients/typescript/src/index.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Ping, Queued } from "../../../runtime/wire/generated/photinus/control.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { ask, Note, note, noted } from "./notes.ts";

function fullServer(): FakeServer {
  const server = new FakeServer();
  server.greeting = undefined;
  return server;
}

async function queued(server: FakeServer, position: number, estimateMs: number): Promise<void> {
  server.peer.control(control.queued, Queued, { position, estimateMs });
  await settled();
}

/** Connects to a full server. `states` has every event from the first attempt on. */
async function waiting(server: FakeServer, more: Parameters<FakeServer["connect"]>[0] = {}) {
  const states: StateEvent[] = [];
  const connecting = server.connect({ onState: (event) => states.push(event), ...more });
  let connection: Connection | undefined;
  let error: unknown;
  connecting.then(
    (opened) => {
      connection = opened;
    },
    (failed) => {
      error = failed;
    },
  );
  await settled();
  return {
    states,
    connecting,
    get outcome() {
      return connection ?? error;
    },
  };
}

describe("a client in the queue of a full server", () => {
  it("says in its hello that it can wait", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    await settled();
    expect(server.peer.hello.canWait).toBe(true);
    await connection.close();
  });

  it("shows its place before connect() resolves, which it does with the welcome", async () => {
    const server = fullServer();
    const client = await waiting(server);
    await queued(server, 7, 90_000);
    await queued(server, 3, 0);
    expect(client.outcome).toBeUndefined();
    const place = { state: "queued", cause: "queued", code: undefined, resumed: false };
    expect(client.states).toEqual([
      expect.objectContaining({ ...place, position: 7, estimateMs: 90_000 }),
      expect.objectContaining({ ...place, position: 3, estimateMs: 0 }),
    ]);
    server.peer.welcome();
    const connection = await client.connecting;
    expect(connection.state).toBe("open");
    expect(client.states).toHaveLength(2);
    await connection.close();
    expect(server.clock.timerCount).toBe(0);
  });

  it("waits longer than connectTimeoutMs while places and pings come, and answers the pings", async () => {
    const server = fullServer();
    const client = await waiting(server, { connectTimeoutMs: 1_000 });
    for (let i = 0; i < 10; i++) {
      server.clock.advance(900);
      if (i === 0 || i === 5) await queued(server, 9 - i, 0);
      else server.peer.control(control.ping, Ping, { sentMs: i });
      await settled();
    }
    expect(client.outcome).toBeUndefined();
    expect(server.peer.of(control.pong)).toHaveLength(8);
    expect(client.states).toHaveLength(2);
    server.peer.welcome();
    await (await client.connecting).close();
  });

  it("gives up a server that is silent for connectTimeoutMs", async () => {
    const server = fullServer();
    const client = await waiting(server, { connectTimeoutMs: 1_000 });
    server.clock.advance(900);
    await queued(server, 2, 0);
    server.clock.advance(999);
    await settled();
    expect(client.outcome).toBeUndefined();
    server.clock.advance(1);
    await settled();
    expect(client.outcome).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(server.peer.closedBecause).toBeDefined();
    expect(server.clock.timerCount).toBe(0);
  });

  it("leaves the queue by the signal", async () => {
    const server = fullServer();
    const controller = new AbortController();
    const client = await waiting(server, { signal: controller.signal });
    await queued(server, 2, 0);
    controller.abort();
    await settled();
    expect(client.outcome).toMatchObject({ code: "CANCELLED" });
    expect(server.peer.closedBecause).toBeDefined();
    expect(server.clock.timerCount).toBe(0);
  });

  it("rejects connect() with the server's kick", async () => {
    const server = fullServer();
    const client = await waiting(server);
    await queued(server, 2, 0);
    server.peer.kick({ code: 14, reason: "the queue was closed", reconnect: true });
    await settled();
    expect(client.outcome).toMatchObject({ code: "UNAVAILABLE", reason: "the queue was closed" });
  });

  it("is queued when it reconnects, keeps its requests, and is open with the welcome", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ connectTimeoutMs: 1_000 });
    const states: StateEvent[] = [];
    connection.onState((event) => states.push(event));
    server.greeting = undefined;
    server.peer.transport.destroy();
    await settled();
    server.clock.advance(250);
    await settled();
    for (let position = 3; position > 0; position--) {
      await queued(server, position, 0);
      server.clock.advance(900);
    }
    expect(connection.state).toBe("queued");
    const asked = connection.request(ask, note(1));
    server.peer.welcome();
    await settled();
    server.peer.reply(server.peer.of(ask.id)[0]!, Note, note(2));
    expect(await asked).toEqual(note(2));
    expect(states.map(({ state, cause, position }) => [state, cause, position])).toEqual([
      ["reconnecting", "lost", 0],
      ["queued", "queued", 3],
      ["queued", "queued", 2],
      ["queued", "queued", 1],
      ["open", "welcome", 0],
    ]);
    await connection.close();
    expect(server.clock.timerCount).toBe(0);
  });

  it("can be closed while it is queued again", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    server.greeting = undefined;
    server.peer.transport.destroy();
    await settled();
    server.clock.advance(250);
    await settled();
    await queued(server, 3, 0);
    await connection.close();
    await settled();
    expect(connection.state).toBe("closed");
    expect(server.peer.closedBecause).toBeDefined();
    expect(server.clock.timerCount).toBe(0);
  });

  it("closes a connection that sends anything else before the welcome", async () => {
    for (const what of ["push", "pong", "ping before its place"]) {
      const server = fullServer();
      const client = await waiting(server);
      if (what === "ping before its place") server.peer.control(control.ping, Ping, { sentMs: 1 });
      else {
        await queued(server, 2, 0);
        if (what === "push") server.peer.push(noted.id, Note, note(1));
        else server.peer.pong();
      }
      await settled();
      expect(client.outcome, what).toMatchObject({ code: "INTERNAL" });
    }
  });

  it("takes no place any more once it was welcomed", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    await queued(server, 2, 0);
    expect(connection.state).toBe("open");
    expect(connection.counters.get("controls.unknown")).toBe(1);
    await connection.close();
  });
});
