import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { FlushQueue } from "../../../runtime/transport/output/flush-queue.ts";
import { Outbox } from "../../../runtime/transport/output/outbox.ts";
import { TransportBuffers } from "../../../runtime/transport/transport-buffers.ts";

/** An outbox whose sink takes writes at once, or when `outbox.sent` is called. */
function rig(isTaken = false, onDrained = () => {}) {
  const buffers = new TransportBuffers();
  const sent: { bytes: Uint8Array; text: string }[] = [];
  let drained = 0;
  const outbox = new Outbox(
    {
      send: (bytes, size) => {
        sent.push({ bytes, text: Buffer.from(bytes.subarray(0, size)).toString() });
        return isTaken;
      },
      onDrained: () => {
        drained++;
        onDrained();
      },
    },
    buffers,
    new FlushQueue(),
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
  await turn();
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

test("a write that the system takes at once leaves its buffer for the next one", () => {
  const { buffers, outbox, sent, write } = rig(true);
  write("one");
  outbox.flushNow();
  expect(outbox.bufferedBytes).toBe(0);
  expect(buffers.keptBytes).toBe(512);
  write("two");
  outbox.flushNow();
  expect(sent.map(({ text }) => text)).toEqual(["one", "two"]);
  expect(sent[1]!.bytes).toBe(sent[0]!.bytes);
  expect(outbox.sentCount).toBe(2);
});

test("drained is never told within the call that flushes", async () => {
  const { outbox, write, drained } = rig(true);
  write("one");
  outbox.flushNow();
  expect(drained()).toBe(0);
  await turn();
  expect(drained()).toBe(1);
  write("two");
  outbox.flushSoon();
  await turn();
  expect(drained()).toBe(2);
});

test("bytes that are written when drained is told leave in the next turn", async () => {
  const more = ["two", "three"];
  const { outbox, sent, write } = rig(true, () => {
    const text = more.shift();
    if (text === undefined) return;
    write(text);
    outbox.flushSoon();
  });
  write("one");
  outbox.flushSoon();
  await turn();
  expect(sent.map(({ text }) => text)).toEqual(["one"]);
  await turn();
  await turn();
  expect(sent.map(({ text }) => text)).toEqual(["one", "two", "three"]);
});

test("an output that throws does not keep the others of the turn from being flushed", () => {
  const planned: (() => void)[] = [];
  const queue = new FlushQueue((run) => planned.push(run));
  const flushed: string[] = [];
  const output = (name: string) => ({ flush: () => void flushed.push(name) });
  queue.add(output("first"));
  queue.add({
    flush: () => {
      throw new Error("of a handler");
    },
  });
  queue.add(output("last"));
  expect(() => planned.shift()!()).toThrow("of a handler");
  expect(flushed).toEqual(["first"]);
  planned.shift()!();
  expect(flushed).toEqual(["first", "last"]);
  queue.add(output("later"));
  planned.shift()!();
  expect(flushed).toEqual(["first", "last", "later"]);
  expect(planned).toEqual([]);
});
