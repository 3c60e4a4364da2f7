import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { type Connection, connect, type WebSocketLike } from "../../../clients/typescript/src/index.ts";
import { dialWebSocket, WebSocketTransport } from "../../../clients/typescript/src/transport/websocket.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import type { TransportHandler } from "../../../runtime/transport/transport.ts";
import { settled } from "./fake-server.ts";

/** A W3C WebSocket moved by the test. */
class FakeSocket implements WebSocketLike {
  static last: FakeSocket;
  binaryType = "blob";
  bufferedAmount = 0;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  readonly url: string;
  readonly sent: number[][] = [];
  closed: number | undefined;

  constructor(url: string) {
    if (!url.startsWith("ws")) throw new SyntaxError("not a WebSocket URL");
    this.url = url;
    FakeSocket.last = this;
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    this.sent.push([...data]);
  }

  close(code = 1005): void {
    this.closed = code;
  }

  fire(name: "open" | "message" | "error" | "close", event: object = {}): void {
    this[`on${name}`]?.(event as never);
  }
}

interface Log extends TransportHandler {
  readonly data: number[][];
  readonly ends: string[];
}

function log(): Log {
  const data: number[][] = [];
  const ends: string[] = [];
  return {
    data,
    ends,
    onData: (chunk) => data.push([...chunk]),
    onDrain() {},
    onClose: (reason) => ends.push(reason),
  };
}

function open(): { socket: FakeSocket; transport: WebSocketTransport; clock: FakeClock; heard: Log } {
  const socket = new FakeSocket("ws://there");
  const clock = new FakeClock();
  const transport = new WebSocketTransport(socket, "ws://there", clock);
  const heard = log();
  transport.start(heard);
  return { socket, transport, clock, heard };
}

function write(transport: WebSocketTransport, ...bytes: number[]): void {
  for (const byte of bytes) {
    transport.output.ensure(1);
    transport.output.bytes[transport.output.position++] = byte;
  }
  transport.flushSoon();
}

const message = (...bytes: number[]) => ({ data: Uint8Array.from(bytes).buffer });

describe("dialWebSocket", () => {
  const clock = new FakeClock();
  const { signal } = new AbortController();

  it("resolves when the socket is open, and asks for array buffers", async () => {
    const dialling = dialWebSocket("ws://there", { clock, signal, webSocket: FakeSocket });
    FakeSocket.last.fire("open");
    expect((await dialling).remote).toBe("ws://there");
    expect(FakeSocket.last.binaryType).toBe("arraybuffer");
  });

  it("rejects with UNAVAILABLE and the engine's words when it cannot connect", async () => {
    const dialling = dialWebSocket("ws://there", { clock, signal, webSocket: FakeSocket });
    FakeSocket.last.fire("error", { message: "refused" });
    FakeSocket.last.fire("close");
    await expect(dialling).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: "cannot connect to ws://there: refused",
    });
  });

  it("rejects with INVALID_ARGUMENT for an address that is none", async () => {
    const dialling = dialWebSocket("gopher://there", { clock, signal, webSocket: FakeSocket });
    await expect(dialling).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it("closes the socket when its signal aborts", async () => {
    const controller = new AbortController();
    const dialling = dialWebSocket("ws://there", { clock, signal: controller.signal, webSocket: FakeSocket });
    controller.abort();
    await expect(dialling).rejects.toMatchObject({ code: "CANCELLED" });
    expect(FakeSocket.last.closed).toBeDefined();
  });
});

