import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { deflate } from "../../../clients/typescript/src/compression/deflate.ts";
import { connect, zlib } from "../../../clients/typescript/src/node/index.ts";
import type { Protocol } from "../../../runtime/api/protocol.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import type { GameNode } from "../../../runtime/node/node.ts";
import { compressBody } from "../../../runtime/transport/zlib-bodies.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { Compression } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { linked } from "./owners.ts";
import { type RawClient, text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { commands, protocol as plainProtocol, pushes } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

/** The commands `echo` and `note` and all pushes may be compressed; all others have a secret, as it were. */
const protocol: Protocol = {
  ...plainProtocol,
  commands: plainProtocol.commands.map((entry) =>
    entry.id === commands.echo.id || entry.id === commands.note.id
      ? { ...entry, compressible: "both" }
      : entry,
  ),
  pushes: plainProtocol.pushes.map((entry) => ({ ...entry, compressible: true })),
};

const { DEFLATE_RAW, ZSTD, UNCOMPRESSED } = Compression;
const long = (n: number): string => JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, n })));

function gateWith(compression: NonNullable<Parameters<typeof world.gate>[0]>["compression"] = true) {
  return world.gate({ protocol, compression });
}

function node(): Promise<GameNode> {
  return world.node("probe-1", { echo: (body) => body, free: (body) => body });
}

async function rawClient(gate: Gate, compressions: Compression[]): Promise<RawClient> {
  return (await world.silent(gate)).open({ compressions });
}

/** Envelope with the flag of compression, then a body. */
function payload(kind: number, sequence: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(0x10 | kind, 0, 0, 0, sequence), body]);
}

const packed = (kind: Compression, body: Uint8Array) => compressBody(kind, body, 0, body.length)!;

test.each([
  ["tcp", "zlib", zlib, 2],
  ["ws", "zlib", zlib, 2],
  ["tcp", "deflate", deflate, 0],
  ["ws", "deflate", deflate, 0],
] as const)(
  "a client over %s with %s() gets large bodies compressed, and whole",
  async (scheme, _, make, requestCount) => {
    const gate = await gateWith();
    const probe = await node();
    const { host, port } = gate.clientAddress!;
    const connection = await connect(`${scheme}://${host}:${port}`, { compression: make() });
    world.atEnd(() => connection.close());
    const heard: string[] = [];
    connection.onPush({ ...pushes.reliable, body: raw }, (body) =>
      heard.push(new TextDecoder().decode(body)),
    );
    const echo = { ...commands.echo, request: raw, reply: raw, compress: true } as const;
    const words = [text(long(1)), text("short"), text(long(2))];
    const sent = words.map((word) => connection.request(echo, word));
    for (let n = 0; n < 20; n++)
      probe.everyone().pushBytes(pushes.reliable.id, text(n % 3 === 0 ? "short" : long(n)));
    expect(await Promise.all(sent)).toEqual(words);
    await eventually(() => heard.length === 20);
    expect(heard).toEqual(Array.from({ length: 20 }, (_, n) => (n % 3 === 0 ? "short" : long(n))));
    const { counters } = gate;
    expect(counters.get("compression.expanded")).toBe(requestCount);
    expect(counters.get("compression.bodies")).toBe(2 + 13);
    expect(counters.get("compression.bytes.after")).toBeLessThan(
      counters.get("compression.bytes.before") / 3,
    );
  },
);

test("by default, and for a client that cannot expand, nothing is compressed", async () => {
  const off = await world.gate({ protocol });
  const on = await gateWith();
  const probe = await node();
  const clients = [await rawClient(off, [ZSTD, DEFLATE_RAW]), await rawClient(on, [])];
  for (const client of clients) {
    expect(client.welcome).toMatchObject({ compression: UNCOMPRESSED, compressAbove: 0 });
    expect(await client.ask(commands.echo.id, long(1))).toBe(long(1));
  }
  probe.everyone().pushBytes(pushes.reliable.id, text(long(2)));
  for (const client of clients) {
    await client.until(() => client.pushes.length === 1);
    expect([...client.pushes, ...client.replies].map(({ compressed }) => compressed)).toEqual([false, false]);
  }
});

