import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { expect, test } from "vitest";
import { connect as connectGenerated, fingerprint } from "../../../generated/client/node.ts";
import { memoryPair } from "../../../runtime/transport/memory.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Hello, Welcome } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { Lines } from "../../setup/lines.ts";
import { RawClient } from "./raw-client.ts";
import { commands, protocol } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

/** Sends bytes to a port and resolves when the other side has closed. */
async function send(port: number, bytes: readonly number[] | Uint8Array): Promise<Uint8Array> {
  const socket: Socket = connectSocket({ port, host: "127.0.0.1" });
  world.atEnd(() => socket.destroy());
  socket.on("error", () => {});
  const got: Buffer[] = [];
  socket.on("data", (chunk) => got.push(chunk));
  await once(socket, "connect");
  socket.write(Uint8Array.from(bytes));
  await once(socket, "close");
  return Buffer.concat(got);
}

/** A frame's header: protoVersion, length, command. */
function header(version: number, length: number, command: number): number[] {
  const word = (value: number) => [value >>> 24, value >>> 16, value >>> 8, value].map((byte) => byte & 0xff);
  return [0, 0, 0, 0, version, 0, 0, 0, 0, ...word(length), ...word(command)];
}

test.each([
  ["a wrong head", [1, 2, 3, 4, ...header(1, 4, 1)], "frames.illegal.head"],
  ["an unknown version", header(9, 4, 1), "frames.illegal.proto-version"],
  ["a length under 4", header(1, 3, 1), "frames.illegal.too-short"],
  ["a length of 4 GiB", header(1, 0xffffffff, 1), "frames.illegal.too-long"],
  ["garbage after a frame", [...header(0, 4, 1), 0xff, 0xff, 0xff, 0xff], "frames.illegal.head"],
  ["an envelope of no kind", [...header(1, 9, 1), 0, 0, 0, 0, 0], "envelope.illegal.kind"],
  ["a compressed frame", [...header(1, 9, 1), 0x11, 0, 0, 0, 1], "envelope.illegal.compressed"],
  ["a request before hello", [...header(1, 9, 1), 1, 0, 0, 0, 1], "client.closed.no-hello"],
  ["a malformed hello", [...header(1, 10, control.hello), 6, 0, 0, 0, 0, 0xff], "client.closed.malformed"],
])("%s closes a client's connection, and is counted", async (_, bytes, counter) => {
  const gate = await world.gate();
  await send(gate.clientAddress!.port, bytes);
  expect(gate.counters.get(counter)).toBe(1);
  await eventually(() => gate.status().connections === 0);
  expect(gate.status().sessions).toBe(0);
});

test("a connection that says nothing, or half a frame, is closed in time", async () => {
  const gate = await world.gate({ limits: { handshakeMs: 100 } });
  await Promise.all([
    send(gate.clientAddress!.port, []),
    send(gate.clientAddress!.port, header(1, 400, 1)),
    send(gate.linkAddress!.port, [0, 0, 0]),
  ]);
  await eventually(() => gate.status().connections === 0);
  expect(gate.counters.get("client.closed.handshake")).toBe(1);
});

test("a second hello, and a message that only servers send, end in a kick", async () => {
  await world.gate();
  const twice = await world.client();
  twice.control(control.hello, Hello, Hello.create());
  await twice.closed;
  expect(twice.kicked).toMatchObject({ code: errorCodes.INVALID_ARGUMENT, reconnect: false });
  const wrong = await world.client();
  wrong.control(control.welcome, Welcome, Welcome.create());
  await wrong.closed;
  expect(wrong.kicked?.code).toBe(errorCodes.INVALID_ARGUMENT);
});

test("another schema is told, and refused only where the gate says so", async () => {
  const [open, strict] = [await world.gate(), await world.gate({ requireSchema: true })];
  const told = await (await world.silent(open)).open({ schema: "ffffffffffffffff" });
  expect(told.welcome?.schema).toBe(protocol.fingerprint);
  const refused = await (await world.silent(strict)).open({ schema: "ffffffffffffffff" });
  expect(refused.kicked?.code).toBe(errorCodes.FAILED_PRECONDITION);
  const same = await (await world.silent(strict)).open({ schema: protocol.fingerprint });
  expect(same.welcome).toBeDefined();
});

