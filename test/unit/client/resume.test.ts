import { expect, test } from "vitest";
import type { Connection, StateEvent } from "../../../clients/typescript/src/index.ts";
import type { MessageInit } from "../../../runtime/wire/codec/codec-runtime.ts";
import { decode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Ack, Cancel, type Welcome } from "../../../runtime/wire/generated/photinus/control.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { ask, Note, note, noted, tell } from "./notes.ts";

/** Encodes any note in 2,000 bytes. */
const large: typeof ask.request = { ...Note, write: (writer) => writer.append(new Uint8Array(2_000)) };
const greeting = { resumeToken: Uint8Array.of(1), resumeWindowMs: 30_000 };
const numbersOf = (server: FakeServer) => server.peer.of(ask.id).map(({ sequence }) => sequence);

/** A server whose sessions can be resumed, and a connection to it. */
async function world() {
  const server = new FakeServer();
  server.greeting = greeting;
  const connection = await server.connect();
  const events: StateEvent[] = [];
  connection.onState((event) => events.push(event));
  return { server, connection, events };
}

/** Breaks the connection, and lets the client come back to this welcome. */
async function cut(server: FakeServer, welcome: MessageInit<Welcome> | undefined): Promise<void> {
  server.peer.transport.destroy();
  await settled();
  server.greeting = welcome;
  server.reachable = welcome !== undefined;
  server.clock.advance(250);
  await settled();
}

/** Asks without waiting, and gives what became of it. */
function asking(connection: Connection, n: number, command = ask) {
  const fate = { done: undefined as number | { code: string; outcome?: string } | undefined };
  connection.request(command, note(n)).then(
    ({ sentMs }) => {
      fate.done = sentMs;
    },
    (error) => {
      fate.done = error;
    },
  );
  return fate;
}

test("a client that comes back says what it has received, and that it can resume", async () => {
  const { server, connection } = await world();
  await settled();
  expect(server.peer.hello).toMatchObject({ canResume: true, answerCount: 0, lastPush: 0 });
  const first = asking(connection, 1);
  await settled();
  server.peer.reply(server.peer.of(ask.id)[0]!, Note, note(10));
  server.peer.push(noted.id, Note, note(1));
  server.peer.send(kind.push, noted.id, 0, Note, note(2));
  await settled();
  await cut(server, { ...greeting, resumed: true });
  expect(first.done).toBe(10);
  expect(server.peer.hello).toMatchObject({
    resumeToken: Uint8Array.of(1),
    canResume: true,
    answerCount: 1,
    lastPush: 1,
  });
});

test("after a resume, only requests that had not arrived are sent again, with their numbers", async () => {
  const { server, connection } = await world();
  const fates = [1, 2, 3].map((n) => asking(connection, n));
  await settled();
  await cut(server, { ...greeting, resumed: true, lastRequest: 1 });
  expect(numbersOf(server)).toEqual([2, 3]);
  server.peer.send(kind.reply, ask.id, 1, Note, note(10));
  for (const received of server.peer.of(ask.id)) server.peer.reply(received, Note, note(20));
  await settled();
  expect(fates.map(({ done }) => done)).toEqual([10, 20, 20]);
});

test("requests made while there is no connection are sent when there is one", async () => {
  const { server, connection } = await world();
  await cut(server, undefined);
  const fate = asking(connection, 1);
  await settled();
  expect(fate.done).toBeUndefined();
  server.reachable = true;
  server.greeting = { ...greeting, resumed: true };
  server.clock.advance(1_000);
  await settled();
  server.peer.reply(server.peer.of(ask.id)[0]!, Note, note(7));
  await settled();
  expect(fate.done).toBe(7);
});

test("a request that waits for a connection fails by its own timeout, as not sent; one that was sent may have run", async () => {
  const { server, connection } = await world();
  const sent = asking(connection, 1);
  await settled();
  await cut(server, undefined);
  const unsent = asking(connection, 2);
  server.clock.advance(10_000);
  await settled();
  expect(sent.done).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "may have run" });
  expect(unsent.done).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "not sent" });
});

test("in a new session, requests of the former one fail as they may have run; idempotent and unsent ones are sent", async () => {
  const { server, connection, events } = await world();
  const doubtful = asking(connection, 1);
  const repeated = asking(connection, 2, { ...ask, idempotent: true });
  await settled();
  await cut(server, undefined);
  const unsent = asking(connection, 3);
  server.reachable = true;
  server.greeting = { ...greeting, resumed: false, refusal: 1 };
  server.clock.advance(1_000);
  await settled();
  expect(doubtful.done).toMatchObject({ code: "UNAVAILABLE", outcome: "may have run" });
  expect(numbersOf(server)).toEqual([2, 3]);
  for (const received of server.peer.of(ask.id)) server.peer.reply(received, Note, note(9));
  await settled();
  expect([repeated.done, unsent.done]).toEqual([9, 9]);
  expect(events.filter(({ cause }) => cause === "welcome")).toMatchObject([
    { resumed: false, refusal: "ended" },
  ]);
});

test("an idempotent request that was sent in two sessions and then refused may have run", async () => {
  const { server, connection } = await world();
  const fate = asking(connection, 1, { ...ask, idempotent: true });
  await settled();
  await cut(server, { ...greeting, refusal: 1 });
  server.peer.fail(server.peer.of(ask.id)[0]!, {
    code: 14,
    message: "no node",
    outcome: 1,
    retryAfterMs: 9_000,
  });
  await settled();
  expect(fate.done).toMatchObject({ code: "UNAVAILABLE", outcome: "may have run" });
});

