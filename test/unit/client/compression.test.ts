import { describe, expect, it } from "vitest";
import { deflate } from "../../../clients/typescript/src/compression/deflate.ts";
import type { Compression, ConnectOptions } from "../../../clients/typescript/src/index.ts";
import { zlib } from "../../../clients/typescript/src/node/zlib.ts";
import { decode, type MessageType } from "../../../runtime/wire/codec/codec-runtime.ts";
import { Kick, Compression as Kind } from "../../../runtime/wire/generated/photinus/control.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { FakeServer, settled } from "./fake-server.ts";

/** A message with a text and a number, borrowed from the control messages. */
type Note = Kick;
const Note: MessageType<Note> = Kick;

const long = (retryAfterMs: number): Note =>
  Note.create({ reason: `the firefly ${retryAfterMs} flies; `.repeat(30), retryAfterMs });
const short = (retryAfterMs: number): Note => Note.create({ retryAfterMs });

const ask = {
  id: 201,
  name: "t.Ask",
  request: Note,
  reply: Note,
  timeoutMs: 5_000,
  idempotent: false,
} as const;
const askSmall = { ...ask, compress: true } as const;
const tell = { ...askSmall, id: 203, reply: undefined } as const;
const noted = { id: 251, name: "t.Noted", body: Note } as const;

const resumeToken = Uint8Array.of(1);

async function connected(make: Compression | undefined, more: ConnectOptions = {}, welcome = {}) {
  const server = new FakeServer();
  server.greeting = { compression: Kind.DEFLATE_RAW, compressAbove: 200, resumeToken, ...welcome };
  const options = make ? { compression: make, ...more } : more;
  const connection = await server.connect(options);
  const heard: number[] = [];
  connection.onPush(noted, ({ retryAfterMs }) => heard.push(retryAfterMs));
  await settled();
  return { server, connection, heard, peer: server.peer };
}

/** What an engine does on a thread of its own takes more than the turns of `settled`. */
async function until(condition: () => boolean): Promise<void> {
  for (let n = 0; !condition() && n < 500; n++) await new Promise((resolve) => setTimeout(resolve, 2));
  await settled();
}

const makers = { deflate, zlib };
const each = describe.each(Object.keys(makers) as (keyof typeof makers)[]);