test("the first compression of the client that the gate allows is used; unknown ones are skipped", async () => {
  const both = await gateWith();
  const one = await gateWith({ kinds: ["deflate-raw"], aboveBytes: 100 });
  const chosen = async (gate: Gate, wanted: number[]) =>
    (await rawClient(gate, wanted as Compression[])).welcome!.compression;
  expect(await chosen(both, [ZSTD, DEFLATE_RAW])).toBe(ZSTD);
  expect(await chosen(both, [DEFLATE_RAW, ZSTD])).toBe(DEFLATE_RAW);
  expect(await chosen(both, [77, -1, ZSTD])).toBe(ZSTD);
  expect(await chosen(both, [77])).toBe(UNCOMPRESSED);
  expect(await chosen(both, [...Array(15).fill(77), ZSTD])).toBe(ZSTD);
  expect(await chosen(both, [...Array(16).fill(77), ZSTD])).toBe(UNCOMPRESSED);
  expect(await chosen(one, [ZSTD, DEFLATE_RAW])).toBe(DEFLATE_RAW);
  expect((await rawClient(one, [DEFLATE_RAW])).welcome!.compressAbove).toBe(100);
});

test("only replies and pushes that the schema allows are compressed, above the size", async () => {
  const gate = await gateWith({ aboveBytes: 400 });
  const probe = await node();
  const client = await rawClient(gate, [ZSTD]);
  for (const [command, body] of [
    [commands.echo, long(1)],
    [commands.echo, "x".repeat(399)],
    [commands.free, long(2)],
    [commands.other, long(3)],
  ] as const) {
    await client.ask(command.id, body);
  }
  expect(client.replies.map(({ compressed }) => compressed)).toEqual([true, false, false]);
  probe.everyone().pushBytes(pushes.reliable.id, text(long(4)));
  // A push that the gate's schema does not know may hold anything.
  probe.everyone().pushBytes(999, text(long(5)));
  probe.everyone().pushBytes(pushes.reliable.id, crypto.getRandomValues(new Uint8Array(1_000)));
  await client.until(() => client.pushes.length === 3);
  expect(client.pushes.map(({ compressed }) => compressed)).toEqual([true, false, false]);
});

test.each(["reliable", "latest", "droppable"] as const)(
  "a %s push is compressed once for each compression, however many sessions get it",
  async (delivery) => {
    const gate = await gateWith();
    const probe = await node();
    const clients: RawClient[] = [];
    for (let n = 0; n < 24; n++) clients.push(await rawClient(gate, [[], [DEFLATE_RAW], [ZSTD]][n % 3]!));
    for (let n = 1; n <= 3; n++) {
      probe.everyone().pushBytes(pushes[delivery].id, text(long(n)));
      for (const client of clients) await client.until(() => client.pushes.length === n);
      expect(gate.counters.get("compression.bodies")).toBe(n * 2);
    }
    for (const [n, client] of clients.entries()) {
      expect(client.pushes.map(({ compressed }) => compressed)).toEqual(Array(3).fill(n % 3 > 0));
      expect(client.pushes.map(({ body }) => new TextDecoder().decode(body))).toEqual([1, 2, 3].map(long));
    }
  },
);