describe("WebSocketTransport", () => {
  it("sends what was written in one tick as one message", async () => {
    const { socket, transport } = open();
    write(transport, 1, 2);
    write(transport, 3);
    expect(socket.sent).toEqual([]);
    expect(transport.bufferedBytes).toBe(3);
    await settled();
    write(transport, 4);
    await settled();
    expect(socket.sent).toEqual([[1, 2, 3], [4]]);
    expect(transport.bufferedBytes).toBe(0);
  });

  it("counts what the socket has not sent yet as buffered", () => {
    const { socket, transport } = open();
    socket.bufferedAmount = 70;
    write(transport, 1);
    expect(transport.bufferedBytes).toBe(71);
  });

  it("delivers nothing before start, and all of it afterwards", async () => {
    const socket = new FakeSocket("ws://there");
    const transport = new WebSocketTransport(socket, "ws://there", new FakeClock());
    socket.fire("message", message(1));
    socket.fire("message", message(2));
    const heard = log();
    transport.start(heard);
    expect(heard.data).toEqual([]);
    socket.fire("message", message(3));
    await settled();
    expect(heard.data).toEqual([[1], [2], [3]]);
  });

  it("holds messages while paused", async () => {
    const { socket, transport, heard } = open();
    transport.pause();
    socket.fire("message", message(1));
    await settled();
    expect(heard.data).toEqual([]);
    transport.resume();
    await settled();
    expect(heard.data).toEqual([[1]]);
  });

  it("delivers what it held for a paused reader before it tells the peer's close", async () => {
    const { socket, transport, heard } = open();
    transport.pause();
    socket.fire("message", message(1));
    socket.fire("message", message(2));
    socket.fire("close", { code: 1000 });
    await settled();
    expect({ ...heard, closed: transport.closed }).toMatchObject({ data: [], ends: [], closed: true });
    transport.resume();
    await settled();
    expect(heard).toMatchObject({ data: [[1], [2]], ends: ["closed by the peer (WebSocket code 1000)"] });
  });

  it("closes at once when the peer has closed and its last messages are not wanted", async () => {
    const { socket, transport, heard } = open();
    transport.pause();
    socket.fire("message", message(1));
    socket.fire("close", { code: 1000 });
    await transport.close();
    expect(heard).toMatchObject({ data: [], ends: [expect.stringContaining("closed by the peer")] });
  });

  it("cuts off who sends on and on while paused", async () => {
    const { socket, transport, heard } = open();
    transport.pause();
    for (let i = 0; i < 17; i++) socket.fire("message", { data: new ArrayBuffer(1 << 20) });
    await settled();
    expect(heard.ends).toEqual([expect.stringContaining("paused")]);
  });

  it.each([
    ["text", "hello", "text message"],
    ["a blob", new Blob(["x"]), "not an ArrayBuffer"],
  ])("is closed by %s", async (_what, data, reason) => {
    const { socket, heard } = open();
    socket.fire("message", { data });
    await settled();
    expect(heard.ends).toEqual([expect.stringContaining(reason)]);
    expect(heard.data).toEqual([]);
  });

  it("tells once why the peer closed it", async () => {
    const { socket, transport, heard } = open();
    socket.fire("error");
    socket.fire("close", { code: 1006 });
    transport.destroy();
    await settled();
    expect(heard.ends).toEqual(["closed by the peer (WebSocket code 1006)"]);
    expect(transport.closed).toBe(true);
  });

  it("sends what is queued before it closes, and waits for the peer", async () => {
    const { socket, transport, heard } = open();
    write(transport, 1);
    let closed = false;
    const closing = transport.close().then(() => {
      closed = true;
    });
    write(transport, 2);
    await settled();
    expect(socket.sent).toEqual([[1]]);
    expect([closed, socket.closed, heard.ends]).toEqual([false, 1000, []]);
    socket.fire("close", { code: 1000 });
    await closing;
    expect(heard.ends).toEqual(["closed by this side"]);
  });

  it("is gone after the grace time even if the peer says nothing", async () => {
    const { transport, clock, heard } = open();
    const closing = transport.close({ graceMs: 500 });
    clock.advance(500);
    await closing;
    expect(heard.ends).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it("does not call back from inside destroy", async () => {
    const { transport, heard } = open();
    transport.destroy("enough");
    transport.destroy("again");
    expect(heard.ends).toEqual([]);
    await settled();
    expect(heard.ends).toEqual(["enough"]);
  });
});

describe("connect over the engine's own WebSocket", () => {
  const servers: WebSocketServer[] = [];
  const connections: Connection[] = [];
  afterEach(async () => {
    for (const connection of connections.splice(0)) connection.destroy();
    for (const server of servers.splice(0)) {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("says hello in a binary message", async () => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    servers.push(server);
    const hello = new Promise<{ data: Buffer; binary: boolean }>((resolve) => {
      server.on("connection", (socket) =>
        socket.on("message", (data: Buffer, binary) => {
          resolve({ data, binary });
          socket.close(1000, "that is all");
        }),
      );
    });
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("no port");
    const connecting = connect(`ws://127.0.0.1:${address.port}`);
    await expect(connecting).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: expect.stringContaining("that is all"),
    });
    const { data, binary } = await hello;
    expect(binary).toBe(true);
    expect([...data.subarray(0, 5), data.readUInt32BE(13)]).toEqual([0, 0, 0, 0, 1, 0xffffff01]);
  });

  it("rejects with UNAVAILABLE when nobody listens", async () => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("no port");
    await new Promise((resolve) => server.close(resolve));
    await expect(connect(`ws://127.0.0.1:${address.port}`)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it.each([
    ["tcp://127.0.0.1:7700", "@photinus/client/node"],
    ["play.example", "expected wss://host or ws://host:port"],
  ])("%s is refused by what to do instead", async (url, remedy) => {
    await expect(connect(url, { webSocket: globalThis.WebSocket as never })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining(remedy),
    });
  });

  it("a failure names the address and the engine's reason", async () => {
    const url = "wss://127.0.0.1:7700/";
    const connecting = connect(url, { webSocket: FakeSocket });
    await settled();
    FakeSocket.last.fire("error", { message: "refused" });
    const error = await connecting.catch((caught: unknown) => caught);
    expect(String(error)).toContain(`cannot connect to ${url}: refused`);
  });
});
