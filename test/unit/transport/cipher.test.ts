import { describe, expect, test } from "vitest";
import { nodePrimitives } from "../../../runtime/transport/cipher/node-primitives.ts";
import {
  type CipherServer,
  cipherPreamble,
  preambleBytes,
  type RecordCipher,
} from "../../../runtime/wire/cipher/cipher.ts";
import { NkCipherServer } from "../../../runtime/wire/cipher/nk-cipher.ts";
import { cipherRig, encryptedConnection, gateKeys, handMade, recordOf, until } from "./cipher-rig.ts";
import { dial, upgrade, webSocketFrame } from "./rig.ts";

const suites = ["ChaChaPoly", "AESGCM"] as const;

/** Flips one bit. */
function flipped(bytes: Uint8Array, at: number, bit = 1): Buffer {
  const changed = Buffer.from(bytes);
  changed[at]! ^= bit;
  return changed;
}

describe("the handshake", () => {
  test.each(suites)("of %s opens a connection that carries bytes both ways", async (suite) => {
    const opened = await cipherRig();
    const { socket, records, served, bytes } = await encryptedConnection(opened, suite);
    socket.write(recordOf(records, "to the server"));
    await served.recorder.until(13);
    expect(served.recorder.bytes.toString()).toBe("to the server");
    served.transport.output.append(Buffer.from("to the client"));
    served.transport.flushSoon();
    await until(() => bytes().length >= 2 + 13 + 16);
    expect(bytes().readUInt16BE()).toBe(13 + 16);
    expect(Buffer.from(records.open(bytes().subarray(2))).toString()).toBe("to the client");
    expect(opened.counters.get("connections.encrypted")).toBe(1);
  });

  test("hands over a connection that counts its writes, so that a slow client is no stuck one", async () => {
    const { served, bytes } = await encryptedConnection(await cipherRig());
    const before = served.transport.sentCount!;
    served.transport.output.append(Buffer.from("more"));
    served.transport.flushSoon();
    await until(() => bytes().length > 0);
    expect(served.transport.sentCount).toBe(before + 1);
  });

  test("arrives whole at every split, and byte by byte", async () => {
    const opened = await cipherRig({ handshakeRate: { count: 10_000, perMs: 1_000 } });
    const size = handMade().opening.length;
    const splits = Array.from({ length: size - 1 }, (_, at) => [at + 1]);
    splits.push(Array.from({ length: size - 1 }, (_, at) => at + 1));
    for (const cuts of splits) {
      const { opening, finish } = handMade();
      const { socket, ended } = await dial(opened.port);
      const answer: Buffer[] = [];
      socket.on("data", (bytes: Buffer) => answer.push(bytes));
      for (const [n, cut] of [...cuts, size].entries()) {
        socket.write(opening.subarray(n === 0 ? 0 : cuts[n - 1], cut));
        await new Promise(setImmediate);
      }
      await until(() => Buffer.concat(answer).length >= 48);
      expect(() => finish(Buffer.concat(answer))).not.toThrow();
      socket.destroy();
      await ended;
    }
    expect(opened.counters.get("connections.encrypted")).toBe(splits.length);
  });

  const size = handMade().opening.length;
  test.each([
    ["the magic", 0, "cipher-plain"],
    ["the version", 4, "cipher-unknown"],
    ["the cipher's id", 5, "cipher-unknown"],
    ["the key's number", preambleBytes, "cipher-handshake"],
    ["the public key", preambleBytes + 4, "cipher-handshake"],
    ["the end of the public key", preambleBytes + 4 + 30, "cipher-handshake"],
    ["the tag", size - 1, "cipher-handshake"],
  ])("with a changed bit in %s is refused without an answer", async (_, at, reason) => {
    const opened = await cipherRig();
    const { socket, text, ended } = await dial(opened.port);
    socket.write(flipped(handMade().opening, at, 0x40));
    await ended;
    expect(text()).toBe("");
    expect(opened.counters.get(`connections.refused.${reason}`)).toBe(1);
    expect(opened.transports).toEqual([]);
  });

  test("of one cipher under the id of the other is refused", async () => {
    const opened = await cipherRig();
    const { socket, ended } = await dial(opened.port);
    socket.write(flipped(handMade("ChaChaPoly").opening, 5, 1 ^ 2));
    await ended;
    expect(opened.counters.get("connections.refused.cipher-handshake")).toBe(1);
  });

  test("with bytes after the message is refused: nothing can be sealed before the answer", async () => {
    const opened = await cipherRig();
    const { socket, text, ended } = await dial(opened.port);
    socket.write(Buffer.concat([handMade().opening, Buffer.from([0])]));
    await ended;
    expect(text()).toBe("");
    expect(opened.counters.get("connections.refused.cipher-handshake")).toBe(1);
  });

  test("with a public key of low order is refused", async () => {
    const opened = await cipherRig();
    const opening = Buffer.from(handMade().opening);
    opening.fill(0, preambleBytes + 4, preambleBytes + 36);
    const { socket, ended } = await dial(opened.port);
    socket.write(opening);
    await ended;
    expect(opened.counters.get("connections.refused.cipher-handshake")).toBe(1);
  });

  test("for another key is refused, with the right key's number, too", async () => {
    const opened = await cipherRig();
    const other = nodePrimitives("ChaChaPoly").generateKeyPair().publicKey;
    const opening = Buffer.from(handMade("ChaChaPoly", other).opening);
    for (const number of [opening.subarray(6, 10), handMade().opening.subarray(6, 10)]) {
      opening.set(number, 6);
      const { socket, text, ended } = await dial(opened.port);
      socket.write(opening);
      await ended;
      expect(text()).toBe("");
    }
    expect(opened.counters.get("connections.refused.cipher-handshake")).toBe(2);
  });

  test("that is repeated opens a connection with other keys: its records do not verify", async () => {
    const opened = await cipherRig();
    const { opening, finish } = handMade();
    const answers: Buffer[] = [];
    for (let n = 0; n < 2; n++) {
      const { socket } = await dial(opened.port);
      const received: Buffer[] = [];
      socket.on("data", (bytes: Buffer) => received.push(bytes));
      socket.write(opening);
      await until(() => Buffer.concat(received).length >= 48);
      answers.push(Buffer.concat(received));
      if (n === 0) continue;
      const ended = new Promise((resolve) => socket.on("close", resolve));
      socket.write(recordOf(finish(answers[0]!), "recorded"));
      await ended;
    }
    expect(answers[0]!.equals(answers[1]!)).toBe(false);
    expect(opened.counters.get("connections.refused.cipher-record")).toBe(1);
  });

  test("that does not come in time ends the connection", async () => {
    const opened = await cipherRig({}, { firstBytesMs: 60 });
    const { socket, text, ended } = await dial(opened.port);
    socket.write(handMade().opening.subarray(0, 57));
    await ended;
    expect(text()).toBe("");
    expect(opened.counters.get("connections.refused.cipher-silent")).toBe(1);
  });

  test("is refused to plain frames and plain WebSockets where encryption is required", async () => {
    const opened = await cipherRig();
    const plain = await dial(opened.port);
    plain.socket.write(Buffer.alloc(17));
    await plain.ended;
    const webSocket = await dial(opened.port);
    webSocket.socket.write(upgrade);
    await until(() => webSocket.text().includes("101"));
    webSocket.socket.write(webSocketFrame(2, Buffer.alloc(17)));
    await webSocket.ended;
    expect(opened.counters.get("connections.refused.cipher-plain")).toBe(2);
    expect(opened.transports).toEqual([]);
  });

  test("leaves plain connections as they are where encryption is not required, at every split", async () => {
    const opened = await cipherRig({ required: false });
    const starts = [Buffer.from("\0\0\0\0 plain"), Buffer.from([0xf5, 0x50, 0x68, 0, 1, 2, 3, 4])];
    for (const start of starts) {
      for (let cut = 1; cut < start.length; cut++) {
        const before = opened.transports.length;
        const { socket } = await dial(opened.port);
        socket.write(start.subarray(0, cut));
        await new Promise((resolve) => setTimeout(resolve, 2));
        socket.write(start.subarray(cut));
        await until(() => opened.transports.length > before);
        const { recorder } = opened.transports[before]!;
        await recorder.until(start.length);
        expect(recorder.bytes.equals(start)).toBe(true);
      }
    }
    const webSocket = await dial(opened.port);
    webSocket.socket.write(upgrade);
    await until(() => webSocket.text().includes("101"));
    const before = opened.transports.length;
    webSocket.socket.write(Buffer.concat([webSocketFrame(2, starts[0]!), webSocketFrame(2, starts[1]!)]));
    await until(() => opened.transports.length > before);
    const { recorder } = opened.transports[before]!;
    await recorder.until(18);
    expect(recorder.bytes.equals(Buffer.concat(starts))).toBe(true);
  });

  test("waits beyond the rate, and none is lost", async () => {
    const opened = await cipherRig({ handshakeRate: { count: 5, perMs: 100 } });
    const from = performance.now();
    await Promise.all(Array.from({ length: 15 }, () => encryptedConnection(opened)));
    expect(opened.transports).toHaveLength(15);
    // Five at once, then one in 20 ms.
    expect(performance.now() - from).toBeGreaterThan(150);
  });

  test("of a flood beyond the rate ends in time, and is counted", async () => {
    const opened = await cipherRig({ handshakeRate: { count: 1, perMs: 60_000 } }, { firstBytesMs: 200 });
    const all = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const connection = await dial(opened.port);
        connection.socket.write(handMade().opening);
        return connection;
      }),
    );
    await until(() => opened.counters.get("connections.refused.cipher-overload") === 49);
    expect(opened.transports).toHaveLength(1);
    await until(() => opened.port.connectionCount === 1);
    for (const { socket } of all) socket.destroy();
  });
});

