import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test } from "vitest";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { HttpSide } from "../../../runtime/transport/http.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { deferred, Recorder } from "../../conformance/transport/recorder.ts";
import { dial, rig, upgrade, webSocketFrame } from "./rig.ts";

test("a handshake that comes byte by byte is served", async () => {
  const { port, transports } = await rig();
  const { socket, text } = await dial(port);
  socket.setNoDelay(true);
  for (const byte of Buffer.from(upgrade)) {
    socket.write(Buffer.of(byte));
    await deferred();
  }
  await expect.poll(text).toContain("101 Switching Protocols");
  expect(transports).toHaveLength(1);
  expect(transports[0]!.transport.kind).toBe("websocket");
});

test("a text message closes a WebSocket with 1003 and a reason, and is counted", async () => {
  const { port, counters, transports } = await rig();
  const { socket, text, ended } = await dial(port);
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  socket.write(
    Buffer.concat([webSocketFrame(1, Buffer.from("hi")), webSocketFrame(2, Buffer.from("later"))]),
  );
  await expect.poll(text).toContain("\x03\xebbinary messages only");
  socket.write(webSocketFrame(8, Buffer.from([3, 0xeb])));
  await ended;
  await transports[0]!.recorder.closed;
  expect(transports[0]!.recorder.closes).toEqual(["text message"]);
  expect(transports[0]!.recorder.size).toBe(0);
  expect(counters.get("connections.refused.text-message")).toBe(1);
});

test("a WebSocket message above the limit closes the connection with 1009 before its body is there", async () => {
  const { port, counters, transports } = await rig({ maxMessageBytes: 1_000 });
  const { socket, text } = await dial(port);
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  socket.write(webSocketFrame(2, Buffer.alloc(1_001)).subarray(0, 8));
  await expect.poll(text).toContain("\x03\xf1");
  expect(counters.get("connections.refused.message-too-long")).toBe(1);
});

test("a WebSocket frame that is not masked closes the connection and is counted", async () => {
  const { port, counters, transports } = await rig();
  const { socket } = await dial(port);
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  socket.write(Buffer.from([0x82, 1, 7]));
  await expect.poll(() => counters.get("connections.refused.websocket-protocol")).toBe(1);
  await transports[0]!.recorder.closed;
});

test("what follows an illegal WebSocket frame in its chunk is not delivered, and what is ahead of it is", async () => {
  const { port, counters, transports } = await rig();
  const { socket } = await dial(port);
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  const reserved = webSocketFrame(2, Buffer.alloc(3));
  reserved[0]! |= 0x40;
  socket.write(
    Buffer.concat([webSocketFrame(2, Buffer.alloc(5)), reserved, webSocketFrame(2, Buffer.alloc(7))]),
  );
  await expect.poll(() => counters.get("connections.refused.websocket-protocol")).toBe(1);
  await transports[0]!.recorder.closed;
  expect(transports[0]!.recorder.size).toBe(5);
});

test("a WebSocket peer that broke the rules and goes on sending is cut soon", async () => {
  const { port, transports } = await rig();
  const { socket, ended } = await dial(port, { stays: true });
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  socket.write(Buffer.from([0x82, 1, 7]));
  const more = setInterval(() => socket.write(webSocketFrame(2, Buffer.alloc(10))), 20);
  onTestFinished(() => clearInterval(more));
  // The grace is a second; ws by itself reads on for thirty, which is longer than a test may take.
  await ended;
  expect(transports[0]!.recorder.size).toBe(0);
});

test("a WebSocket peer that says farewell and stays is cut soon", async () => {
  const { port, transports } = await rig();
  const { socket, text, ended } = await dial(port, { stays: true });
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  socket.write(webSocketFrame(8, Buffer.from([3, 232])));
  const more = setInterval(() => socket.write(webSocketFrame(9, Buffer.alloc(10))), 20);
  onTestFinished(() => clearInterval(more));
  await ended;
  expect(text().endsWith("\x88\x02\x03\xe8")).toBe(true);
  await transports[0]!.recorder.closed;
  expect(transports[0]!.recorder.closes).toEqual(["the peer did not close in time"]);
});

