import { expect, onTestFinished, test } from "vitest";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { deferred, pattern, Recorder } from "./recorder.ts";

/** A connection of the kind under test: `near` is the implementation, `far` what it talks to. */
export interface Pair {
  near: Transport;
  far: Transport;
}

/** What a kind of transport cannot do, each with the reason; everything else is demanded of all. */
export interface Exceptions {
  /** The reason why `pause` on the far end does not make the near end wait. */
  readonly noBackpressure?: string;
  /** The reason why `onDrain` is never called on the near end. */
  readonly noDrain?: string;
  /** The reason why the near end has no share of a turn. */
  readonly noTurn?: string;
}

/** What every transport must do, whatever it is made of. */
export function transportConformance(open: () => Promise<Pair>, exceptions: Exceptions = {}): void {
  async function pair(): Promise<{ near: Transport; far: Transport; nearEnd: Recorder; farEnd: Recorder }> {
    const { near, far } = await open();
    onTestFinished(() => {
      near.destroy("the test is over");
      far.destroy("the test is over");
    });
    const nearEnd = new Recorder();
    const farEnd = new Recorder();
    near.start(nearEnd);
    far.start(farEnd);
    return { near, far, nearEnd, farEnd };
  }

  function send(transport: Transport, bytes: Uint8Array): void {
    transport.output.append(bytes);
    transport.flushSoon();
  }

  test("it says what it is and where its ends are", async () => {
    const { near, far } = await pair();
    expect(near.closed).toBe(false);
    expect(near.remote).not.toBe("");
    expect(far.remote).not.toBe("");
  });

  test("bytes arrive in order, both ways", async () => {
    const { near, far, nearEnd, farEnd } = await pair();
    for (let i = 0; i < 200; i++) {
      send(near, Uint8Array.of(i));
      send(far, Uint8Array.of(255 - i));
      if (i % 7 === 0) await deferred();
    }
    await Promise.all([farEnd.until(200), nearEnd.until(200)]);
    expect([...farEnd.bytes]).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect([...nearEnd.bytes]).toEqual(Array.from({ length: 200 }, (_, i) => 255 - i));
  });

  test("what is written in one tick arrives glued, and what is large arrives whole, however it is cut", async () => {
    const { near, farEnd, far, nearEnd } = await pair();
    const large = pattern(900_000);
    send(near, large.subarray(0, 3));
    send(near, large.subarray(3));
    send(far, large);
    await Promise.all([farEnd.until(large.length), nearEnd.until(large.length)]);
    expect(Buffer.compare(farEnd.bytes, large)).toBe(0);
    expect(Buffer.compare(nearEnd.bytes, large)).toBe(0);
  });

  test("a buffer is not reused while its write is on its way", async () => {
    const { near, farEnd } = await pair();
    const expected: Buffer[] = [];
    for (let round = 0; round < 40; round++) {
      const bytes = Buffer.alloc(30_000, round);
      expected.push(bytes);
      near.output.append(bytes);
      near.flushNow();
      if (round % 3 === 0) await deferred();
    }
    await farEnd.until(40 * 30_000);
    expect(Buffer.compare(farEnd.bytes, Buffer.concat(expected))).toBe(0);
  });

  test("bufferedBytes counts exactly what is in the output, and is 0 when all of it is taken", async () => {
    const { near, farEnd } = await pair();
    expect(near.bufferedBytes).toBe(0);
    near.output.append(pattern(100));
    expect(near.bufferedBytes).toBe(100);
    near.flushNow();
    await farEnd.until(100);
    await expect.poll(() => near.bufferedBytes).toBe(0);
  });

  if (exceptions.noBackpressure === undefined)
    test("a peer that pauses makes bufferedBytes rise; resumed, it gets everything in order", async () => {
      const { near, far, nearEnd, farEnd } = await pair();
      far.pause();
      const part = pattern(256 * 1024);
      const parts = 64;
      for (let i = 0; i < parts; i++) {
        near.output.append(part);
        near.flushSoon();
        await deferred();
      }
      await deferred(5);
      expect(near.bufferedBytes).toBeGreaterThan(1024 * 1024);
      expect(farEnd.size).toBeLessThan(part.length * parts);
      // What was written before the system took no more has drained; the rest waits.
      const drained = nearEnd.drains;
      far.resume();
      await farEnd.until(part.length * parts);
      if (exceptions.noDrain === undefined) await expect.poll(() => nearEnd.drains).toBeGreaterThan(drained);
      await expect.poll(() => near.bufferedBytes).toBe(0);
      expect(Buffer.compare(farEnd.bytes.subarray(-part.length), part)).toBe(0);
      expect(Buffer.compare(farEnd.bytes.subarray(0, part.length), part)).toBe(0);
    });

  test("a paused end delivers nothing more after what was under way, until it is resumed", async () => {
    const { near, far, nearEnd } = await pair();
    near.pause();
    send(far, pattern(10));
    await deferred(20);
    expect(nearEnd.size).toBe(0);
    near.resume();
    await nearEnd.until(10);
    expect(Buffer.compare(nearEnd.bytes, pattern(10))).toBe(0);
  });

  if (exceptions.noTurn === undefined)
    test("what a handler puts back comes again, in order and in a later turn, and before the end", async () => {
      const { near, far } = await open();
      onTestFinished(() => {
        near.destroy();
        far.destroy();
      });
      const nearEnd = new Recorder();
      let inside = false;
      near.start({
        onData(chunk) {
          expect(inside).toBe(false);
          inside = true;
          expect(near.turn!.left).toBeGreaterThan(0);
          nearEnd.onData(chunk.subarray(0, 997));
          if (chunk.length > 997) near.turn!.putBack(chunk.subarray(997));
          inside = false;
        },
        onDrain: () => {},
        onClose: (reason) => nearEnd.onClose(reason),
      });
      far.start(new Recorder());
      const sent = pattern(100_000);
      send(far, sent.subarray(0, 60_000));
      await deferred(2);
      send(far, sent.subarray(60_000));
      void far.close();
      await nearEnd.closed;
      expect(Buffer.compare(nearEnd.bytes, sent)).toBe(0);
    });

  if (exceptions.noTurn === undefined)
    test("destroyed while what was put back is delivered, it delivers nothing that was read after it", async () => {
      const { near, far } = await open();
      far.start(new Recorder());
      const nearEnd = new Recorder();
      near.start({
        onData: (chunk) => {
          nearEnd.onData(chunk);
          if (nearEnd.chunks === 1) near.turn?.putBack(chunk.subarray(1));
          else near.destroy();
        },
        onDrain() {},
        onClose: (reason) => nearEnd.onClose(reason),
      });
      send(far, pattern(20_000));
      await nearEnd.closed;
      expect(nearEnd.chunks).toBe(2);
    });

  test("nothing is delivered before start, and nothing of it is lost", async () => {
    const { near, far } = await open();
    onTestFinished(() => {
      near.destroy();
      far.destroy();
    });
    far.start(new Recorder());
    send(far, pattern(50));
    await deferred(10);
    const late = new Recorder();
    near.start(late);
    expect(late.size).toBe(0);
    await late.until(50);
    expect(Buffer.compare(late.bytes, pattern(50))).toBe(0);
  });

  test("a chunk is not kept: a handler that copies sees what was sent, whatever comes next", async () => {
    const { near, far, nearEnd } = await pair();
    for (let i = 0; i < 50; i++) {
      send(far, Buffer.alloc(1_000, i));
      await deferred();
    }
    await nearEnd.until(50_000);
    for (let i = 0; i < 50; i++) expect(nearEnd.bytes[i * 1_000 + 999]).toBe(i);
    expect(near.closed).toBe(false);
  });

  test("close sends what is queued, then both ends hear of the end exactly once", async () => {
    const { near, nearEnd, farEnd } = await pair();
    near.output.append(pattern(300_000));
    const closing = near.close();
    expect(near.closed).toBe(true);
    await closing;
    await farEnd.closed;
    expect(Buffer.compare(farEnd.bytes, pattern(300_000))).toBe(0);
    await near.close();
    await deferred(10);
    expect(nearEnd.closes).toEqual([expect.any(String)]);
    expect(farEnd.closes).toEqual([expect.any(String)]);
  });

  test("what is written after close is thrown away, and cuts nothing of what was queued before", async () => {
    const { near, far, farEnd } = await pair();
    far.pause();
    near.output.append(pattern(12_000_000));
    const closing = near.close({ graceMs: 20_000 });
    await deferred(3);
    near.output.append(pattern(10));
    near.flushSoon();
    await deferred(3);
    far.resume();
    await closing;
    await farEnd.closed;
    expect(farEnd.size).toBe(12_000_000);
  });

  test("after close nothing is delivered any more", async () => {
    const { near, far, nearEnd } = await pair();
    const closing = near.close();
    far.output.append(pattern(10));
    far.flushNow();
    await closing;
    expect(nearEnd.size).toBe(0);
  });

  test("closed from inside onData it ends with its peer, without waiting for the grace, however much is unread", async () => {
    const { near, far } = await open();
    const farEnd = new Recorder();
    far.start(farEnd);
    const nearEnd = new Recorder();
    let closed: Promise<void> | undefined;
    near.start({
      onData: (chunk) => {
        nearEnd.onData(chunk);
        if (nearEnd.size > 1) closed ??= near.close({ graceMs: 600_000 });
      },
      onDrain() {},
      onClose: (reason) => nearEnd.onClose(reason),
    });
    send(far, Uint8Array.of(0));
    await nearEnd.until(1);
    send(far, pattern(600_000));
    await Promise.all([nearEnd.closed, farEnd.closed]);
    await closed;
  });

  test("close gives a peer that does not read no longer than the grace", async () => {
    const { near, far, nearEnd } = await pair();
    far.pause();
    near.output.append(pattern(12_000_000));
    near.flushNow();
    await near.close({ graceMs: 50 });
    expect(nearEnd.closes).toHaveLength(1);
    expect(near.bufferedBytes).toBe(0);
  });

  test("destroy throws away what is queued and tells the reason, once, in a later tick", async () => {
    const { near, nearEnd, farEnd } = await pair();
    near.output.append(pattern(10));
    near.destroy("enough");
    expect(nearEnd.closes).toEqual([]);
    expect(near.closed).toBe(true);
    near.destroy("again");
    await Promise.all([nearEnd.closed, farEnd.closed]);
    await near.close();
    await deferred(10);
    expect(nearEnd.closes).toEqual(["enough"]);
    expect(farEnd.closes).toHaveLength(1);
    expect(farEnd.size).toBe(0);
  });

  test("destroying from inside onData is safe, and nothing is delivered afterwards", async () => {
    const { near, far } = await open();
    const nearEnd = new Recorder();
    nearEnd.onFirst = () => near.destroy("bad bytes");
    near.start(nearEnd);
    far.start(new Recorder());
    far.output.append(pattern(200_000));
    far.flushNow();
    await nearEnd.closed;
    await deferred(10);
    expect(nearEnd.chunks).toBe(1);
    expect(nearEnd.closes).toEqual(["bad bytes"]);
  });

  test("writing after the end is harmless and holds no memory", async () => {
    const { near, nearEnd } = await pair();
    near.destroy();
    await nearEnd.closed;
    for (let i = 0; i < 3; i++) {
      near.output.append(pattern(1_000));
      near.flushSoon();
      near.flushNow();
      await deferred();
    }
    expect(near.bufferedBytes).toBe(0);
    near.pause();
    near.resume();
    await near.close();
    expect(nearEnd.closes).toHaveLength(1);
  });

  test("an end that is started after the peer has gone hears of it", async () => {
    const { near, far } = await open();
    far.start(new Recorder());
    far.destroy();
    await deferred(10);
    const late = new Recorder();
    near.start(late);
    await late.closed;
    expect(late.closes).toHaveLength(1);
  });

  test("when both ends close at once, both promises resolve", async () => {
    const { near, far, nearEnd, farEnd } = await pair();
    near.output.append(pattern(10));
    far.output.append(pattern(10));
    await Promise.all([near.close(), far.close()]);
    expect(nearEnd.closes).toHaveLength(1);
    expect(farEnd.closes).toHaveLength(1);
  });
}
