import { describe, expect, test } from "vitest";
import { CipherTransport } from "../../../runtime/transport/cipher/cipher-transport.ts";
import { nodePrimitives } from "../../../runtime/transport/cipher/node-primitives.ts";
import type { Transport, TransportHandler } from "../../../runtime/transport/transport.ts";
import type { RecordCipher } from "../../../runtime/wire/cipher/cipher.ts";
import { NoiseRecords } from "../../../runtime/wire/cipher/nk-cipher.ts";
import { CipherState } from "../../../runtime/wire/cipher/symmetric-state.ts";
import { Recorder } from "../../conformance/transport/recorder.ts";
import { cipherRig, encryptedConnection, recordOf, until } from "./cipher-rig.ts";

const suites = ["ChaChaPoly", "AESGCM"] as const;

/** Flips one bit. */
function flipped(bytes: Uint8Array, at: number, bit = 1): Buffer {
  const changed = Buffer.from(bytes);
  changed[at]! ^= bit;
  return changed;
}

describe("records", () => {
  test.each(suites)("of %s arrive at every split", async (suite) => {
    const opened = await cipherRig();
    const { socket, records, served } = await encryptedConnection(opened, suite);
    let size = 0;
    const total = recordOf({ ...records, seal: (c, o) => o.append(c) } as RecordCipher, "abc").length + 16;
    for (let cut = 1; cut < total; cut++) {
      const record = recordOf(records, "abc");
      socket.write(record.subarray(0, cut));
      await new Promise(setImmediate);
      socket.write(record.subarray(cut));
      size += 3;
      await served.recorder.until(size);
    }
    expect(served.recorder.bytes.toString()).toBe("abc".repeat(total - 1));
  });

  test.each([
    ["the length", 0],
    ["the low byte of the length", 1],
    ["the first sealed byte", 2],
    ["a sealed byte", 10],
    ["the tag", 18],
    ["the last byte of the tag", 33],
  ])("with a changed bit in %s close the connection without an answer", async (_, at) => {
    for (const suite of suites) {
      const opened = await cipherRig();
      const { socket, records, served, bytes, ended } = await encryptedConnection(opened, suite);
      const record = recordOf(records, "sixteen bytes...");
      // Further bytes, so that a longer length is complete as well.
      socket.write(Buffer.concat([flipped(record, at, at === 1 ? 4 : 1), Buffer.alloc(70_000)]));
      await ended;
      expect(bytes()).toHaveLength(0);
      expect(served.recorder.size).toBe(0);
      expect(opened.counters.get("connections.refused.cipher-record")).toBe(1);
    }
  });

  test.each([
    ["repeated", [0, 0]],
    ["exchanged", [1, 0]],
    ["left out", [0, 2]],
    ["of the other direction", [0, -1]],
  ])("that are %s close the connection", async (_, order) => {
    const opened = await cipherRig();
    const { socket, records, served, bytes, ended } = await encryptedConnection(opened);
    const sent = ["one", "two", "three"].map((content) => recordOf(records, content));
    served.transport.output.append(Buffer.from("mine"));
    served.transport.flushNow();
    await until(() => bytes().length >= 2 + 4 + 16);
    const mine = Buffer.from(bytes());
    for (const at of order) socket.write(at < 0 ? mine : sent[at]!);
    await ended;
    expect(bytes()).toHaveLength(mine.length);
    expect(served.recorder.bytes.toString()).toBe(order[0] === 0 ? "one" : "");
    expect(opened.counters.get("connections.refused.cipher-record")).toBe(1);
  });

  test.each([0, 1, 15, 16])("of %i sealed bytes have no content, and close the connection", async (size) => {
    const opened = await cipherRig();
    const { socket, served, ended } = await encryptedConnection(opened);
    const record = Buffer.alloc(2 + size);
    record.writeUInt16BE(size);
    socket.write(record);
    await ended;
    expect(served.recorder.closes).toHaveLength(1);
    expect(opened.counters.get("connections.refused.cipher-length")).toBe(1);
  });

  test("that are cut off deliver nothing of the last one", async () => {
    const opened = await cipherRig();
    const { socket, records, served } = await encryptedConnection(opened);
    const second = recordOf(records, "whole");
    socket.end(Buffer.concat([second, recordOf(records, "cut off").subarray(0, -1)]));
    await served.recorder.closed;
    expect(served.recorder.bytes.toString()).toBe("whole");
  });

  test("hold all frames of one tick, and large ones at most 65,535 sealed bytes", async () => {
    const opened = await cipherRig();
    const { records, served, bytes } = await encryptedConnection(opened);
    const { output } = served.transport;
    for (let n = 0; n < 100; n++) {
      output.append(Buffer.from("frame"));
      served.transport.flushSoon();
    }
    await until(() => bytes().length >= 500);
    output.append(Buffer.alloc(200_000, 7));
    served.transport.flushSoon();
    await until(() => bytes().length >= 500 + 18 + 200_000 + 4 * 18);
    const sizes: number[] = [];
    for (let at = 0; at < bytes().length; ) {
      const sealed = bytes().readUInt16BE(at);
      sizes.push(records.open(bytes().subarray(at + 2, at + 2 + sealed)).length);
      at += 2 + sealed;
    }
    expect(sizes).toEqual([500, 65_519, 65_519, 65_519, 200_000 - 3 * 65_519]);
  });

  test("that a peer sent before its end arrive, although the connection below is closed already", () => {
    const state = () => new CipherState(nodePrimitives("AESGCM"), new Uint8Array(32));
    const records = new NoiseRecords({ send: state(), receive: state() });
    const inner = { kind: "websocket", remote: "", local: "", closed: true } as Transport;
    let below: TransportHandler | undefined;
    const transport = new CipherTransport({
      inner,
      records,
      begin: (handler) => {
        below = handler;
      },
      flushTimer: () => ({ schedule() {}, stop() {} }),
    });
    const recorder = new Recorder();
    transport.start(recorder);
    below!.onData(Buffer.concat([recordOf(records, "last "), recordOf(records, "words")]));
    expect(recorder.bytes.toString()).toBe("last words");
  });

  test("that are many and tiny take units of the turn: others are served in between", async () => {
    const opened = await cipherRig({}, { turnFrameCount: 64 });
    const busy = await encryptedConnection(opened);
    const count = 2_000;
    const burst = Buffer.concat(Array.from({ length: count }, () => recordOf(busy.records, "x")));
    let turns = 0;
    let isOver = false;
    const tick = (): void => {
      turns++;
      if (!isOver) setImmediate(tick);
    };
    busy.socket.write(burst);
    await busy.served.recorder.until(1);
    tick();
    await busy.served.recorder.until(count);
    isOver = true;
    // 64 units are 8 records a turn.
    expect(turns).toBeGreaterThan(count / 16);
  });
});