describe("a cipher of the user's own", () => {
  /** Adds one to each byte, and counts the records in one byte: the smallest cipher that shows the interface, and protects nothing. */
  const shifted = (): RecordCipher => {
    let sent = 0;
    let received = 0;
    return {
      overheadBytes: 1,
      seal(content, output) {
        output.append(Uint8Array.of(sent++ & 255));
        output.append(content.map((byte) => byte + 1));
      },
      open(sealed) {
        if (sealed[0] !== (received++ & 255)) throw new Error("out of turn");
        return sealed.slice(1).map((byte) => byte - 1);
      },
    };
  };
  const own: CipherServer = {
    id: 200,
    helloBytes: 3,
    accept(_preamble, hello) {
      if (Buffer.from(hello).toString() !== "hi!") throw new Error("no greeting");
      return { answer: Buffer.from("hello"), records: shifted() };
    },
  };

  test("takes the place of the supplied ones", async () => {
    const opened = await cipherRig({ ciphers: [own] });
    const { socket, text } = await dial(opened.port);
    socket.write(Buffer.concat([cipherPreamble(200), Buffer.from("hi!")]));
    await until(() => text() === "hello");
    socket.write(recordOf(shifted(), "by hand"));
    const { recorder } = opened.transports[0]!;
    await recorder.until(7);
    expect(recorder.bytes.toString()).toBe("by hand");
  });

  test("that refuses a hello or throws at a record costs its connection alone", async () => {
    const opened = await cipherRig({ ciphers: [own] });
    const first = await dial(opened.port);
    first.socket.write(Buffer.concat([cipherPreamble(200), Buffer.from("ho!")]));
    await first.ended;
    const second = await dial(opened.port);
    second.socket.write(Buffer.concat([cipherPreamble(200), Buffer.from("hi!")]));
    await until(() => second.text() === "hello");
    second.socket.write(Buffer.from([0, 2, 9, 9]));
    await second.ended;
    expect(opened.counters.get("connections.refused.cipher-handshake")).toBe(1);
    expect(opened.counters.get("connections.refused.cipher-record")).toBe(1);
  });
});

test("several keys are accepted at a time", async () => {
  const newer = nodePrimitives("ChaChaPoly").generateKeyPair();
  const server = new NkCipherServer(nodePrimitives("ChaChaPoly"), { current: [gateKeys, newer] });
  const opened = await cipherRig({ ciphers: [server] });
  for (const key of [gateKeys.publicKey, newer.publicKey]) {
    const { opening, finish } = handMade("ChaChaPoly", key);
    const { socket } = await dial(opened.port);
    const answer: Buffer[] = [];
    socket.on("data", (bytes: Buffer) => answer.push(bytes));
    socket.write(opening);
    await until(() => Buffer.concat(answer).length >= 48);
    expect(() => finish(Buffer.concat(answer))).not.toThrow();
  }
});
