import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Deadlines } from "../../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../../runtime/clock/fake-clock.ts";
import { RateLimit } from "../../../../runtime/clock/rate-limit.ts";
import { HandshakeSlots } from "../../../../runtime/transport/tls/handshake-slots.ts";

function slotsOf(count: number, perSecond = 1_000) {
  const clock = new FakeClock();
  const rate = new RateLimit({ count: perSecond, perMs: 1_000 });
  const slots = new HandshakeSlots({ count, rate }, new Deadlines(clock));
  const begun: number[] = [];
  const cut: number[] = [];
  const enter = (number: number) => {
    const handshake = { begin: () => void begun.push(number), cut: () => void cut.push(number) };
    slots.enter(handshake);
    return handshake;
  };
  return { clock, slots, begun, cut, enter };
}

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await turn();
}

test("two handshakes begin in a turn, and the others in later ones, in order", async () => {
  const { begun, enter, slots } = slotsOf(100);
  for (let n = 0; n < 10; n++) enter(n);
  expect(begun).toEqual([0, 1]);
  await turns(1);
  expect(begun).toEqual([0, 1, 2, 3]);
  await turns(3);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([slots.runningCount, slots.waitingCount]).toEqual([10, 0]);
});

test("handshakes beyond the rate wait for it, and those that end meanwhile never begin", async () => {
  const { clock, begun, enter, slots } = slotsOf(100, 10);
  const all = Array.from({ length: 15 }, (_, n) => enter(n));
  await turns(10);
  expect(begun.length).toBe(10);
  slots.leave(all[10]!);
  clock.advance(100);
  await turns(2);
  expect(begun.slice(10)).toEqual([11]);
  clock.advance(300);
  await turns(2);
  expect(begun.slice(10)).toEqual([11, 12, 13, 14]);
});

test("without a free slot the next one waits for an end; after a second the oldest are cut, but only as many as wait", async () => {
  const { clock, begun, cut, enter, slots } = slotsOf(2);
  const first = enter(1);
  clock.advance(500);
  for (const n of [2, 3]) enter(n);
  await turns(2);
  expect(begun).toEqual([1, 2]);
  slots.leave(first);
  expect(begun).toEqual([1, 2, 3]);
  slots.leave(first);
  clock.advance(5_000);
  expect(cut).toEqual([]);
  await turns(1);
  enter(4);
  clock.advance(100);
  await turns(1);
  expect(cut).toEqual([2]);
  expect(begun).toEqual([1, 2, 3, 4]);
});