each("%s()", (name) => {
  const make = makers[name];

  it("names its compressions in the hello, and a client without it names none", async () => {
    const { peer, connection } = await connected(make());
    expect(peer.hello.compressions).toEqual(
      name === "zlib" ? [Kind.ZSTD, Kind.DEFLATE_RAW] : [Kind.DEFLATE_RAW],
    );
    await connection.close();
    const plain = await connected(undefined);
    expect(plain.peer.hello.compressions).toEqual([]);
    await plain.connection.close();
  });

  it("expands replies and pushes, and keeps the order of all that comes", async () => {
    const { peer, connection, heard } = await connected(make());
    const order: string[] = [];
    connection.onPush(noted, ({ retryAfterMs }) => order.push(`push ${retryAfterMs}`));
    const asked = [connection.request(ask, short(1)), connection.request(ask, short(2))];
    for (const one of asked) void one.then(({ retryAfterMs }) => order.push(`reply ${retryAfterMs}`));
    await settled();
    const [first, second] = peer.of(ask.id);
    peer.sendPacked(kind.push, noted.id, 1, Note, long(1));
    peer.send(kind.push, noted.id, 2, Note, short(2));
    peer.sendPacked(kind.reply, ask.id, first!.sequence, Note, long(10));
    peer.send(kind.push, noted.id, 3, Note, short(3));
    peer.sendPacked(kind.push, noted.id, 0, Note, long(4));
    peer.send(kind.reply, ask.id, second!.sequence, Note, short(20));
    peer.sendPacked(kind.push, noted.id, 4, Note, long(5));
    await until(() => order.length === 7);
    expect(order).toEqual(["push 1", "push 2", "reply 10", "push 3", "push 4", "reply 20", "push 5"]);
    expect(await asked[0]).toEqual(long(10));
    expect(heard).toEqual([1, 2, 3, 4, 5]);
    await connection.close();
  });

  it("delivers what came before a kick, also when the connection closes at once", async () => {
    const { server, peer, connection, heard } = await connected(make());
    const states: string[] = [];
    connection.onState(({ cause, reason }) => states.push(`${cause}: ${reason}, heard ${heard}`));
    peer.sendPacked(kind.push, noted.id, 1, Note, long(1));
    peer.sendPacked(kind.push, noted.id, 2, Note, long(2));
    peer.kick({ code: 7, reason: "out", reconnect: false });
    void peer.transport.close();
    await until(() => states.length === 1);
    expect(states).toEqual(["kick: out, heard 1,2"]);
    expect(server.clock.timerCount).toBe(0);
  });

  it.each([
    ["ratio", (packed: Uint8Array) => packed.subarray(0, 3)],
    ["data", (packed: Uint8Array) => packed.subarray(0, packed.length - 1)],
    ["data", (packed: Uint8Array) => Uint8Array.of(...packed, 0)],
    ["data", (packed: Uint8Array) => packed.map((byte, at) => (at === 0 ? byte - 1 : byte))],
    ["data", (packed: Uint8Array) => packed.map((byte, at) => (at === 0 ? byte + 1 : byte))],
    ["size", () => new Uint8Array(0)],
    ["size", () => Uint8Array.of(0, 3, 0)],
    ["size", () => Uint8Array.of(0xff, 0xff, 0xff, 0x7f, ...new Uint8Array(1_000))],
  ])("closes the connection for a broken body (%s), and delivers nothing of it", async (reason, spoil) => {
    const { peer, connection, heard } = await connected(make());
    const states: string[] = [];
    connection.onState((event) => states.push(event.reason));
    peer.sendPacked(kind.push, noted.id, 1, Note, long(1), spoil);
    peer.send(kind.push, noted.id, 2, Note, short(2));
    await until(() => states.length > 0);
    expect(states[0]).toContain(`compressed body: ${reason}`);
    expect(heard).toEqual([]);
    expect(connection.counters.get("frames.illegal")).toBe(1);
    connection.destroy();
  });

  it("closes the connection for a compressed body that was not negotiated, or of an error", async () => {
    for (const [welcome, of, first] of [
      [{ compression: 0 }, kind.push, "14"],
      [{ compression: 0 }, kind.reply, "12"],
      [{}, kind.error, "13"],
      [{}, kind.control, "16"],
    ] as const) {
      const { peer, connection } = await connected(make(), {}, welcome);
      const states: string[] = [];
      connection.onState((event) => states.push(event.reason));
      peer.compression = Kind.DEFLATE_RAW;
      peer.sendPacked(of, noted.id, 1, Note, long(1));
      await settled();
      expect(states[0]).toContain(`illegal envelope (0x${first}`);
      connection.destroy();
    }
  });

  it("takes no compression that it does not know, whatever the welcome says", async () => {
    const { peer, connection } = await connected(make(), {}, { compression: 9 as Kind });
    expect(connection.state).toBe("open");
    peer.send(kind.push, noted.id, 1, Note, long(1));
    connection.notify(tell, long(1));
    await settled();
    expect(connection.state).toBe("open");
    await connection.close();
  });

  it("works again after a reconnect to a server without compression", async () => {
    const { server, peer, connection, heard } = await connected(make());
    peer.sendPacked(kind.push, noted.id, 1, Note, long(1));
    await until(() => heard.length === 1);
    server.greeting = { resumed: true, resumeToken };
    peer.transport.destroy();
    await settled();
    const asked = connection.request(askSmall, long(5));
    server.clock.advance(250);
    await settled();
    server.peer.send(kind.push, noted.id, 2, Note, long(2));
    await settled();
    expect(heard).toEqual([1, 2]);
    const [request] = server.peer.of(ask.id);
    expect(request!.compressed).toBe(false);
    server.peer.reply(request!, Note, short(6));
    expect(await asked).toEqual(short(6));
    await connection.close();
  });
});