test("a session that comes back with another compression, or none, lacks nothing and gets nothing twice", async () => {
  const gate = await gateWith();
  const probe = await node();
  const clients: ResumingClient[] = [];
  for (let n = 0; n < 9; n++) {
    const client = new ResumingClient(gate);
    world.atEnd(() => client.end());
    await client.connect({ compressions: [ZSTD] });
    clients.push(client);
  }
  const [away] = clients as [ResumingClient];
  const push = (n: number) => probe.everyone().pushBytes(pushes.reliable.id, text(long(n)));
  const before = away.ask(commands.echo.id, long(100));
  push(1);
  await eventually(() => clients.every(({ pushes }) => pushes.length === 1));
  expect(await before).toBe(long(100));
  let sent = 1;
  for (const compressions of [[], [DEFLATE_RAW], [ZSTD], []]) {
    // Arrives on the old connection, as if it had been lost on its way.
    away.deaf = true;
    push(++sent);
    const asked = away.ask(commands.echo.id, long(100 + sent));
    await eventually(() => clients[1]!.pushes.length === sent);
    away.cut();
    away.deaf = false;
    await eventually(() => gate.status().suspended === 1);
    push(++sent);
    const welcome = await away.connect({ compressions });
    expect(welcome).toMatchObject({ resumed: true, compression: compressions[0] ?? UNCOMPRESSED });
    expect(await asked).toBe(long(100 + sent - 1));
    push(++sent);
    await eventually(() => clients.every((each) => each.pushes.length === sent));
  }
  for (const each of clients) {
    expect(each.pushes).toEqual(Array.from({ length: sent }, (_, n) => long(n + 1)));
    expect(each.pushNumbers).toEqual(Array.from({ length: sent }, (_, n) => n + 1));
  }
});

test("a session that is fetched by another gate, with another compression, lacks nothing", async () => {
  const gate = await gateWith();
  const other = await gateWith({ kinds: ["deflate-raw"] });
  await linked(gate, other);
  const probe = await node();
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  await client.connect({ compressions: [ZSTD] });
  const push = (n: number) => probe.everyone().pushBytes(pushes.reliable.id, text(long(n)));
  push(1);
  await eventually(() => client.pushes.length === 1);
  client.cut();
  await eventually(() => gate.status().suspended === 1);
  push(2);
  push(3);
  client.move(other);
  const welcome = await client.connect({ compressions: [ZSTD, DEFLATE_RAW] });
  expect(welcome).toMatchObject({ resumed: true, compression: DEFLATE_RAW });
  push(4);
  await eventually(() => client.pushes.length === 4);
  expect(client.pushes).toEqual([1, 2, 3, 4].map(long));
  expect(client.pushNumbers).toEqual([1, 2, 3, 4]);
});

describe("a client that breaks the rules of compression is kicked, and the reason is counted", () => {
  const body = text(long(1));
  const good = packed(DEFLATE_RAW, body);
  const zeros = deflateRawSync(new Uint8Array(1 << 24));

  test.each([
    ["size", "no size", Uint8Array.of()],
    ["size", "size 0", Uint8Array.of(0, 3, 0)],
    ["size", "a size above the gate's frame limit", Buffer.concat([Uint8Array.of(0xf8, 0xff, 0x03), zeros])],
    [
      "ratio",
      "a bomb by its size",
      Buffer.concat([Uint8Array.of(0xa0, 0x1f), deflateRawSync(new Uint8Array(4_000))]),
    ],
    ["data", "a bomb that hides its size", Buffer.concat([Uint8Array.of(100), zeros])],
    ["data", "a stream that is cut off", good.subarray(0, -1)],
    ["data", "bytes after the stream", Buffer.concat([good, Uint8Array.of(0)])],
    ["data", "too large a size", good.map((byte, at) => (at === 0 ? byte + 1 : byte))],
    ["data", "too small a size", good.map((byte, at) => (at === 0 ? byte - 1 : byte))],
    ["data", "another compression", packed(ZSTD, body)],
  ])("%s: %s", async (reason, _, bytes) => {
    const gate = await gateWith();
    await node();
    for (const [command, kind, sequence] of [
      [commands.echo.id, 1, 1],
      [commands.note.id, 5, 0],
    ] as const) {
      const client = await rawClient(gate, [DEFLATE_RAW]);
      client.send(command, payload(kind, sequence, bytes));
      await client.closed;
      expect(client.kicked).toMatchObject({ code: errorCodes.INVALID_ARGUMENT, reconnect: false });
      expect(client.kicked!.reason).toContain(reason);
      expect(client.replies).toEqual([]);
    }
    expect(gate.counters.get(`compression.illegal.${reason}`)).toBe(2);
    // Others are served.
    const other = await rawClient(gate, [DEFLATE_RAW]);
    other.send(commands.echo.id, payload(1, 1, good));
    await other.until(() => other.replies.length === 1);
    expect(other.replies[0]!.body).toEqual(body);
  });

  test("compressed: without a negotiation, before the welcome, on a control message or an error", async () => {
    const gate = await gateWith();
    await node();
    const cases: [RawClient, number, Uint8Array][] = [
      [await rawClient(gate, []), commands.echo.id, payload(1, 1, good)],
      [await world.silent(gate), commands.echo.id, payload(1, 1, good)],
      [await rawClient(gate, [DEFLATE_RAW]), 0xffffff03, payload(6, 0, good)],
      [await rawClient(gate, [DEFLATE_RAW]), commands.echo.id, payload(3, 1, good)],
    ];
    for (const [client, command, bytes] of cases) {
      client.send(command, bytes);
      await client.closed;
      expect(client.kicked!.reason).toContain("illegal envelope: compressed");
    }
    expect(gate.counters.get("envelope.illegal.compressed")).toBe(cases.length);
    expect(gate.counters.get("compression.expanded")).toBe(0);
  });

  test("a reply or a push of a client, compressed or not", async () => {
    const gate = await gateWith();
    for (const [kind, sequence] of [
      [2, 1],
      [4, 1],
    ] as const) {
      const client = await rawClient(gate, [DEFLATE_RAW]);
      client.send(commands.echo.id, payload(kind, sequence, good));
      await client.closed;
      expect(client.kicked!.reason).toContain("only servers send");
    }
  });
});