test.each(["TCP", "WebSocket"])(
  "a closing connection is read no further than a bound, over %s",
  async (over) => {
    const { port, transports } = await rig();
    const { socket, ended } = await dial(port, { stays: true });
    socket.write(over === "TCP" ? Buffer.from([0]) : upgrade);
    await expect.poll(() => transports.length).toBe(1);
    void transports[0]!.transport.close({ graceMs: 600_000 });
    const message = over === "TCP" ? Buffer.alloc(60_000) : webSocketFrame(2, Buffer.alloc(60_000));
    const pour = (): void => {
      while (!socket.destroyed && socket.write(message)) {
        // The system takes more.
      }
    };
    socket.on("drain", pour);
    pour();
    await ended;
  },
);

test.each([
  ["pings", 9],
  ["pongs", 10],
  ["empty messages", 2],
])("a WebSocket peer that sends too many %s is closed with code 1008, and counted", async (_what, opcode) => {
  const clock = new FakeClock();
  const { port, counters, transports } = await rig({
    deadlines: new Deadlines(clock),
    controlRate: { count: 100, perMs: 1_000 },
  });
  const { socket, text } = await dial(port);
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  const frame = webSocketFrame(opcode, Buffer.alloc(0));
  const many = (count: number) => Buffer.concat(Array.from({ length: count }, () => frame));
  socket.write(many(100));
  await deferred(20);
  expect(transports[0]!.transport.closed).toBe(false);
  clock.advance(500);
  socket.write(many(50));
  await deferred(20);
  expect(transports[0]!.transport.closed).toBe(false);
  socket.write(many(1));
  await expect.poll(() => text()).toContain("\x88\x19\x03\xf0too many control frames");
  expect(counters.get("connections.refused.control-rate")).toBe(1);
});

test.each([
  [false, "\x88\x02\x03\xe8"],
  [true, "\x88\x02\x03\xf0"],
])("a close for a violation: %s, has its own code", async (violation, frame) => {
  const { port, transports } = await rig();
  const { socket, text } = await dial(port);
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  void transports[0]!.transport.close({ violation });
  await expect.poll(text).toContain(frame);
});

test("a message in very many fragments is refused before they cost memory", async () => {
  const { port, counters, transports } = await rig();
  const { socket, text } = await dial(port);
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  const fragment = Buffer.from([0x00, 0x81, 0, 0, 0, 0, 7]);
  socket.write(
    Buffer.concat([
      Buffer.from([0x02, 0x81, 0, 0, 0, 0, 7]),
      ...Array.from({ length: 1_024 }, () => fragment),
    ]),
  );
  await expect.poll(() => text()).toContain("\x88\x02\x03\xf0");
  expect(counters.get("connections.refused.message-parts")).toBe(1);
});

/** A peer that has sent so many messages and ended its side, to a transport that reads a few of them in a turn. */
async function endedPeer(
  messages: number,
): Promise<{ transport: Transport; recorder: Recorder; sent: Buffer }> {
  const recorder = new Recorder();
  const accepted: Transport[] = [];
  const { port } = await rig({
    turnFrameCount: 2,
    onTransport: (transport) => {
      accepted.push(transport);
      transport.start(recorder);
      transport.pause();
    },
  });
  const { socket } = await dial(port, { stays: true });
  socket.write(upgrade);
  await expect.poll(() => accepted.length).toBe(1);
  const sent = Array.from({ length: messages }, (_, n) => Buffer.of(n));
  socket.end(Buffer.concat(sent.map((payload) => webSocketFrame(2, payload))));
  await deferred(20);
  return { transport: accepted[0]!, recorder, sent: Buffer.concat(sent) };
}

test("what a WebSocket peer sent before it ended its side is delivered, also what has to wait for its turn", async () => {
  const { transport, recorder, sent } = await endedPeer(100);
  transport.resume();
  await recorder.closed;
  expect(recorder.bytes).toEqual(sent);
});

