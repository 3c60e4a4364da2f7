import { afterEach, expect, test } from "vitest";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { newBuckets, RateLimit } from "../../../runtime/clock/rate-limit.ts";
import { TicketJudge } from "../../../runtime/gate/auth/ticket-judge.ts";
import { Gate } from "../../../runtime/gate/gate.ts";
import { type GateLimits, resolveGateLimits } from "../../../runtime/gate/gate-options.ts";
import { Turns } from "../../../runtime/transport/connection/turns.ts";
import { memoryPair } from "../../../runtime/transport/memory.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Hello } from "../../../runtime/wire/generated/photinus/control.ts";
import { RawClient } from "../../integration/gate/raw-client.ts";
import { commands, protocol } from "../../integration/gate/schema.ts";
import { gateCore } from "./gate-core.ts";

const stops: (() => unknown)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function settle(): Promise<void> {
  for (let n = 0; n < 12; n++) await new Promise((resolve) => setImmediate(resolve));
}

class Rig {
  readonly clock = new FakeClock();
  readonly gate: Gate;

  constructor(limits: GateLimits, heartbeatMs = 60_000) {
    this.gate = new Gate({ name: "gate-1", protocol, clock: this.clock, limits, heartbeatMs });
    stops.push(() => this.gate.destroy());
  }

  connect(host = "192.0.2.7"): RawClient {
    const [here, there] = memoryPair({ names: [`${host}:1`, "gate:1"], turns: new Turns(16) });
    this.gate.acceptClient(there);
    stops.push(() => here.destroy());
    return new RawClient(here);
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 50) {
      this.clock.advance(Math.min(50, left));
      await settle();
    }
  }
}

/** Sends notifies of a role without a node, which the gate drops; then a ping, whose pong shows that all were read. */
async function flood(client: RawClient, count: number, bytes = 0): Promise<void> {
  const body = new Uint8Array(bytes);
  for (let n = 0; n < count; n++) client.notify(commands.note.id, body);
  client.ping();
  await settle();
}

const off = {
  bytesPerSecond: false,
  framesPerSecond: false,
  addressBytesPerSecond: false,
  addressFramesPerSecond: false,
  guestRate: false,
} as const;

test.each<[string, GateLimits, number, number]>([
  ["frames", { framesPerSecond: 100 }, 400, 0],
  ["bytes", { bytesPerSecond: 10_000 }, 40, 1_000],
  ["frames of its address", { addressFramesPerSecond: 100 }, 400, 0],
  ["bytes of its address", { addressBytesPerSecond: 10_000 }, 40, 1_000],
])(
  "a client beyond its %s is not read until they have recovered, and stays connected",
  async (_, limits, count, bytes) => {
    const rig = new Rig({ ...off, ...limits });
    const client = await rig.connect().open();
    await flood(client, count, bytes);
    expect(client.pongs).toBe(0);
    expect(rig.gate.counters.get("client.paused.rate")).toBeGreaterThan(0);
    // One second's worth is the burst, three more seconds are the rest.
    await rig.pass(1_500);
    expect(client.pongs).toBe(0);
    await rig.pass(3_000);
    expect([client.pongs, rig.gate.status().sessions]).toEqual([1, 1]);
  },
);

test("the budget of one address leaves those of other addresses alone", async () => {
  const rig = new Rig({ ...off, addressFramesPerSecond: 50 });
  const client = await rig.connect("2001:db8::1").open();
  await flood(client, 200);
  const neighbour = await rig.connect("2001:db8::2").open();
  const other = await rig.connect("2001:db8:0:1::1").open();
  await flood(other, 20);
  await flood(neighbour, 20);
  // The first connection of the prefix read on until its budget was spent, and the neighbour has the same budget.
  expect([client.pongs, other.pongs]).toEqual([0, 1]);
  await rig.pass(200);
  expect(rig.gate.counters.get("client.paused.rate")).toBeGreaterThan(1);
});

test("a client that is paused for its budget is heard in time", async () => {
  const rig = new Rig({ ...off, framesPerSecond: 2 }, 2_000);
  const client = await rig.connect().open();
  for (let n = 0; n < 20; n++) {
    client.ping();
    await rig.pass(1_000);
  }
  expect(rig.gate.status().sessions).toBe(1);
  expect(rig.gate.counters.get("client.closed.dead")).toBe(0);
});

test("an address that opens connections beyond its rate is refused, also when it has closed the former ones", async () => {
  const rig = new Rig({ connectRate: { count: 10, perMs: 5_000 } });
  for (let n = 0; n < 30; n++) {
    rig.connect().transport.destroy();
    await settle();
  }
  expect(rig.gate.counters.get("client.refused.address-rate")).toBe(20);
  const other = rig.connect("192.0.2.8");
  other.control(control.hello, Hello, Hello.create({}));
  await settle();
  expect(other.welcome).toBeDefined();
  await rig.pass(500);
  rig.connect();
  expect(rig.gate.counters.get("client.refused.address-rate")).toBe(20);
});

test("by default an address may open all its connections in five seconds", () => {
  const rateOf = (limits: GateLimits) => resolveGateLimits(limits).connectRate;
  expect(rateOf({})).toEqual({ count: 1_000, perMs: 5_000 });
  expect(rateOf({ connectionsPerAddress: 2 })).toEqual({ count: 100, perMs: 5_000 });
  expect(rateOf({ connectRate: false })).toBe(false);
});

test("the clients of one address have a part of the tickets that are judged at a time", () => {
  const core = gateCore(new FakeClock());
  const never = { judge: () => new Promise<never>(() => {}) };
  const judge = new TicketJudge(core, never, 8, async () => {});
  const refused: string[] = [];
  const begin = (remote: string) =>
    judge.begin(
      new Uint8Array(1),
      { client: "", remote },
      { accepted() {}, refused: ({ code }) => refused.push(code) },
    );
  for (let n = 0; n < 5; n++) begin(`[2001:db8::${n}]:1`);
  expect([judge.count, refused.length]).toEqual([2, 3]);
  for (let n = 0; n < 3; n++) begin(`192.0.2.${n}:1`);
  expect([judge.count, refused]).toEqual([5, ["UNAVAILABLE", "UNAVAILABLE", "UNAVAILABLE"]]);
});

test("work that is done already is repaid, and no debt is longer than a period", () => {
  const rate = new RateLimit({ count: 10, perMs: 1_000 });
  const buckets = newBuckets(1);
  expect(rate.spend(buckets, 0, 0, 10)).toBe(0);
  expect(rate.spend(buckets, 0, 0, 2)).toBe(200);
  expect(rate.spend(buckets, 0, 0, 1_000_000)).toBe(1_000);
  expect(rate.spend(buckets, 0, 1_000, 0)).toBe(0);
  expect(rate.spend(buckets, 0, 1_000, 1)).toBe(100);
});