test("a compressed body is judged by the limits of its command as it was before", async () => {
  const gate = await gateWith();
  await world.node("probe-1", { small: (body) => body });
  const client = await rawClient(gate, [DEFLATE_RAW]);
  const body = text(long(1));
  client.send(commands.small.id, payload(1, 1, packed(DEFLATE_RAW, body)));
  await client.until(() => client.answerCount === 1);
  expect(client.replies).toEqual([]);
  expect(await client.request(commands.small.id, text("ab"), undefined, 2)).toEqual(text("ab"));
});

test("a client's bytes are counted as they are before compression, so that few of them are no way around the budget", async () => {
  const gate = await world.gate({ protocol, compression: true, limits: { bytesPerSecond: 50_000 } });
  await node();
  const client = await rawClient(gate, [DEFLATE_RAW]);
  const body = packed(DEFLATE_RAW, text(long(1)));
  for (let n = 1; n <= 30; n++) client.send(commands.echo.id, payload(1, n, body));
  await eventually(() => gate.counters.get("client.paused.rate") > 0 || client.answerCount === 30);
  expect(gate.counters.get("client.paused.rate")).toBeGreaterThan(0);
  expect(30 * body.length).toBeLessThan(50_000 / 2);
  expect(client.kicked).toBeUndefined();
});

test("a classic frame has no envelope, so a body that looks compressed is a body", async () => {
  const gate = await world.gate({ protocol, compression: true, classic: true });
  await node();
  const { dialTcp } = await import("../../../runtime/transport/tcp.ts");
  const { host, port } = gate.clientAddress!;
  const transport = await dialTcp(host, port);
  world.atEnd(() => transport.destroy());
  const got: Buffer[] = [];
  transport.start({ onData: (chunk) => got.push(Buffer.from(chunk)), onDrain() {}, onClose() {} });
  const bytes = payload(1, 1, packed(DEFLATE_RAW, text(long(1))));
  const head = Buffer.alloc(17);
  head.writeUInt32BE(4 + bytes.length, 9);
  head.writeUInt32BE(commands.echo.id, 13);
  const frame = Buffer.concat([head, bytes]);
  transport.output.append(frame);
  transport.flushNow();
  await eventually(() => Buffer.concat(got).length >= frame.length);
  expect(Buffer.concat(got)).toEqual(frame);
});