test("a WebSocket that is cut while its peer's last messages wait for their turn is gone", async () => {
  const { transport, recorder } = await endedPeer(100);
  // After the end of the peer's side was heard, and before the next turn.
  recorder.onFirst = () => process.nextTick(() => process.nextTick(() => transport.destroy("cut")));
  transport.resume();
  await recorder.closed;
  await deferred(20);
  expect(recorder.closes).toEqual(["cut"]);
  expect(recorder.size).toBeLessThan(100);
});

test("a message in fragments holds about as much memory as it has bytes, whatever comes between them", async () => {
  const { port, transports } = await rig();
  const { socket } = await dial(port);
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  const fragment = (opcode: number) => Buffer.from([opcode, 0x81, 0, 0, 0, 0, 7]);
  const pong = webSocketFrame(10, Buffer.alloc(125));
  const between = Buffer.concat(Array.from({ length: 100 }, () => pong));
  const count = 1_000;
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const before = process.memoryUsage().arrayBuffers;
  socket.write(fragment(0x02));
  for (let n = 2; n < count; n++) {
    if (!socket.write(Buffer.concat([between, fragment(0x00)]))) await once(socket, "drain");
  }
  // All was read when the ping behind it is answered.
  socket.write(webSocketFrame(9, Buffer.from("read")));
  let all = "";
  socket.on("data", (chunk) => {
    all += chunk.toString("latin1");
  });
  await expect.poll(() => all, { timeout: 5_000 }).toContain("\x8a\x04read");
  collect();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 2 ** 20);
  socket.write(fragment(0x80));
  await transports[0]!.recorder.until(count);
});

test("of the pings of one turn the last is answered, with what it bore", async () => {
  const { port, transports } = await rig();
  const { socket, text } = await dial(port);
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  socket.write(Buffer.concat(["one", "two", "three"].map((word) => webSocketFrame(9, Buffer.from(word)))));
  await expect.poll(() => text()).toContain("\x8a\x05three");
});

test("of pings one turn takes as many as others do not feel", async () => {
  const { port, transports } = await rig({ turnFrameCount: 64 });
  const { socket, text } = await dial(port);
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  // A turn answers the last of its pings.
  const pings = Array.from({ length: 100 }, (_, n) => webSocketFrame(9, Buffer.of(n)));
  socket.write(Buffer.concat(pings));
  const answered = () => text().split("\x8a\x01").length - 1;
  await expect.poll(answered).toBeGreaterThanOrEqual(50);
  expect(text().endsWith("\x8a\x01\x63")).toBe(true);
});

test("a WebSocket peer that does not read makes bufferedBytes rise, and drains when it reads again", async () => {
  const { port, transports } = await rig();
  const { socket } = await dial(port);
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  socket.pause();
  const { transport, recorder } = transports[0]!;
  for (let i = 0; i < 64; i++) {
    transport.output.append(new Uint8Array(256 * 1024));
    transport.flushNow();
    await deferred();
  }
  expect(transport.bufferedBytes).toBeGreaterThan(1024 * 1024);
  const drained = recorder.drains;
  socket.resume();
  await expect.poll(() => recorder.drains, { timeout: 5_000 }).toBeGreaterThan(drained);
  expect(transport.bufferedBytes).toBe(0);
});

test("pings of a peer that does not read are not answered without bound", async () => {
  const { port, transports } = await rig();
  const { socket } = await dial(port);
  socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  socket.pause();
  const { transport } = transports[0]!;
  transport.output.append(new Uint8Array(16 * 1024 * 1024));
  transport.flushNow();
  await deferred(5);
  const before = transport.bufferedBytes;
  socket.write(Buffer.concat(Array.from({ length: 5_000 }, () => webSocketFrame(9, Buffer.alloc(125)))));
  await deferred(20);
  expect(transport.bufferedBytes).toBe(before);
});

test("a handshake that fails here costs its own connection, and no other one", async () => {
  const errors: unknown[] = [];
  const broken = new Error("nobody listens");
  const side = new HttpSide(
    (error) => void errors.push(error),
    undefined,
    () => {
      throw broken;
    },
  );
  const server = createServer((socket) => side.serve(socket)).listen(0, "127.0.0.1");
  onTestFinished(() => {
    side.close();
    server.close();
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  socket.end(upgrade);
  socket.resume();
  await once(socket, "close");
  expect(errors).toEqual([broken]);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
});
