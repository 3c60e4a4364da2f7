import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { connect, Server } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { openPort } from "../../../runtime/transport/port.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { TransportBuffers } from "../../../runtime/transport/transport-buffers.ts";
import { isPhotinusError } from "../../../schema/errors.ts";
import { deferred, Recorder } from "../../conformance/transport/recorder.ts";
import { dial, rig, upgrade, webSocketFrame } from "./rig.ts";

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

test("no connection has memory of its own for its first read", async () => {
  let read = 0;
  const memories = new Set<ArrayBufferLike>();
  const handler = {
    onData(chunk: Uint8Array) {
      read += chunk.length;
      memories.add(chunk.buffer);
    },
    onDrain() {},
    onClose() {},
  };
  const buffers = new TransportBuffers();
  const { port } = await rig({ buffers, onTransport: (transport) => transport.start(handler) });
  const first = Buffer.alloc(60_000);
  for (let n = 1; n <= 10; n++) {
    const { socket } = await dial(port);
    socket.write(first);
    await expect.poll(() => read, { interval: 1 }).toBe(n * first.length);
  }
  expect(memories.size).toBe(1);
  expect(memories.has(buffers.readBuffer.buffer)).toBe(true);
});

test("first bytes wait for a transport that is started later, and come before all others", async () => {
  const accepted: Transport[] = [];
  const { port } = await rig({ onTransport: (transport) => void accepted.push(transport) });
  const { socket } = await dial(port);
  socket.write("first");
  await expect.poll(() => accepted.length).toBe(1);
  const { socket: other } = await dial(port);
  other.write("these bytes are read into the memory of the first");
  await expect.poll(() => accepted.length).toBe(2);
  socket.write(", second");
  await deferred(5);
  const recorder = new Recorder();
  accepted[0]!.start(recorder);
  await recorder.until(13);
  expect(recorder.bytes.toString()).toBe("first, second");
});

test("HTTP gets 404 without a handler, and the handler's answer with one", async () => {
  const plain = await rig();
  expect((await fetch(`http://${plain.port.host}:${plain.port.port}/`)).status).toBe(404);
  const served = await rig({ http: (request, response) => response.end(`you asked for ${request.url}`) });
  const answer = await fetch(`http://${served.port.host}:${served.port.port}/page`);
  expect(await answer.text()).toBe("you asked for /page");
});

test("methods that change something are answered by 405 with what is allowed", async () => {
  const { port } = await rig();
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const answer = await fetch(`http://${port.host}:${port.port}/`, { method });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  }
});

test("of a request whose answer is out the body is not read to its end", async () => {
  const { port } = await rig();
  const { socket, text, ended } = await dial(port, { stays: true });
  socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n");
  await expect.poll(text).toContain("HTTP/1.1 405");
  const more = setInterval(() => socket.write(Buffer.alloc(1_000)), 20);
  await ended;
  clearInterval(more);
  expect(text()).toContain("Connection: close");
});

test("a connection that asks over HTTP without end is closed", async () => {
  const { port } = await rig();
  const { socket, text, ended } = await dial(port);
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(300));
  await ended;
  expect(text().split("HTTP/1.1 404").length - 1).toBeLessThanOrEqual(100);
});

test("HTTP requests of one connection are answered one at a time, and one that does not wait closes it", async () => {
  let asked = 0;
  const { port } = await rig({ http: (_request, response) => void response.end(`answer ${++asked}`) });
  const get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const patient = await dial(port);
  for (const n of [1, 2, 3]) {
    patient.socket.write(get);
    await expect.poll(patient.text).toContain(`answer ${n}`);
  }
  const hasty = await dial(port);
  hasty.socket.write(get.repeat(1_000));
  await hasty.ended;
  expect(asked).toBe(4);
  // An answer that is still to come must not end up among the frames of a WebSocket.
  const mixed = await dial(port);
  mixed.socket.write(get + upgrade);
  await mixed.ended;
  expect(mixed.text()).not.toContain("101 Switching Protocols");
});

test("of a crowd of HTTP requests in one chunk few are begun before the connection is closed", async () => {
  const { port } = await rig();
  const { socket, ended } = await dial(port);
  const began = "http.server.request.start";
  let count = 0;
  const onBegun = (): void => {
    count++;
  };
  subscribe(began, onBegun);
  onTestFinished(() => void unsubscribe(began, onBegun));
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2_000));
  await ended;
  expect(count).toBeGreaterThan(0);
  // Each has a request and an answer, both of which are aborted, with an error each.
  expect(count).toBeLessThanOrEqual(10);
});

test("an HTTP connection that does not read its answer gives its place back, and a WebSocket may be silent", async () => {
  const { port, transports } = await rig({
    http: (_request, response) => void response.end(Buffer.alloc(64 * 2 ** 20)),
    httpIdleMs: 500,
  });
  const webSocket = await dial(port);
  webSocket.socket.write(upgrade);
  await expect.poll(() => transports.length).toBe(1);
  const { socket } = await dial(port);
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await expect.poll(() => port.connectionCount, { timeout: 5_000 }).toBe(1);
  expect(transports[0]!.transport.closed).toBe(false);
});

test("messages that are glued to the handshake arrive, however many they are", async () => {
  const { port, transports } = await rig();
  const { socket } = await dial(port);
  const sent = Array.from({ length: 400 }, (_, n) => Buffer.alloc(50, n));
  const frames = Buffer.concat(sent.map((payload) => webSocketFrame(2, payload)));
  socket.write(Buffer.concat([Buffer.from(upgrade), frames]));
  await expect.poll(() => transports[0]?.recorder.bytes).toEqual(Buffer.concat(sent));
});

test("a message that is glued to the handshake arrives", async () => {
  const { port, transports } = await rig();
  const { socket } = await dial(port);
  socket.write(Buffer.concat([Buffer.from(upgrade), webSocketFrame(2, Buffer.from("abc"))]));
  await expect.poll(() => transports[0]?.recorder.bytes.toString()).toBe("abc");
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
