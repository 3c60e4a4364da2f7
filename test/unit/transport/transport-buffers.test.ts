import { expect, test } from "vitest";
import { TransportBuffers } from "../../../runtime/transport/transport-buffers.ts";

test("a buffer is as large as asked for, a small one when nothing is known, and never huge", () => {
  const buffers = new TransportBuffers();
  expect([0, 1, 512, 513, 60_000, 10_000_000].map((size) => buffers.take(size).length)).toEqual([
    512, 512, 512, 1_024, 65_536, 262_144,
  ]);
});

test("a buffer that was given back is taken again", () => {
  const buffers = new TransportBuffers();
  const bytes = buffers.take(1_000);
  buffers.give(bytes);
  expect(buffers.keptBytes).toBe(1_024);
  expect(buffers.take(900)).toBe(bytes);
  expect(buffers.keptBytes).toBe(0);
  expect(buffers.take(900)).not.toBe(bytes);
});

test("what a burst needed beyond the limit is let go, and so are giants and scraps", () => {
  const buffers = new TransportBuffers({ keptBytes: 4_096 });
  for (let i = 0; i < 100; i++) buffers.give(new Uint8Array(1_024));
  expect(buffers.keptBytes).toBe(4_096);
  const others = new TransportBuffers();
  others.give(new Uint8Array(0));
  others.give(new Uint8Array(100));
  others.give(new Uint8Array(2 ** 20));
  expect(others.keptBytes).toBe(0);
});

test("the read buffer is one for all", () => {
  const buffers = new TransportBuffers({ readBytes: 100 });
  expect(buffers.readBuffer).toHaveLength(100);
  expect(buffers.readBuffer).toBe(buffers.readBuffer);
});
