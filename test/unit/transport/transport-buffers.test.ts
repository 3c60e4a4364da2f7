import { expect, test } from "vitest";
import { Outbox } from "../../../runtime/transport/connection/outbox.ts";
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

function rig() {
  const buffers = new TransportBuffers();
  const sent: { bytes: Uint8Array; text: string }[] = [];
  let drained = 0;
  const outbox = new Outbox(
    {
      send: (bytes, size) => sent.push({ bytes, text: Buffer.from(bytes.subarray(0, size)).toString() }),
      onDrained: () => {
        drained++;
      },
    },
    buffers,
  );
  const write = (text: string): void => outbox.writer.append(Buffer.from(text));
  return { buffers, outbox, sent, write, drained: () => drained };
}

test("while a write is on its way the next bytes collect in another buffer, and leave when it has finished", () => {
  const { outbox, sent, write } = rig();
  write("one");
  outbox.flushNow();
  write("two");
  outbox.flushNow();
  write("three");
  expect(sent.map(({ text }) => text)).toEqual(["one"]);
  expect(outbox.bufferedBytes).toBe(11);
  outbox.sent();
  expect(sent.map(({ text }) => text)).toEqual(["one", "twothree"]);
  expect(sent[1]!.bytes).not.toBe(sent[0]!.bytes);
  expect(outbox.bufferedBytes).toBe(8);
});

test("what nobody asked to flush stays until somebody does", () => {
  const { outbox, sent, write } = rig();
  write("one");
  outbox.flushNow();
  write("two");
  outbox.sent();
  expect(sent).toHaveLength(1);
  expect(outbox.bufferedBytes).toBe(3);
});

test("many flushes of one tick are one write", async () => {
  const { outbox, sent, write } = rig();
  for (const text of ["a", "b", "c"]) {
    write(text);
    outbox.flushSoon();
  }
  expect(sent).toHaveLength(0);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent.map(({ text }) => text)).toEqual(["abc"]);
});

test("the last flush does not wait, and neither of its two buffers is used again too early", () => {
  const { buffers, outbox, sent, write } = rig();
  write("one");
  outbox.flushNow();
  write("two");
  outbox.flushLast();
  expect(sent.map(({ text }) => text)).toEqual(["one", "two"]);
  expect(outbox.bufferedBytes).toBe(6);
  outbox.sent();
  expect(buffers.keptBytes).toBe(0);
  outbox.sent();
  expect(outbox.bufferedBytes).toBe(0);
});

test("the watcher of an output sees all bytes before they leave, also those that are dropped", () => {
  const { outbox, sent, write } = rig();
  const seen: string[] = [];
  outbox.watcher = {
    beforeFlush: () => {
      const { bytes, position } = outbox.writer;
      if (position > 0) seen.push(`${sent.length}: ${Buffer.from(bytes.subarray(0, position)).toString()}`);
    },
  };
  write("one");
  outbox.flushNow();
  write("two");
  outbox.flushNow();
  write("three");
  expect(seen).toEqual(["0: one"]);
  outbox.sent();
  write("four");
  outbox.flushLast();
  write("late");
  outbox.flushNow();
  write("later");
  outbox.close();
  expect(seen).toEqual(["0: one", "1: twothree", "2: four", "3: late", "3: later"]);
  expect(sent.map(({ text }) => text)).toEqual(["one", "twothree", "four"]);
});

test("an idle outbox holds no buffer", () => {
  const { buffers, outbox, write } = rig();
  write("one");
  outbox.flushNow();
  outbox.sent();
  expect(buffers.keptBytes).toBe(512);
});

test("drained is told after each write that leaves nothing", () => {
  const { outbox, write, drained } = rig();
  write("one");
  outbox.flushNow();
  write("more");
  outbox.flushNow();
  outbox.sent();
  expect(drained()).toBe(0);
  outbox.sent();
  expect(drained()).toBe(1);
  write("unflushed");
  expect(drained()).toBe(1);
  outbox.flushNow();
  outbox.sent();
  expect(drained()).toBe(2);
});

test("a closed outbox drops what is queued and what still comes, and a late end of a write is harmless", () => {
  const { outbox, sent, write } = rig();
  write("one");
  outbox.flushNow();
  write("two");
  outbox.close();
  expect(outbox.bufferedBytes).toBe(0);
  write("three");
  outbox.flushNow();
  outbox.sent();
  expect(outbox.bufferedBytes).toBe(0);
  expect(sent).toHaveLength(1);
});
