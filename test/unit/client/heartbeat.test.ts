import { describe, expect, it } from "vitest";
import { RoundTrip } from "../../../clients/typescript/src/channel/round-trip.ts";
import { decode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Ping, Pong } from "../../../runtime/wire/generated/photinus/control.ts";
import { FakeServer, settled } from "./fake-server.ts";

/** Answers the last ping after `tookMs`, by a server whose clock is `aheadMs` ahead. */
async function answer(server: FakeServer, tookMs: number, aheadMs: number): Promise<void> {
  const ping = server.peer.of(control.ping).at(-1)!;
  server.clock.advance(tookMs / 2);
  const clockMs = server.clock.wall() + aheadMs;
  server.clock.advance(tookMs / 2);
  server.peer.control(control.pong, Pong, { sentMs: decode(Ping, ping.body).sentMs, clockMs });
  await settled();
}

describe("the heartbeat", () => {
  it("pings at once and then at the interval of the welcome", async () => {
    const server = new FakeServer();
    server.greeting = { heartbeatMs: 2_000 };
    await server.connect();
    for (let i = 0; i < 3; i++) {
      server.clock.advance(2_000);
      server.peer.pong();
      await settled();
    }
    expect(server.peer.of(control.ping)).toHaveLength(4);
  });

  it("finds a silent server dead after two intervals, and connects again", async () => {
    const server = new FakeServer();
    server.greeting = { heartbeatMs: 2_000 };
    const connection = await server.connect();
    const reasons: string[] = [];
    connection.onState(({ state, reason }) => reasons.push(`${state}: ${reason}`));
    await settled();
    for (let passed = 0; passed < 3_900; passed += 100) server.clock.advance(100);
    await settled();
    expect(connection.state).toBe("open");
    server.clock.advance(100);
    await settled();
    expect(server.peers[0]!.closedBecause).toBeDefined();
    server.clock.advance(250);
    await settled();
    expect(reasons).toEqual(["reconnecting: the server has been silent for 4000 ms", "open: reconnected"]);
  });

  it("counts any traffic as life", async () => {
    const server = new FakeServer();
    server.greeting = { heartbeatMs: 1_000 };
    const connection = await server.connect();
    for (let i = 0; i < 20; i++) {
      server.clock.advance(900);
      server.peer.push(999, Ping, { sentMs: 0 });
      await settled();
    }
    expect(connection.state).toBe("open");
  });

  it("does not count a server as silent while this process was stopped itself", async () => {
    const server = new FakeServer();
    server.greeting = { heartbeatMs: 1_000 };
    const connection = await server.connect();
    server.clock.jump(3_600_000);
    server.peer.pong();
    await settled();
    server.clock.advance(700);
    await settled();
    expect(connection.state).toBe("open");
  });

  it("keeps a connection while a background tab delays all timers, as long as the server is heard", async () => {
    const server = new FakeServer();
    server.greeting = { heartbeatMs: 1_000 };
    const connection = await server.connect();
    for (let minute = 1; minute <= 5; minute++) {
      server.clock.jump(60_000);
      server.peer.control(control.ping, Ping, { sentMs: minute });
      await settled();
    }
    expect(connection.state).toBe("open");
    expect(server.peers).toHaveLength(1);
    expect(server.peer.of(control.pong)).toHaveLength(5);
  });

  it("finds a server dead that is silent after this process was stopped", async () => {
    const server = new FakeServer();
    server.greeting = { heartbeatMs: 1_000 };
    const connection = await server.connect();
    server.clock.jump(3_600_000);
    await settled();
    expect(connection.state).toBe("open");
    server.greeting = undefined;
    server.clock.advance(500);
    await settled();
    expect(connection.state).toBe("reconnecting");
  });

  it("answers the server's ping with its number and the wall clock", async () => {
    const server = new FakeServer();
    await server.connect();
    server.peer.control(control.ping, Ping, { sentMs: 1234.5 });
    await settled();
    expect(decode(Pong, server.peer.of(control.pong)[0]!.body)).toEqual({
      sentMs: 1234.5,
      clockMs: server.clock.wall(),
    });
  });

  it("is switched off by a welcome without interval", async () => {
    const server = new FakeServer();
    server.greeting = { heartbeatMs: 0 };
    const connection = await server.connect();
    server.clock.advance(600_000);
    await settled();
    expect(connection.state).toBe("open");
    expect(server.peer.of(control.ping)).toEqual([]);
  });

  it("measures round-trip time and the server's clock", async () => {
    const server = new FakeServer();
    server.greeting = { heartbeatMs: 1_000, serverTimeMs: server.clock.wall() + 7_000 };
    const connection = await server.connect();
    expect(connection.clockOffsetMs).toBe(7_000);
    expect(connection.roundTripMs).toBe(0);
    await settled();
    await answer(server, 80, 5_000);
    expect(connection.roundTripMs).toBe(80);
    for (let i = 0; i < 30; i++) {
      server.clock.advance(920);
      await settled();
      await answer(server, 80, 5_000);
    }
    expect(connection.roundTripMs).toBeGreaterThan(70);
    expect(connection.roundTripMs).toBeLessThanOrEqual(80);
    expect(connection.clockOffsetMs).toBeCloseTo(5_000, 5);
    expect(connection.serverNow()).toBeCloseTo(server.clock.wall() + 5_000, 5);
  });
});

describe("RoundTrip", () => {
  it("takes the clock from the quickest of the last samples", () => {
    const trip = new RoundTrip();
    trip.sample(400, 10_000, 0);
    trip.sample(20, 10_000, 0);
    trip.sample(300, 10_000, 0);
    expect(trip.clockOffsetMs).toBe(10_010);
    for (let i = 0; i < 8; i++) trip.sample(100, 20_000, 0);
    expect(trip.clockOffsetMs).toBe(20_050);
  });

  it("ignores samples that cannot be", () => {
    const trip = new RoundTrip();
    trip.sample(-5, 1, 1);
    trip.sample(Number.NaN, 1, 1);
    trip.sample(5, Number.POSITIVE_INFINITY, 1);
    expect([trip.roundTripMs, trip.clockOffsetMs]).toEqual([0, 0]);
  });
});
