import { expect, test } from "vitest";
import { newBuckets, RateLimit } from "../../../runtime/clock/rate-limit.ts";
import { Gate } from "../../../runtime/gate/gate.ts";
import { type GateLimits, resolveGateLimits } from "../../../runtime/gate/gate-options.ts";
import { LatestPushes } from "../../../runtime/gate/push/latest-pushes.ts";
import { choose, hashName } from "../../../runtime/gate/route/rendezvous.ts";
import fc from "../../setup/random.ts";

test("a rate lets a burst through, then one each interval, and says how long to wait", () => {
  const rate = new RateLimit({ count: 4, perMs: 1_000 });
  const buckets = newBuckets(1);
  const taken = (now: number) => rate.take(buckets, 0, now);
  expect([taken(0), taken(0), taken(0), taken(0)]).toEqual([0, 0, 0, 0]);
  expect(taken(0)).toBe(250);
  expect(taken(100)).toBe(150);
  expect(taken(250)).toBe(0);
  expect(taken(250)).toBe(250);
  expect([taken(10_000), taken(10_000), taken(10_000), taken(10_000)]).toEqual([0, 0, 0, 0]);
  expect(taken(10_000)).toBe(250);
});

test("in any window of time no more than a burst and its refill gets through", () => {
  const steps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 50 }), (pauses, count) => {
      const rate = new RateLimit({ count, perMs: 1_000 });
      const buckets = newBuckets(1);
      let now = 0;
      let passed = 0;
      for (const pause of pauses) {
        now += pause;
        if (rate.take(buckets, 0, now) === 0) passed++;
      }
      expect(passed).toBeLessThanOrEqual(count + (now * count) / 1_000 + 1e-6);
    }),
  );
});

const members = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ name: `node-${at}`, seed: hashName(`node-${at}`) }));

test("keys are spread evenly, and one member's going moves only its own", () => {
  const five = members(5);
  const four = five.slice(0, 4);
  const counts = new Map<string, number>();
  for (let key = 0; key < 10_000; key++) {
    const before = choose(five, key)!;
    counts.set(before.name, (counts.get(before.name) ?? 0) + 1);
    if (before !== five[4]) expect(choose(four, key)).toBe(before);
  }
  expect(counts.size).toBe(5);
  for (const count of counts.values()) expect(Math.abs(count - 2_000)).toBeLessThan(300);
});

test("the choice does not depend on the order of the members", () => {
  const some = members(6);
  fc.assert(
    fc.property(fc.shuffledSubarray(some, { minLength: 6 }), fc.nat(), (order, key) => {
      expect(choose(order, key)).toBe(choose(some, key));
    }),
  );
  expect(choose([], 1)).toBeUndefined();
});

test("of each subject only the newest push is kept", () => {
  const latest = new LatestPushes();
  const put = (id: number, subject: bigint | undefined, ...bytes: number[]) =>
    latest.put(id, subject, new Uint8Array([9, ...bytes, 9]), 1, bytes.length + 1);
  put(1, 5n, 1);
  put(1, 6n, 2);
  put(2, 5n, 3, 3);
  put(1, 5n, 4, 4, 4);
  put(3, undefined, 5);
  expect([...latest].map(({ id, body }) => [id, ...body])).toEqual([
    [1, 4, 4, 4],
    [1, 2],
    [2, 3, 3],
    [3, 5],
  ]);
  expect([latest.count, latest.bytes]).toEqual([4, 7]);
  expect([latest.has(1, 6n), latest.has(2, 6n), latest.has(3, undefined)]).toEqual([true, false, true]);
});

test("a push that is kept does not keep the chunk that it came in", () => {
  const latest = new LatestPushes();
  latest.put(1, undefined, Buffer.alloc(65_536), 10, 12);
  expect([...latest][0]!.body.buffer.byteLength).toBe(2);
});

test("a bad limit is refused by name", () => {
  expect(() => resolveGateLimits({ inFlightCount: 0 })).toThrow(/inFlightCount/);
  expect(() => resolveGateLimits({ handshakeMs: Number.NaN })).toThrow(/handshakeMs/);
  expect(() => resolveGateLimits({ softBufferBytes: 10, hardBufferBytes: 5 })).toThrow(/softBufferBytes/);
  const protocol = { fingerprint: "", commands: [], pushes: [], methods: [] };
  expect(() => new Gate({ name: "gate-1", protocol, link: { heartbeatMs: -1 } })).toThrow(/heartbeatMs/);
  expect(resolveGateLimits({ guestRate: false }).guestRate).toBe(false);
  expect(() => resolveGateLimits({ maxServerFrameBytes: 3_000_000 })).toThrow(/maxServerFrameBytes.*2031600/);
  expect(() => resolveGateLimits({ maxServerFrameBytes: 100 })).toThrow(/maxServerFrameBytes/);
});

test("what a resume repeats does not make its client too slow", () => {
  const window = (limits: GateLimits) => resolveGateLimits(limits).resumeSessionBytes;
  expect(window({})).toBe(262_144);
  expect(window({ hardBufferBytes: 131_072 })).toBe(65_536);
  expect(window({ resumeSessionBytes: 1_048_576 })).toBe(1_048_576);
  expect(() => window({ resumeSessionBytes: 1_048_577 })).toThrow(
    /resumeSessionBytes.*half of hardBufferBytes/,
  );
});

test("what may wait for a client always has room for the largest frame", () => {
  const most = (limits: GateLimits) => resolveGateLimits(limits).maxServerFrameBytes;
  expect(most({})).toBe(1_048_576);
  expect(most({ softBufferBytes: 4_096, hardBufferBytes: 262_144 })).toBe(262_144 - 4_096 - 16);
  expect(most({ hardBufferBytes: 16_000_000, maxServerFrameBytes: 8_000_000 })).toBe(8_000_000);
  expect(most({ softBufferBytes: 65_536, hardBufferBytes: 65_536 + 4_112 })).toBe(4_096);
  expect(() => most({ softBufferBytes: 65_536, hardBufferBytes: 65_536 })).toThrow(/hardBufferBytes.*4112/);
});