test("clients of other schemas are counted, and warned of once for each fingerprint, with both", async () => {
  const log = new Lines();
  const gate = await world.gate({ log });
  const { host, port } = gate.clientAddress!;
  for (let n = 0; n < 3; n++) {
    const client = await connectGenerated(`tcp://${host}:${port}`, { client: "the example/1.2" });
    expect(client.sameSchema).toBe(false);
    await client.close();
  }
  await (await world.silent()).open({ schema: protocol.fingerprint });
  await (await world.silent()).open({ client: "a stranger" });
  const warned = () =>
    log.lines.filter(({ message }) => message.startsWith("client has a schema other than the gate's"));
  expect(warned().map(({ level, details }) => ({ level, details }))).toEqual([
    {
      level: "warn",
      details: {
        ours: protocol.fingerprint,
        theirs: fingerprint,
        client: "the example/1.2",
        remote: expect.any(String),
      },
    },
  ]);
  expect(gate.counters.get("client.schema.other")).toBe(3);

  for (let n = 0; n < 200; n++) {
    await (await world.silent()).open({ schema: `made up ${n} `.repeat(100), client: "x".repeat(500) });
  }
  expect(warned()).toHaveLength(64);
  expect(warned().at(-1)!.message).toContain("further schemas are only counted");
  expect(JSON.stringify(warned()).length).toBeLessThan(64 * 500);
  expect(gate.counters.get("client.schema.other")).toBe(203);
});

test("a client that speaks TLS to a plain port fails, and the gate's log says why", async () => {
  const log = new Lines();
  const gate = await world.gate({ log });
  const { host, port } = gate.clientAddress!;
  await expect(connectGenerated(`wss://${host}:${port}`)).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: expect.stringContaining(`cannot connect to wss://${host}:${port}`),
  });
  await eventually(() => log.of("refused").length === 1);
  expect(log.of("refused")[0]).toMatchObject({
    what: "frames.illegal.tls",
    hint: expect.stringContaining("use ws://"),
  });
  expect(gate.counters.get("frames.illegal.tls")).toBe(1);
  // Other bytes that are no frame are no TLS.
  const junk = await world.silent();
  junk.transport.output.append(Uint8Array.of(0x16, 4, 1, 0));
  junk.transport.flushNow();
  await junk.closed;
  expect(gate.counters.get("frames.illegal.head")).toBe(1);
});

test("connections over the limits are closed and counted", async () => {
  const gate = await world.gate({ limits: { connectionsPerAddress: 2 } });
  await world.client();
  await world.client();
  const third = await (await world.silent()).open();
  expect(third.welcome).toBeUndefined();
  expect(gate.counters.get("client.refused.address")).toBe(1);
});

/** What a connection of one address may be at, from accept to its end, without having said who it is. */
const unspoken: [string, string][] = [
  ["has said nothing", ""],
  ["has begun the name of an HTTP method", "GE"],
  ["keeps an HTTP connection alive", "GET / HTTP/1.1\r\nhost: here\r\n\r\n"],
  ["is in the middle of a WebSocket handshake", "GET / HTTP/1.1\r\nupgrade: websocket\r\n"],
  ["has said half a frame", "\0\0\0\0\u0001"],
];

test.each(unspoken)("a connection that %s counts for its address, until it ends", async (_, first) => {
  const gate = await world.gate({ limits: { connectionsPerAddress: 2 } });
  const { host, port } = gate.clientAddress!;
  const sockets = [0, 1].map(() => connectSocket({ host, port }));
  for (const socket of sockets) {
    world.atEnd(() => socket.destroy());
    if (first !== "") socket.write(first, "latin1");
  }
  await eventually(() => gate.status().connections === 2);
  expect(await send(port, [])).toHaveLength(0);
  expect(gate.counters.get("client.refused.address")).toBe(1);
  sockets[0]!.destroy();
  await eventually(() => gate.status().connections === 1);
  expect((await world.client()).welcome).toBeDefined();
});

