import { describe, expect, it } from "vitest";
import { Delivery } from "../../../clients/typescript/src/call/delivery.ts";
import type { StateEvent } from "../../../clients/typescript/src/connection-state.ts";
import type { Writer } from "../../../runtime/wire/codec/writer.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { NodeChange, type NodeState, Ping } from "../../../runtime/wire/generated/photinus/control.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { ask, Note, note, noted } from "./notes.ts";

describe("a push", () => {
  it("reaches all listeners, in the order in which they came and the pushes were sent", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const heard: string[] = [];
    connection.onPush(noted, ({ sentMs }) => heard.push(`a${sentMs}`));
    connection.onPush(noted, ({ sentMs }) => heard.push(`b${sentMs}`));
    server.peer.push(noted.id, Note, note(1));
    server.peer.push(noted.id, Note, note(2));
    await settled();
    expect(heard).toEqual(["a1", "b1", "a2", "b2"]);
  });

  it("reaches the others when one listener throws or rejects, and that is reported", async () => {
    const server = new FakeServer();
    const reported: string[] = [];
    const connection = await server.connect({
      onError: (error, about) => reported.push(`${about}: ${String(error)}`),
    });
    const heard: number[] = [];
    connection.onPush(noted, () => {
      throw new Error("one");
    });
    connection.onPush(noted, async () => {
      throw new Error("two");
    });
    connection.onPush(noted, ({ sentMs }) => heard.push(sentMs));
    server.peer.push(noted.id, Note, note(1));
    server.peer.push(noted.id, Note, note(2));
    await settled();
    expect(heard).toEqual([1, 2]);
    expect(reported.filter((line) => line.includes("one"))).toHaveLength(2);
    expect(reported.filter((line) => line.includes("two"))).toHaveLength(2);
    expect(reported[0]).toContain("test.Noted");
  });

  it("is not heard any more by a listener that was taken away, also in the midst of a push", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const heard: string[] = [];
    const stopA = connection.onPush(noted, () => {
      heard.push("a");
      stopA();
      stopA();
    });
    connection.onPush(noted, () => heard.push("b"));
    server.peer.push(noted.id, Note, note(1));
    server.peer.push(noted.id, Note, note(2));
    await settled();
    expect(heard).toEqual(["a", "b", "b"]);
  });

  it("that nobody listens to is counted, and one that cannot be read is reported", async () => {
    const server = new FakeServer();
    const reported: string[] = [];
    const connection = await server.connect({ onError: (_error, about) => reported.push(about) });
    server.peer.push(999, Note, note(1));
    connection.onPush(noted, () => {});
    const bad = {
      name: "bad",
      write: (w: { append(b: Uint8Array): void }) => w.append(Uint8Array.of(0x09, 1)),
      read: () => 0,
    };
    server.peer.push(noted.id, bad, 0);
    await settled();
    expect(connection.counters.get("pushes.unheard")).toBe(1);
    expect(connection.counters.get("pushes.unreadable")).toBe(1);
    expect(reported).toEqual(["push test.Noted cannot be decoded"]);
    expect(connection.state).toBe("open");
  });

  it("cannot be listened to under one id with two bodies", async () => {
    const connection = await new FakeServer().connect();
    connection.onPush(noted, () => {});
    expect(() => connection.onPush({ ...noted, name: "test.Twin", body: { ...Ping } }, () => {})).toThrow(
      "test.Twin",
    );
  });
});