describe("zlib()", () => {
  it("compresses large requests and notifies that the schema allows, and no others", async () => {
    const { peer, connection } = await connected(zlib(), {}, { compression: Kind.ZSTD });
    void connection.request(askSmall, long(1)).catch(() => {});
    void connection.request(askSmall, long(2), { timeoutMs: 1_000 }).catch(() => {});
    void connection.request(askSmall, short(3)).catch(() => {});
    void connection.request(ask, long(4)).catch(() => {});
    connection.notify(tell, long(5));
    connection.notify(tell, short(6));
    connection.notify({ ...tell, compress: undefined as never }, long(7));
    await settled();
    const got = peer.received.filter(({ command }) => command < 300);
    expect(got.map(({ body, compressed }) => [decode(Note, body).retryAfterMs, compressed])).toEqual([
      [1, true],
      [2, true],
      [3, false],
      [4, false],
      [5, true],
      [6, false],
      [7, false],
    ]);
    expect(got.map(({ remainingMs }) => remainingMs)).toEqual([-1, 1_000, -1, -1, -1, -1, -1]);
    expect(got[0]!.body).toEqual(peer.received.find(({ sequence }) => sequence === 1)!.body);
    await connection.close();
  });

  it("does not send a request that is too large for the server, however small it gets", async () => {
    const { connection } = await connected(zlib(), {}, { maxFrameBytes: 500 });
    await expect(connection.request(askSmall, long(1))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(() => connection.notify(tell, long(1))).toThrow(/the server's limit is 500/);
    await connection.close();
  });

  it("sends a request again as the next server takes it", async () => {
    const { server, peer, connection } = await connected(zlib());
    const asked = connection.request(askSmall, long(1));
    await settled();
    expect(peer.of(ask.id)[0]!.compressed).toBe(true);
    server.greeting = { resumed: true, resumeToken, compression: Kind.ZSTD, compressAbove: 100 };
    peer.transport.destroy();
    await settled();
    server.clock.advance(250);
    await settled();
    const [again] = server.peer.of(ask.id);
    expect(again).toMatchObject({ compressed: true, sequence: 1 });
    server.peer.reply(again!, Note, short(2));
    expect(await asked).toEqual(short(2));
    await connection.close();
  });
});

describe("deflate()", () => {
  it("sends requests as they are", async () => {
    const { peer, connection } = await connected(deflate());
    void connection.request(askSmall, long(1)).catch(() => {});
    await settled();
    expect(peer.of(ask.id)[0]!.compressed).toBe(false);
    await connection.close();
  });

  it("connects without compression in an engine that has none", async () => {
    const engine = globalThis as { DecompressionStream?: unknown };
    const { DecompressionStream } = engine;
    try {
      delete engine.DecompressionStream;
      const { peer, connection, heard } = await connected(deflate(), {}, { compression: 0 });
      expect(peer.hello.compressions).toEqual([]);
      peer.send(kind.push, noted.id, 1, Note, long(1));
      await settled();
      expect(heard).toEqual([1]);
      await connection.close();
    } finally {
      engine.DecompressionStream = DecompressionStream;
    }
  });

  it("stops a bomb after little more than the size that it has announced", async () => {
    const { peer, connection, heard } = await connected(deflate());
    const states: string[] = [];
    connection.onState((event) => states.push(event.reason));
    const { deflateRawSync } = await import("node:zlib");
    const bomb = deflateRawSync(new Uint8Array(256 << 20));
    const before = process.memoryUsage().arrayBuffers;
    peer.sendPacked(kind.push, noted.id, 1, Note, long(1), () =>
      Buffer.concat([Uint8Array.of(0x80, 0x08), bomb]),
    );
    await until(() => states.length > 0);
    expect(states[0]).toContain("compressed body: data");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
    expect(heard).toEqual([]);
    connection.destroy();
  });
});
