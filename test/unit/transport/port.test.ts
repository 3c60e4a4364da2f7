import { connect, Server, type Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { Counters } from "../../../runtime/log/counters.ts";
import { openPort, type Port, type PortOptions } from "../../../runtime/transport/port.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { isPhotinusError } from "../../../schema/errors.ts";
import { deferred, Recorder } from "../../conformance/transport/recorder.ts";

interface Rig {
  port: Port;
  counters: Counters;
  transports: { transport: Transport; recorder: Recorder }[];
}

async function rig(options: Partial<PortOptions> = {}): Promise<Rig> {
  const counters = new Counters();
  const transports: Rig["transports"] = [];
  const port = await openPort({
    counters,
    onTransport: (transport) => {
      const recorder = new Recorder();
      transports.push({ transport, recorder });
      transport.start(recorder);
    },
    ...options,
  });
  onTestFinished(() => port.close({ graceMs: 10 }));
  return { port, counters, transports };
}

/** A plain socket that collects what comes. */
async function dial(port: Port): Promise<{ socket: Socket; text: () => string; ended: Promise<void> }> {
  const socket = connect(port.port, port.host);
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  const ended = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  await new Promise<void>((resolve) => socket.on("connect", resolve));
  return { socket, text: () => text, ended };
}

const upgrade = [
  "GET /play HTTP/1.1",
  "Host: localhost",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "\r\n",
].join("\r\n");

/** A masked client frame (RFC 6455), its mask all zeros. */
function webSocketFrame(opcode: number, payload: Uint8Array): Buffer {
  const size = payload.length;
  const head = size < 126 ? [0x80 | opcode, 0x80 | size] : [0x80 | opcode, 0xfe, size >>> 8, size & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

test("an HTTP handler that throws or rejects is answered by a 500, and harms nobody else", async () => {
  const { port } = await rig({
    http: (request) => {
      if (request.url === "/throws") throw new Error("broken");
      return Promise.reject(new Error("broken later"));
    },
  });
  for (const path of ["/throws", "/rejects"]) {
    expect((await fetch(`http://${port.host}:${port.port}${path}`)).status).toBe(500);
  }
});

test("a connection that the system cannot accept is counted, and the port goes on, however often", async () => {
  const listen = vi.spyOn(Server.prototype, "listen");
  const { port, counters } = await rig();
  const server = listen.mock.contexts[0] as Server;
  listen.mockRestore();
  for (let n = 0; n < 3; n++) server.emit("error", new Error("accept EMFILE"));
  expect(counters.get("connections.not-accepted")).toBe(3);
  await dial(port);
  await expect.poll(() => port.connectionCount).toBe(1);
});

test("a connection that says nothing is closed when its time is over, and counted", async () => {
  const clock = new FakeClock();
  const { port, counters } = await rig({ deadlines: new Deadlines(clock), firstBytesMs: 1_000 });
  const { ended } = await dial(port);
  await expect.poll(() => port.connectionCount).toBe(1);
  clock.advance(900);
  expect(counters.get("connections.refused.silent")).toBe(0);
  clock.advance(200);
  await ended;
  expect(counters.get("connections.refused.silent")).toBe(1);
});

test("a connection that stops in the middle of a method's name is closed when its time is over", async () => {
  const clock = new FakeClock();
  const { port, counters } = await rig({ deadlines: new Deadlines(clock), firstBytesMs: 1_000 });
  const { socket, ended } = await dial(port);
  socket.write("GE");
  await deferred(10);
  clock.advance(1_100);
  await ended;
  expect(counters.get("connections.refused.silent")).toBe(1);
});

test("a connection that said something is not closed by that deadline", async () => {
  const clock = new FakeClock();
  const { port, transports } = await rig({ deadlines: new Deadlines(clock), firstBytesMs: 1_000 });
  const { socket } = await dial(port);
  socket.write(Buffer.from([0]));
  await expect.poll(() => transports.length).toBe(1);
  clock.advance(5_000);
  expect(transports[0]!.transport.closed).toBe(false);
});

test("frames are told from HTTP at every split of the first bytes, and nothing is lost", async () => {
  const { port, transports } = await rig();
  for (let split = 1; split < 6; split++) {
    const { socket } = await dial(port);
    const bytes = Buffer.from("GEXYZW");
    socket.setNoDelay(true);
    socket.write(bytes.subarray(0, split));
    await deferred(5);
    socket.write(bytes.subarray(split));
    await expect.poll(() => transports[split - 1]?.recorder.bytes.toString()).toBe("GEXYZW");
  }
});

test("HTTP gets 404 without a handler, and the handler's answer with one", async () => {
  const plain = await rig();
  expect((await fetch(`http://${plain.port.host}:${plain.port.port}/`)).status).toBe(404);
  const served = await rig({ http: (request, response) => response.end(`you asked for ${request.url}`) });
  const answer = await fetch(`http://${served.port.host}:${served.port.port}/page`);
  expect(await answer.text()).toBe("you asked for /page");
});

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

test("a message that is glued to the handshake arrives", async () => {
  const { port, transports } = await rig();
  const { socket } = await dial(port);
  socket.write(Buffer.concat([Buffer.from(upgrade), webSocketFrame(2, Buffer.from("abc"))]));
  await expect.poll(() => transports[0]?.recorder.bytes.toString()).toBe("abc");
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

test("a peer that ends its side still gets what is queued for it, and then the connection ends", async () => {
  const { port, transports } = await rig();
  const { socket, text, ended } = await dial(port);
  socket.write(Buffer.from([0]));
  await expect.poll(() => transports.length).toBe(1);
  transports[0]!.transport.output.append(Buffer.from("farewell"));
  socket.end();
  await ended;
  expect(text()).toBe("farewell");
  await transports[0]!.recorder.closed;
  expect(transports[0]!.recorder.closes).toEqual(["closed by the peer"]);
});

test("a peer that resets the connection is told apart", async () => {
  const { port, transports } = await rig();
  const { socket } = await dial(port);
  socket.write(Buffer.from([0]));
  await expect.poll(() => transports.length).toBe(1);
  socket.resetAndDestroy();
  await transports[0]!.recorder.closed;
  expect(transports[0]!.recorder.closes).toEqual(["reset by the peer"]);
});

test("frames over TCP are refused where TCP is off, HTTP where WebSocket and HTTP are off", async () => {
  const noTcp = await rig({ tcp: false });
  const one = await dial(noTcp.port);
  one.socket.write(Buffer.from([0, 0, 0, 0]));
  await one.ended;
  expect(noTcp.counters.get("connections.refused.frames")).toBe(1);
  const noHttp = await rig({ webSocket: false });
  const two = await dial(noHttp.port);
  two.socket.write(upgrade);
  await two.ended;
  expect(noHttp.counters.get("connections.refused.http")).toBe(1);
});

test("a port in use is reported with the address and the remedy", async () => {
  const { port } = await rig();
  const failure = await openPort({ port: port.port, onTransport: () => {} }).catch((error: unknown) => error);
  expect(isPhotinusError(failure)).toBe(true);
  expect(String(failure)).toContain(`127.0.0.1:${port.port}`);
  expect(String(failure)).toContain("choose another port");
});

test("an address that this machine has not is reported", async () => {
  const failure = await openPort({ host: "192.0.2.1", onTransport: () => {} }).catch(
    (error: unknown) => error,
  );
  expect(String(failure)).toContain("192.0.2.1");
  expect(String(failure)).toContain("choose another host");
});

test("close ends silent, HTTP, TCP and WebSocket connections, takes no new ones, and may be called again", async () => {
  const { port, transports } = await rig();
  const silent = await dial(port);
  const http = await dial(port);
  http.socket.write("GET / HTTP/1.1\r\n");
  const tcp = await dial(port);
  tcp.socket.write(Buffer.from([0]));
  const webSocket = await dial(port);
  webSocket.socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(2);
  await port.close({ graceMs: 30 });
  await Promise.all([silent.ended, http.ended, tcp.ended, webSocket.ended]);
  await port.close();
  expect(port.connectionCount).toBe(0);
  for (const { recorder } of transports) expect(recorder.closes).toHaveLength(1);
  const late = connect(port.port, port.host);
  await expect(new Promise((_, reject) => late.on("error", reject))).rejects.toThrow("ECONNREFUSED");
});