test("requests that wait for a connection are bounded by their bytes: one more fails, as not sent", async () => {
  const server = new FakeServer();
  server.greeting = greeting;
  const connection = await server.connect({ maxBufferedBytes: 1_024 });
  await cut(server, undefined);
  const fates = Array.from({ length: 100 }, (_, n) => asking(connection, n));
  await settled();
  const failed = fates.flatMap(({ done }) => (done === undefined ? [] : [done]));
  expect(failed.length).toBeGreaterThan(0);
  for (const error of failed) {
    expect(error).toMatchObject({ code: "RESOURCE_EXHAUSTED", call: "test.Ask", outcome: "not sent" });
  }
  server.reachable = true;
  server.greeting = { ...greeting, resumed: true };
  server.clock.advance(1_000);
  await settled();
  expect(failed.length + server.peer.of(ask.id).length).toBe(100);
  await cut(server, undefined);
  const later = asking(connection, 1);
  await settled();
  expect(later.done).toBeUndefined();
});

test("requests in flight are all sent again, also when they are more than the queue has room for", async () => {
  const server = new FakeServer();
  server.greeting = greeting;
  const connection = await server.connect({ maxBufferedBytes: 1_024 });
  const fates: ReturnType<typeof asking>[] = [];
  for (let n = 0; n < 100; n++) {
    fates.push(asking(connection, n));
    if (n % 10 === 0) await settled();
  }
  await settled();
  await cut(server, { ...greeting, resumed: true });
  expect(numbersOf(server)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
  expect(fates.filter(({ done }) => done !== undefined)).toEqual([]);
});

test("a request that waits for a connection fails with the name of its call when the new server takes no such frame", async () => {
  const { server, connection } = await world();
  await cut(server, undefined);
  const fate = asking(connection, 1, { ...ask, request: large });
  server.reachable = true;
  server.greeting = { ...greeting, resumed: true, maxFrameBytes: 1_024 };
  server.clock.advance(1_000);
  await settled();
  expect(fate.done).toMatchObject({ code: "INVALID_ARGUMENT", call: "test.Ask", outcome: "not sent" });
});

test("a kick ends the session: requests in flight fail, and the token is not shown again", async () => {
  const { server, connection } = await world();
  const fate = asking(connection, 1);
  await settled();
  server.peer.kick({ code: 8, reason: "too slow", reconnect: true });
  await settled();
  expect(fate.done).toMatchObject({ code: "UNAVAILABLE", outcome: "may have run" });
  server.clock.advance(1_000);
  await settled();
  expect(server.peer.hello.resumeToken).toHaveLength(0);
});

test("a request that was cancelled while there was no connection is cancelled at the server after the resume", async () => {
  const { server, connection } = await world();
  const giveUp = new AbortController();
  const cancelled = connection.request(ask, note(1), { signal: giveUp.signal });
  cancelled.catch(() => {});
  await settled();
  server.peer.transport.destroy();
  await settled();
  giveUp.abort();
  server.greeting = { ...greeting, resumed: true, lastRequest: 1 };
  server.clock.advance(250);
  await settled();
  await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
  const [cancel] = server.peer.of(control.cancel);
  expect(decode(Cancel, cancel!.body)).toEqual({ sequence: 1 });
});

test("notifies are not sent again; those that a cut has lost are counted", async () => {
  const { server, connection } = await world();
  for (let n = 0; n < 5; n++) connection.notify(tell, note(n));
  await settled();
  await cut(server, { ...greeting, resumed: true, notifyCount: 3 });
  expect(server.peer.of(tell.id)).toEqual([]);
  expect(connection.counters.get("notifies.lost")).toBe(2);
  connection.notify(tell, note(6));
  await settled();
  await cut(server, { ...greeting, resumed: true, notifyCount: 4 });
  expect(connection.counters.get("notifies.lost")).toBe(2);
});

test("what has arrived is acknowledged with each ping, and after 64 KiB", async () => {
  const { server } = await world();
  const acks = () => server.peer.of(control.ack).map(({ body }) => decode(Ack, body).push);
  server.peer.push(noted.id, Note, note(1));
  await settled();
  server.clock.advance(1_000);
  await settled();
  expect(acks().at(-1)).toBe(1);
  const before = acks().length;
  for (let n = 2; n <= 3_000; n++) server.peer.push(noted.id, Note, note(n));
  await settled();
  expect(acks().length).toBeGreaterThan(before);
});

test("close says goodbye, so that the server does not wait for the client", async () => {
  const { server, connection } = await world();
  await connection.close();
  await settled();
  expect(server.peer.of(control.bye)).toHaveLength(1);
});

test("a kick in favour of another connection of the session, with reconnect, leaves the token and the requests", async () => {
  const { server, connection } = await world();
  const fate = asking(connection, 1);
  await settled();
  server.peer.kick({ code: 6, reason: "resumed elsewhere", reconnect: true });
  await settled();
  expect(fate.done).toBeUndefined();
  server.greeting = { ...greeting, resumed: true };
  server.clock.advance(1_000);
  await settled();
  expect(server.peer.hello.resumeToken).toEqual(Uint8Array.of(1));
  expect(numbersOf(server)).toEqual([1]);
});

test("a resumed client sends an Ack at once, also without a heartbeat", async () => {
  const { server } = await world();
  server.peer.push(noted.id, Note, note(1));
  await settled();
  await cut(server, { ...greeting, resumed: true, heartbeatMs: 0 });
  expect(server.peer.of(control.ack).map(({ body }) => decode(Ack, body).push)).toEqual([1]);
});