describe("order", () => {
  it("is kept between a reply and the pushes after it: awaiting code runs first", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const seen: string[] = [];
    connection.onPush(noted, ({ sentMs }) => seen.push(`push ${sentMs}`));
    const player = (async () => {
      const request = async () => await connection.request(ask, note(1));
      const { sentMs } = await (async () => await request())();
      seen.push(`reply ${sentMs}`);
    })();
    await settled();
    const asked = server.peer.of(ask.id)[0]!;
    server.peer.push(noted.id, Note, note(1));
    server.peer.reply(asked, Note, note(2));
    server.peer.push(noted.id, Note, note(3));
    server.peer.push(noted.id, Note, note(4));
    await player;
    await settled();
    expect(seen).toEqual(["push 1", "reply 2", "push 3", "push 4"]);
  });

  it("is kept over several replies and pushes, and over chunks of one byte", async () => {
    const server = new FakeServer();
    server.chunkBytes = 1;
    const connection = await server.connect();
    const seen: number[] = [];
    connection.onPush(noted, ({ sentMs }) => seen.push(sentMs));
    for (let i = 0; i < 6; i++) void connection.request(ask, note(i)).then(({ sentMs }) => seen.push(sentMs));
    await settled();
    server.peer.of(ask.id).forEach((asked, i) => {
      server.peer.reply(asked, Note, note(i * 3));
      server.peer.push(noted.id, Note, note(i * 3 + 1));
      server.peer.push(noted.id, Note, note(i * 3 + 2));
    });
    await settled();
    await settled();
    expect(seen).toEqual(Array.from({ length: 18 }, (_, i) => i));
  });

  it("lets the caller of connect listen before the pushes that come with the welcome", async () => {
    const server = new FakeServer();
    server.greeting = undefined;
    const connecting = server.connect();
    await settled();
    server.peer.welcome();
    server.peer.push(noted.id, Note, note(1));
    const heard: number[] = [];
    const connection = await connecting;
    connection.onPush(noted, ({ sentMs }) => heard.push(sentMs));
    await settled();
    expect(heard).toEqual([1]);
  });

  it("is kept between pushes and the news that the connection is lost", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const seen: string[] = [];
    connection.onPush(noted, ({ sentMs }) => seen.push(`push ${sentMs}`));
    connection.onState(({ state }) => seen.push(state));
    const asked = connection.request(ask, note(1)).then(() => seen.push("reply"));
    await settled();
    server.peer.reply(server.peer.of(ask.id)[0]!, Note, note(1));
    server.peer.push(noted.id, Note, note(2));
    server.peer.kick({ code: 1, reason: "bye" });
    await asked;
    await settled();
    expect(seen).toEqual(["reply", "push 2", "closed"]);
  });
});

describe("Delivery", () => {
  it("does things at once when there is nothing to wait for", () => {
    const delivery = new Delivery();
    expect(delivery.mustWait(false)).toBe(false);
    expect(delivery.mustWait(true)).toBe(false);
    delivery.settled();
    expect(delivery.mustWait(true)).toBe(false);
    expect(delivery.mustWait(false)).toBe(true);
  });

  it("waits for nothing any more after the tick", async () => {
    const delivery = new Delivery();
    delivery.settled();
    await settled();
    expect(delivery.mustWait(false)).toBe(false);
  });
});