test("a connection that the gate has ended counts for its address until the client has ended it too", async () => {
  const gate = await world.gate({ limits: { connectionsPerAddress: 1 } });
  const socket = connectSocket({ port: gate.clientAddress!.port, host: "127.0.0.1", allowHalfOpen: true });
  world.atEnd(() => socket.destroy());
  socket.resume();
  // A kick ends the gate's side; this side stays open.
  socket.write(Uint8Array.from([...header(0, 4, 1), 0xff]));
  await once(socket, "end");
  expect(gate.status().connections).toBe(1);
  await send(gate.clientAddress!.port, []);
  expect(gate.counters.get("client.refused.address")).toBe(1);
  socket.destroy();
  await eventually(() => gate.status().connections === 0);
});

test("connections that say nothing count for the limit of all addresses together", async () => {
  const gate = await world.gate({ limits: { connectionCount: 1 } });
  const socket = connectSocket({ port: gate.clientAddress!.port, host: "127.0.0.1" });
  world.atEnd(() => socket.destroy());
  await eventually(() => gate.status().connections === 1);
  await send(gate.clientAddress!.port, []);
  expect(gate.counters.get("client.refused.connections")).toBe(1);
});

test("classic and session connections can each be switched off", async () => {
  const gate = await world.gate({ classic: false });
  await send(gate.clientAddress!.port, header(0, 4, 1));
  expect(gate.counters.get("frames.illegal.proto-version")).toBe(1);
  const other = await world.gate({ session: false });
  const { host, port } = other.clientAddress!;
  const client = await new RawClient(await dialTcp(host, port)).open();
  expect(client.welcome).toBeUndefined();
});

test.each([
  ["FF FF FF FC, which a signed length takes for -4", [0xff, 0xff, 0xff, 0xfc]],
  ["a length of nothing", [0, 0, 0, 0]],
  ["no msgpack", [0, 0, 0, 1, 0xc1]],
  ["msgpack that is too deep", [0, 0, 0, 64, ...new Array<number>(64).fill(0x91)]],
  ["an array that is no message", [0, 0, 0, 2, 0x91, 0x63]],
  ["a map that is no message", [0, 0, 0, 1, 0x80]],
])("%s on the link port closes that link only", async (_, bytes) => {
  const gate = await world.gate();
  await world.node("probe-1", { echo: (body) => body });
  await send(gate.linkAddress!.port, bytes);
  const client = await world.client();
  expect(await client.ask(commands.echo.id, "alive")).toBe("alive");
  expect(gate.status().nodes).toMatchObject([{ name: "probe-1", state: "ready" }]);
  expect(gate.counters.entries().some(([name]) => name.startsWith("links.illegal."))).toBe(true);
});

test("a gate that closes says where to go, waits for answers under way, and takes nobody new", async () => {
  const gate = await world.gate();
  let answer = (_body: Uint8Array): void => {};
  await world.node("probe-1", {
    free: () =>
      new Promise<Uint8Array>((resolve) => {
        answer = resolve;
      }),
  });
  const client = await world.client();
  const waiting = client.ask(commands.free.id);
  await eventually(() => gate.status().inFlight === 1);
  const [far, near] = memoryPair();
  gate.acceptClient(near);
  const silent = new RawClient(far);
  const closing = gate.close({ graceMs: 5_000 });
  await client.until(() => client.goAways === 1);
  await silent.open();
  expect(silent.welcome).toBeUndefined();
  answer(new TextEncoder().encode("done"));
  expect(await waiting).toBe("done");
  await closing;
  await client.closed;
  await expect(world.silent(gate)).rejects.toThrow();
});

test("a classic client that asks on while its first answer is not there is closed, not remembered without bound", async () => {
  const gate = await world.gate({ limits: { softBufferBytes: 4_096, hardBufferBytes: 16_384 } });
  await world.node("probe-1", { sticky: () => new Promise(() => {}) });
  const unknown = Array.from({ length: 500 }, () => header(0, 4, 9_999));
  await send(gate.clientAddress!.port, [...header(0, 4, commands.sticky.id), ...unknown.flat()]);
  expect(gate.counters.get("client.closed.slow")).toBe(1);
  await eventually(() => gate.status().connections === 0);
});

test("pings are answered", async () => {
  await world.gate({ heartbeatMs: 1_000 });
  const client = await world.client();
  await client.until(() => client.pings > 0); // the gate asks first when the client says nothing
  client.ping();
  await client.until(() => client.pongs > 0);
});
