import { describe, expect, it } from "vitest";
import { decode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Cancel } from "../../../runtime/wire/generated/photinus/control.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { Small } from "../../conformance/codec/fixtures/kinds.messages.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { ask, Note, note, tell } from "./notes.ts";

describe("a request", () => {
  it("resolves with the reply that repeats its sequence number", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const first = connection.request(ask, note(1));
    const second = connection.request(ask, note(2));
    await settled();
    const [one, two] = server.peer.of(ask.id);
    expect([one!.sequence, two!.sequence, one!.kind]).toEqual([1, 2, kind.request]);
    server.peer.reply(two!, Note, note(20));
    server.peer.reply(one!, Note, note(10));
    expect(await second).toEqual(note(20));
    expect(await first).toEqual(note(10));
    expect(connection.pendingCount).toBe(0);
  });

  it("is answered by an empty reply as well", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const asked = connection.request(ask, note(0));
    await settled();
    server.peer.reply(server.peer.of(ask.id)[0]!, Note, note(0));
    expect(await asked).toEqual(note(0));
  });

  it("goes out in one write with everything else of the same tick", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    await settled();
    const before = server.peer.chunkCount;
    const all = Array.from({ length: 50 }, (_, i) => connection.request(ask, note(i)));
    connection.notify(tell, note(7));
    await settled();
    expect(server.peer.received.length).toBeGreaterThan(50);
    expect(server.peer.chunkCount - before).toBe(1);
    for (const asked of server.peer.of(ask.id)) server.peer.reply(asked, Note, decode(Note, asked.body));
    expect((await Promise.all(all)).map(({ sentMs }) => sentMs)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
  });

  it("rejects with the server's typed error", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const asked = connection.request(ask, note(1));
    await settled();
    server.peer.fail(server.peer.of(ask.id)[0]!, { code: 5, message: "no such meadow", retryAfterMs: 250 });
    await expect(asked).rejects.toMatchObject({
      name: "PhotinusError",
      code: "NOT_FOUND",
      reason: "no such meadow",
      message: "NOT_FOUND: test.Ask: no such meadow",
      call: "test.Ask",
      retryAfterMs: 250,
    });
  });

  it("rejects with UNKNOWN for a code that this client does not know", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const asked = connection.request(ask, note(1));
    await settled();
    server.peer.fail(server.peer.of(ask.id)[0]!, { code: 4711, message: "?" });
    await expect(asked).rejects.toMatchObject({ code: "UNKNOWN" });
  });

  it("rejects with INTERNAL when the reply cannot be read, and the connection stays", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const asked = connection.request(ask, note(1));
    await settled();
    const { command, sequence } = server.peer.of(ask.id)[0]!;
    server.peer.send(
      kind.reply,
      command,
      sequence,
      { name: "bad", write: (w) => w.append(Uint8Array.of(0x09, 1)) },
      0,
    );
    await expect(asked).rejects.toMatchObject({
      code: "INTERNAL",
      message: "INTERNAL: test.Ask: the reply cannot be decoded",
    });
    expect(connection.state).toBe("open");
  });

  it("fails by the client's own timer after the schema's timeout, and not before", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    let failed = false;
    const asked = connection.request(ask, note(1)).catch((error: unknown) => {
      failed = true;
      throw error;
    });
    await settled();
    expect(server.peer.of(ask.id)[0]!.remainingMs).toBe(-1);
    for (let passed = 0; passed < 4_900; passed += 700) {
      server.clock.advance(700);
      server.peer.pong();
      await settled();
    }
    expect(failed).toBe(false);
    server.clock.advance(200);
    await expect(asked).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(connection.pendingCount).toBe(0);
  });

  it("tells the server a timeout that is shorter than the schema's", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const asked = connection.request(ask, note(1), { timeoutMs: 300 });
    await settled();
    expect(server.peer.of(ask.id)[0]!.remainingMs).toBe(300);
    server.clock.advance(400);
    await expect(asked).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses %s as a timeout", async (timeoutMs) => {
    const connection = await new FakeServer().connect();
    await expect(connection.request(ask, note(1), { timeoutMs })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      reason: expect.stringContaining("timeoutMs"),
    });
  });

  it("is cancelled by its signal, and the server is told so", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const controller = new AbortController();
    const asked = connection.request(ask, note(1), { signal: controller.signal });
    await settled();
    controller.abort(new Error("changed my mind"));
    await expect(asked).rejects.toMatchObject({
      code: "CANCELLED",
      cause: expect.objectContaining({ message: "changed my mind" }),
    });
    await settled();
    const cancels = server.peer.of(control.cancel);
    expect(cancels.map(({ body }) => decode(Cancel, body).sequence)).toEqual([
      server.peer.of(ask.id)[0]!.sequence,
    ]);
  });

  it("is not sent at all when its signal has been aborted before", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    await expect(connection.request(ask, note(1), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    await settled();
    expect(server.peer.of(ask.id)).toEqual([]);
  });

  it("leaves no listener on a signal that outlives it", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const controller = new AbortController();
    const asked = connection.request(ask, note(1), { signal: controller.signal });
    await settled();
    server.peer.reply(server.peer.of(ask.id)[0]!, Note, note(2));
    await asked;
    controller.abort();
    await settled();
    expect(server.peer.of(control.cancel)).toEqual([]);
  });

  it("counts a reply that comes too late, and goes on", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const asked = connection.request(ask, note(1), { timeoutMs: 100 });
    await settled();
    server.clock.advance(200);
    await expect(asked).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    server.peer.reply(server.peer.of(ask.id)[0]!, Note, note(2));
    await settled();
    expect(connection.counters.get("replies.late")).toBe(1);
    expect(connection.state).toBe("open");
  });

  it("is refused with RESOURCE_EXHAUSTED when too many are in flight", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ maxPendingCount: 2 });
    const first = connection.request(ask, note(1));
    const second = connection.request(ask, note(2));
    await expect(connection.request(ask, note(3))).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    await settled();
    expect(server.peer.of(ask.id)).toHaveLength(2);
    for (const asked of server.peer.of(ask.id)) server.peer.reply(asked, Note, note(0));
    await Promise.all([first, second]);
    const third = connection.request(ask, note(3));
    await settled();
    server.peer.reply(server.peer.of(ask.id)[2]!, Note, note(3));
    expect(await third).toEqual(note(3));
  });

  it("ends the connection when a frame comes that is larger than the server said it sends", async () => {
    const server = new FakeServer();
    server.greeting = { maxServerFrameBytes: 64 };
    const connection = await server.connect();
    const size = (bytes: number) => ({
      name: "test.Blob",
      write: (w: { append(b: Uint8Array): void }) => w.append(new Uint8Array(bytes)),
      read: () => note(0),
    });
    server.peer.send(kind.push, 900, 1, size(64 - 9), note(0));
    await settled();
    expect(connection.state).toBe("open");
    server.peer.send(kind.push, 900, 2, size(65 - 9), note(0));
    await settled();
    expect(connection.state).not.toBe("open");
    expect(connection.counters.get("frames.illegal")).toBe(1);
  });

  it("is refused when its message makes a frame larger than the server takes, and nothing of it is sent", async () => {
    const server = new FakeServer();
    server.greeting = { maxFrameBytes: 64 };
    const connection = await server.connect();
    const blob = {
      ...ask,
      request: {
        name: "test.Blob",
        write: (w: { append(b: Uint8Array): void }) => w.append(new Uint8Array(100)),
        read: () => note(0),
      },
    };
    await expect(connection.request(blob, note(1))).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      reason: expect.stringContaining("109 bytes"),
    });
    const asked = connection.request(ask, note(5));
    await settled();
    expect(server.peer.of(ask.id).map(({ body }) => decode(Note, body))).toEqual([note(5)]);
    server.peer.reply(server.peer.of(ask.id)[0]!, Note, note(5));
    await asked;
  });

  it("is refused when its message cannot be written, and nothing of it is sent", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const broken = {
      ...ask,
      request: {
        name: "test.Broken",
        write(writer: { append(bytes: Uint8Array): void }) {
          writer.append(Uint8Array.of(1, 2, 3));
          throw new Error("no such field");
        },
        read: () => note(0),
      },
    };
    await expect(connection.request(broken, note(1))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(() => connection.notify({ ...broken, reply: undefined }, note(1))).toThrow("no such field");
    connection.notify(tell, note(9));
    await settled();
    expect(server.peer.received.map(({ command }) => command)).toEqual([
      control.hello,
      control.ping,
      tell.id,
    ]);
  });

  it("is refused with the field's path when a value is not of the field's type", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const command = { ...ask, request: Small };
    const wrong = { number: 1.5, text: "" };
    await expect(connection.request(command, wrong)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      reason: "kinds.Small.number: expected int32, found a fraction",
    });
    expect(() => connection.notify({ ...command, reply: undefined }, wrong)).toThrow(
      "kinds.Small.number: expected int32, found a fraction",
    );
    expect(server.peer.of(ask.id)).toEqual([]);
  });

  it("is refused when too many bytes wait to be sent", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ maxBufferedBytes: 1024 });
    for (let i = 0; i < 200; i++) connection.request(ask, note(1)).catch(() => {});
    await expect(connection.request(ask, note(1))).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    expect(() => connection.notify(tell, note(1))).toThrow("RESOURCE_EXHAUSTED");
    connection.destroy();
  });
});