describe("a hostile or broken server", () => {
  it("that leaves out a push is left: the session resumes after the last push that has come", async () => {
    const server = new FakeServer();
    server.greeting = { resumeToken: Uint8Array.of(1) };
    const connection = await server.connect();
    const heard: number[] = [];
    connection.onPush(noted, ({ sentMs }) => heard.push(sentMs));
    const events: StateEvent[] = [];
    connection.onState((event) => events.push(event));
    server.peer.send(kind.push, noted.id, 1, Note, note(1));
    server.peer.send(kind.push, noted.id, 3, Note, note(3));
    server.peer.send(kind.push, noted.id, 4, Note, note(4));
    await settled();
    expect(events).toMatchObject([
      { state: "reconnecting", cause: "lost", code: "INTERNAL", reason: "push 3 came after push 1" },
    ]);
    expect(connection.counters.get("pushes.missing")).toBe(1);
    server.greeting = { resumeToken: Uint8Array.of(2), resumed: true };
    server.clock.advance(0);
    await settled();
    expect(server.peer.hello).toMatchObject({ resumeToken: Uint8Array.of(1), lastPush: 1 });
    for (const n of [2, 3]) server.peer.send(kind.push, noted.id, n, Note, note(n));
    await settled();
    expect(heard).toEqual([1, 2, 3]);
  });

  it.each([
    ["a wrong head", [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 201], "frames.illegal", "head"],
    ["another protocol version", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], "frames.illegal", "proto-version"],
    ["a length below 4", [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3], "frames.illegal", "too-short"],
    [
      "a length above the limit",
      [0, 0, 0, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
      "frames.illegal",
      "too-long",
    ],
    [
      "an unknown kind",
      [...frame(251, 6), 8, 0, 0, 0, 1, 0],
      "envelopes.illegal",
      "envelope .0x8, sequence 1",
    ],
    [
      "a compressed body",
      [...frame(251, 6), 0x14, 0, 0, 0, 1, 0],
      "envelopes.illegal",
      "envelope .0x14, sequence 1",
    ],
    ["a cut envelope", [...frame(251, 2), 4, 0], "envelopes.illegal", "envelope .0x0, sequence 0"],
    ["a request", [...frame(201, 5), 1, 0, 0, 0, 1], "envelopes.illegal", "envelope .0x1, sequence 1"],
    ["a notify", [...frame(201, 5), 5, 0, 0, 0, 0], "envelopes.illegal", "envelope .0x5, sequence 0"],
    [
      "a reply without a number",
      [...frame(201, 5), 2, 0, 0, 0, 0],
      "envelopes.illegal",
      "envelope .0x2, sequence 0",
    ],
    [
      "a control message with a number",
      [...frame(0xffffff03, 5), 6, 0, 0, 0, 9],
      "envelopes.illegal",
      "envelope .0x6, sequence 9",
    ],
    [
      "a kick that cannot be read",
      [...frame(0xffffff06, 6), 6, 0, 0, 0, 0, 0xff],
      "envelopes.illegal",
      "Kick",
    ],
    ["an error that cannot be read", [...frame(201, 6), 3, 0, 0, 0, 1, 0xff], "envelopes.illegal", "Failure"],
  ])(
    "that sends %s loses the connection, with a count and a reason",
    async (_what, bytes, counter, reason) => {
      const server = new FakeServer();
      const connection = await server.connect();
      const reasons: string[] = [];
      connection.onState((event) => reasons.push(`${event.code}: ${event.reason}`));
      const asked = connection.request(ask, note(1));
      asked.catch(() => {});
      await settled();
      server.peer.garbage(bytes);
      await expect(asked).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await settled();
      expect(connection.counters.get(counter)).toBe(1);
      expect(reasons).toEqual([expect.stringMatching(new RegExp(`^INTERNAL: .*${reason}`))]);
      server.clock.advance(300);
      await settled();
      expect(connection.state).toBe("open");
    },
  );

  it("that answers a request as another command loses the connection", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const asked = connection.request(ask, note(1));
    asked.catch(() => {});
    await settled();
    server.peer.send(kind.reply, 777, server.peer.of(ask.id)[0]!.sequence, Note, note(1));
    await expect(asked).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: expect.stringContaining("777"),
    });
    expect(connection.counters.get("replies.mismatched")).toBe(1);
  });

  it("that answers what was never asked is ignored, with a count", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    server.peer.send(kind.reply, ask.id, 4_000_000_000, Note, note(1));
    server.peer.send(kind.error, ask.id, 4_000_000_001, Note, note(1));
    await settled();
    expect(connection.counters.get("replies.late")).toBe(2);
    expect(connection.state).toBe("open");
  });

  it("that says welcome twice loses the connection", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    server.peer.welcome({ session: "other" });
    await settled();
    expect(connection.state).toBe("reconnecting");
    expect(connection.session).toBe("s1");
  });

  it("that sends a control message of the future is listened to further", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    server.peer.send(kind.control, 0xffffff42, 0, Note, note(1));
    await settled();
    expect(connection.counters.get("controls.unknown")).toBe(1);
    expect(connection.state).toBe("open");
  });

  it("that says of a node what only the future knows is understood as a loss, and one that cannot be read ends the line", async () => {
    const server = new FakeServer();
    const connection = await server.connect();
    const events: StateEvent[] = [];
    connection.onState((event) => events.push(event));
    const change = { role: "arena", node: "arena-1", state: 9 as NodeState, planned: false, awaitedMs: 5 };
    server.peer.send(kind.control, control.nodeChange, 0, NodeChange, change);
    await settled();
    expect(events).toMatchObject([
      { state: "open", cause: "node-lost", role: "arena", node: "arena-1", awaitedMs: 5, resumed: true },
    ]);
    expect(connection.state).toBe("open");
    const bad = { name: "bad", write: (w: Writer) => w.append(Uint8Array.of(0x0a, 9)), read: () => 0 };
    server.peer.send(kind.control, control.nodeChange, 0, bad, 0);
    await settled();
    expect(connection.state).toBe("reconnecting");
  });

  it("that floods with pings gets no more pongs than the output may hold", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ maxBufferedBytes: 2_048 });
    for (let i = 0; i < 500; i++) server.peer.send(kind.control, 0xffffff03, 0, Ping, { sentMs: i });
    await settled();
    expect(connection.counters.get("controls.dropped")).toBeGreaterThan(300);
    expect(connection.state).toBe("open");
  });
});

/** The header of a frame whose payload has `size` bytes. */
function frame(command: number, size: number): number[] {
  const word = (n: number): number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
  return [0, 0, 0, 0, 1, ...word(0), ...word(size + 4), ...word(command)];
}
