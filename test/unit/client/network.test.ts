import { afterEach, expect, test, vi } from "vitest";
import type { Connection, StateEvent } from "../../../clients/typescript/src/index.ts";
import { FakeServer, settled } from "./fake-server.ts";

afterEach(() => vi.unstubAllGlobals());

function events(connection: Connection): StateEvent[] {
  const all: StateEvent[] = [];
  connection.onState((event) => all.push(event));
  return all;
}

/** Stands for a page's global object, which tells when the device is online again. */
function page(): { online(): void; listenerCount(): number } {
  const listeners = new Set<() => void>();
  vi.stubGlobal("addEventListener", (_: string, listener: () => void) => listeners.add(listener));
  vi.stubGlobal("removeEventListener", (_: string, listener: () => void) => listeners.delete(listener));
  return {
    online: () => {
      for (const listener of listeners) listener();
    },
    listenerCount: () => listeners.size,
  };
}

test("the first attempts of many clients that lose a server are spread by the jitter", async () => {
  const server = new FakeServer();
  const connection = await server.connect({ random: () => 0.8, reconnect: { minDelayMs: 100, jitter: 0.5 } });
  const seen = events(connection);
  server.peer.transport.destroy();
  await settled();
  expect(seen[0]).toMatchObject({ attempt: 1, retryInMs: 40 });
});

test("a client that waits for its next attempt connects as soon as the device is online again", async () => {
  const device = page();
  const server = new FakeServer();
  const connection = await server.connect({ reconnect: { minDelayMs: 60_000, maxDelayMs: 60_000 } });
  server.reachable = false;
  server.peer.transport.destroy();
  await settled();
  server.clock.advance(0);
  await settled();
  expect([connection.state, device.listenerCount()]).toEqual(["reconnecting", 1]);
  server.reachable = true;
  device.online();
  await settled();
  expect([connection.state, device.listenerCount()]).toEqual(["open", 0]);
  device.online();
  server.clock.advance(60_000);
  await settled();
  expect(server.urls).toHaveLength(3);
});

test("the delay that a kick asks for is kept also when the device comes online", async () => {
  const device = page();
  const server = new FakeServer();
  await server.connect();
  server.peer.kick({ code: 14, reason: "restart", reconnect: true, retryAfterMs: 900 });
  await settled();
  device.online();
  await settled();
  expect(server.urls).toHaveLength(1);
  server.clock.advance(900);
  await settled();
  expect(server.urls).toHaveLength(2);
});

test("a connection that is closed while it waits listens to the device no more", async () => {
  const device = page();
  const server = new FakeServer();
  const connection = await server.connect();
  server.peer.transport.destroy();
  await settled();
  await connection.close();
  expect(device.listenerCount()).toBe(0);
});

test("a device that slept connects at once when it wakes, however late its timer comes", async () => {
  const server = new FakeServer();
  const connection = await server.connect();
  server.peer.transport.destroy();
  await settled();
  server.clock.jump(8 * 3_600_000);
  await settled();
  expect(connection.state).toBe("open");
});
