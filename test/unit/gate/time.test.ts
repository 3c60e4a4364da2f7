import { afterEach, expect, test } from "vitest";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { Gate } from "../../../runtime/gate/gate.ts";
import type { GateOptions } from "../../../runtime/gate/gate-options.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import { memoryPair } from "../../../runtime/transport/memory.ts";
import { LinkHello, LinkWelcome } from "../../../runtime/wire/generated/photinus/link.ts";
import { RawClient } from "../../integration/gate/raw-client.ts";
import { commands, protocol } from "../../integration/gate/schema.ts";

const stops: (() => unknown)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function openGate(options: Partial<GateOptions> = {}): { gate: Gate; clock: FakeClock } {
  const clock = new FakeClock();
  const gate = new Gate({ name: "gate-1", protocol, clock, ...options });
  stops.push(() => gate.destroy());
  return { gate, clock };
}

function connect(gate: Gate): RawClient {
  const [here, there] = memoryPair();
  gate.acceptClient(there);
  stops.push(() => here.destroy());
  return new RawClient(here);
}

/** Lets what was written arrive. */
async function settle(): Promise<void> {
  for (let n = 0; n < 6; n++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass in steps that deliveries can keep up with. */
async function pass(clock: FakeClock, ms: number, each?: () => void): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    clock.advance(Math.min(500, left));
    each?.();
    await settle();
  }
}

test("a silent client is asked, and dead after two heartbeat intervals, not before", async () => {
  const { gate, clock } = openGate({ heartbeatMs: 10_000 });
  const client = await connect(gate).open();
  expect(client.welcome?.heartbeatMs).toBe(10_000);
  await pass(clock, 19_500);
  expect(client.pings).toBeGreaterThan(0);
  expect(gate.status().sessions).toBe(1);
  await pass(clock, 1_000);
  expect(gate.status()).toMatchObject({ sessions: 0, connections: 0 });
  expect(gate.counters.get("client.closed.dead")).toBe(1);
});

test("any word of a client counts as life, for an hour", async () => {
  const { gate, clock } = openGate({ heartbeatMs: 60_000 });
  const client = await connect(gate).open();
  let since = 0;
  await pass(clock, 600_000, () => {
    since += 500;
    if (since % 90_000 === 0) client.ping();
  });
  expect(gate.status().sessions).toBe(1);
});

test("a client that never says hello is closed when the handshake's time is over", async () => {
  const { gate, clock } = openGate({ limits: { handshakeMs: 3_000 } });
  const client = connect(gate);
  await pass(clock, 2_500);
  expect(gate.status().connections).toBe(1);
  await pass(clock, 1_000);
  await client.closed;
  expect(gate.counters.get("client.closed.handshake")).toBe(1);
});

test("thousands of idle sessions share one timer", async () => {
  const { gate, clock } = openGate({ limits: { connectionsPerAddress: 2_000 } });
  for (let n = 0; n < 2_000; n++) connect(gate).open();
  await settle();
  expect(gate.status().sessions).toBe(2_000);
  expect(clock.timerCount).toBe(1);
  gate.destroy();
  await settle();
  expect(gate.status().connections).toBe(0);
});

test("a link that never says hello can do nothing, and is closed", async () => {
  const { gate, clock } = openGate({ limits: { handshakeMs: 3_000 } });
  const [here, there] = memoryPair();
  gate.acceptLink(there);
  let closed = "";
  const nobody = {
    onAsk() {},
    onNotice() {},
    onRelay() {},
    onPush() {},
    onMapForm() {},
    onClose: (reason: string) => {
      closed = reason;
    },
  };
  const deadlines = new Deadlines(clock);
  const link = new Link(here, { clock, deadlines, log: silentLogger, name: "stranger", handler: nobody });
  const hello = { name: "probe-1", role: "probe", bootId: "1", schema: "", version: linkVersion };
  const refused = link.call(commands.echo.id, LinkHello, hello, LinkWelcome);
  await expect(refused).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  const old = link.call(admin.hello, LinkHello, { ...hello, version: 99 }, LinkWelcome);
  await expect(old).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
  expect(gate.status().nodes).toEqual([]);
  await pass(clock, 3_500);
  expect(closed).not.toBe("");
});
