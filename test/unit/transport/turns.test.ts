import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Share } from "../../../runtime/transport/connection/turn-share.ts";
import { Turns } from "../../../runtime/transport/connection/turns.ts";
import { openPort } from "../../../runtime/transport/port.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { TransportBuffers } from "../../../runtime/transport/transport-buffers.ts";
import { upgrade } from "./rig.ts";

/** Turns that are taken by hand. */
function byHand(frameCount: number): { turns: Turns; next: () => void } {
  const planned: (() => void)[] = [];
  const turns = new Turns(frameCount, (run) => planned.push(run));
  return { turns, next: () => planned.shift()?.() };
}

test("connections that wait go on round robin, a few in each turn", () => {
  const { turns, next } = byHand(10);
  const order: number[] = [];
  const waiters = Array.from({ length: 6 }, (_, n) => ({
    onTurn(): void {
      order.push(n);
      turns.wait(waiters[n]!);
    },
  }));
  for (const waiter of waiters) turns.wait(waiter);
  next();
  expect(order).toEqual([0, 1, 2, 3]);
  next();
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 0, 1]);
  expect(turns.waitingCount).toBe(6);
});

test("a turn is planned only while somebody waits", () => {
  let planned = 0;
  const turns = new Turns(10, () => {
    planned++;
  });
  expect(planned).toBe(0);
  turns.wait({ onTurn() {} });
  turns.wait({ onTurn() {} });
  expect(planned).toBe(1);
});

test("a connection whose turn throws takes no turn from those behind it", () => {
  const { turns, next } = byHand(10);
  const order: number[] = [];
  const broken = (): void => {
    throw new Error("broken");
  };
  turns.wait({ onTurn: broken });
  for (let n = 0; n < 2; n++) turns.wait({ onTurn: () => void order.push(n) });
  expect(next).toThrow("broken");
  next();
  expect(order).toEqual([0, 1]);
});

test("what is put back waits for a new share, and is copied once however often that happens", () => {
  const { turns, next } = byHand(3);
  const seen: Uint8Array[] = [];
  const buffers = new TransportBuffers();
  const share: Share = new Share(
    turns,
    {
      onTurn() {
        expect(share.left).toBe(3);
        const back = share.takeBack()!;
        seen.push(back);
        if (back.length > 1) share.putBack(back.subarray(1));
      },
    },
    buffers,
  );
  const lent = Uint8Array.of(1, 2, 3);
  share.putBack(lent);
  lent.fill(9);
  for (let turn = 0; turn < 3; turn++) {
    expect(share.waiting).toBe(true);
    expect(buffers.keptBytes).toBe(0);
    next();
  }
  expect(buffers.keptBytes).toBe(seen[0]!.buffer.byteLength);
  expect(seen.map((bytes) => [...bytes])).toEqual([[1, 2, 3], [2, 3], [3]]);
  expect(new Set(seen.map(({ buffer }) => buffer)).size).toBe(1);
  expect(share.waiting).toBe(false);
  expect(share.pendingBytes).toBe(0);
});

test("bytes that wait keep their memory, and those that were dropped give it back at the end of the turn", () => {
  const { turns, next } = byHand(3);
  const buffers = new TransportBuffers();
  const share: Share = new Share(
    turns,
    {
      onTurn() {
        const back = share.takeBack()!;
        share.drop();
        // The handler still reads these.
        expect(buffers.take(3).buffer).not.toBe(back.buffer);
        expect([...back]).toEqual([1, 2, 3]);
      },
    },
    buffers,
  );
  share.putBack(Uint8Array.of(1, 2, 3));
  share.keep(Uint8Array.of(4));
  share.keep(Uint8Array.of(5));
  expect(share.pendingBytes).toBe(5);
  expect(buffers.keptBytes).toBe(0);
  next();
  expect(buffers.keptBytes).toBeGreaterThan(0);
  expect(share.pendingBytes).toBe(0);
});

test("bytes that are longer than any buffer wait in memory of their own, and hold no buffer", () => {
  const { turns, next } = byHand(3);
  const buffers = new TransportBuffers();
  const long = new Uint8Array(2 ** 20).fill(7);
  const seen: Uint8Array[] = [];
  const share: Share = new Share(turns, { onTurn: () => void seen.push(share.takeBack()!) }, buffers);
  const kept = buffers.take(2 ** 18);
  buffers.give(kept);
  share.putBack(long);
  expect(buffers.keptBytes).toBe(kept.length);
  long.fill(9);
  next();
  expect(seen.map((bytes) => bytes.length)).toEqual([long.length]);
  expect(seen[0]!.every((byte) => byte === 7)).toBe(true);
});

const share = 16;
const units = 20_000;

/** Sends many tiny units over one connection; how many of them were handled in the busiest turn of the event loop. */
async function busiestTurn(opening: string, unit: Uint8Array): Promise<number> {
  let turn = 0;
  let over = false;
  const tick = (): void => {
    turn++;
    if (!over) setImmediate(tick);
  };
  setImmediate(tick);
  const perTurn = new Map<number, number>();
  let handled = 0;
  let done = (): void => {};
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const onTransport = (transport: Transport): void => {
    transport.start({
      onData(chunk) {
        // Each byte is a frame, as a decoder would count it.
        const budget = transport.turn!;
        const taken = Math.min(chunk.length, Math.max(budget.left, 0));
        budget.left -= taken;
        handled += taken;
        perTurn.set(turn, (perTurn.get(turn) ?? 0) + taken);
        if (taken < chunk.length) budget.putBack(chunk.subarray(taken));
        if (handled >= units) done();
      },
      onDrain() {},
      onClose() {},
    });
  };
  const port = await openPort({ onTransport, turnFrameCount: share });
  onTestFinished(() => port.close({ graceMs: 10 }));
  const socket = connect(port.port, port.host);
  onTestFinished(() => void socket.destroy());
  socket.write(opening);
  if (opening !== "") await new Promise((resolve) => socket.once("data", resolve));
  socket.write(Buffer.concat(Array.from({ length: units }, () => unit)));
  await all;
  over = true;
  expect(handled).toBe(units);
  return Math.max(...perTurn.values());
}

// Once for what was read in the turn, and once for what had waited for it.
test("one connection gets a bounded share of a turn, however much it sends, over TCP", async () => {
  expect(await busiestTurn("", Uint8Array.of(0))).toBeLessThanOrEqual(2 * share);
});

test("one connection gets a bounded share of a turn, however many messages it sends, over WebSocket", async () => {
  const message = Uint8Array.of(0x82, 0x81, 0, 0, 0, 0, 7);
  expect(await busiestTurn(upgrade, message)).toBeLessThanOrEqual(2 * share);
});
