import { expect, test } from "vitest";
import type { CallOptions, Connection, ConnectOptions } from "../../../clients/typescript/src/index.ts";
import type { MessageInit } from "../../../runtime/wire/codec/codec-runtime.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import type { Failure } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { ask, Note, note } from "./notes.ts";

const notRun: MessageInit<Failure> = {
  code: errorCodes.UNAVAILABLE,
  message: "the node is about to stop",
  outcome: 1,
};
const mayHaveRun: MessageInit<Failure> = {
  code: errorCodes.UNAVAILABLE,
  message: "the node was lost",
  outcome: 2,
};
const twice = { ...ask, idempotent: true };
const greeting = { resumeToken: Uint8Array.of(1), resumeWindowMs: 30_000 };

async function world(options: ConnectOptions = {}) {
  const server = new FakeServer();
  server.greeting = greeting;
  const connection = await server.connect(options);
  const numbers = () => server.peer.of(ask.id).map(({ sequence }) => sequence);
  /** Fails the last request that has arrived. */
  const fail = async (failure: MessageInit<Failure>) => {
    server.peer.fail(server.peer.of(ask.id).at(-1)!, failure);
    await settled();
  };
  const pass = async (ms: number) => {
    server.clock.advance(ms);
    await settled();
  };
  return { server, connection, numbers, fail, pass };
}

/** Asks without waiting, and keeps the result. */
async function asking(connection: Connection, command = ask, options?: CallOptions) {
  const fate = { done: undefined as unknown };
  connection.request(command, note(1), options).then(
    ({ sentMs }) => {
      fate.done = sentMs;
    },
    (error) => {
      fate.done = error;
    },
  );
  await settled();
  return fate;
}

test("a request that was not run is sent again after the server's delay, under a new number", async () => {
  const { server, connection, numbers, fail, pass } = await world();
  const fate = await asking(connection);
  await fail({ ...notRun, retryAfterMs: 600 });
  await pass(599);
  expect([fate.done, numbers(), connection.pendingCount]).toEqual([undefined, [1], 1]);
  await pass(51);
  expect(numbers()).toEqual([1, 2]);
  const [first, second] = server.peer.of(ask.id);
  expect(second!.body).toEqual(first!.body);
  server.peer.reply(second!, Note, note(7));
  await settled();
  expect(fate.done).toBe(7);
  expect(connection.counters.get("requests.retried")).toBe(1);
  expect(connection.pendingCount).toBe(0);
});

test("each further failure doubles the least delay", async () => {
  const { connection, numbers, fail, pass } = await world();
  await asking(connection);
  for (const [failures, delayMs] of [100, 200, 400, 800].entries()) {
    await fail(notRun);
    await pass(delayMs - 50);
    expect(numbers()).toHaveLength(failures + 1);
    await pass(50);
    expect(numbers()).toHaveLength(failures + 2);
  }
});

test("a request that may have run is sent again only when the schema calls its command idempotent", async () => {
  const { server, connection, numbers, fail, pass } = await world();
  const once = await asking(connection);
  await fail(mayHaveRun);
  expect(once.done).toMatchObject({ code: "UNAVAILABLE", outcome: "may have run" });
  const again = await asking(connection, twice);
  await fail(mayHaveRun);
  await pass(150);
  expect(numbers()).toEqual([1, 2, 3]);
  server.peer.reply(server.peer.of(ask.id).at(-1)!, Note, note(8));
  await settled();
  expect(again.done).toBe(8);
});

test.each([
  ["RESOURCE_EXHAUSTED", 1],
  ["INVALID_ARGUMENT", 1],
  ["UNAUTHENTICATED", 1],
  ["PERMISSION_DENIED", 1],
  ["DEADLINE_EXCEEDED", 1],
  ["ABORTED", 1],
  ["UNIMPLEMENTED", 1],
  ["UNAVAILABLE", 0],
] as const)("a request that fails with %s, outcome %i, is not sent again", async (code, outcome) => {
  const { connection, numbers, fail, pass } = await world();
  const fate = await asking(connection, twice);
  await fail({ code: errorCodes[code], message: "no", retryAfterMs: 50, outcome });
  expect(fate.done).toMatchObject({ code });
  await pass(1_500);
  expect(numbers()).toEqual([1]);
});

test("a failure is final when its next attempt would come after the timeout", async () => {
  const { connection, numbers, fail, pass } = await world();
  const fate = await asking(connection, ask, { timeoutMs: 1_000 });
  await fail({ ...notRun, retryAfterMs: 400 });
  await pass(450);
  expect(numbers()).toEqual([1, 2]);
  await fail({ ...notRun, retryAfterMs: 600 });
  expect(fate.done).toMatchObject({
    code: "UNAVAILABLE",
    reason: "the node is about to stop",
    outcome: "not run",
    call: "test.Ask",
    retryAfterMs: 600,
  });
});

test("a request that may have run in one attempt may have run, whatever becomes of the next one", async () => {
  const { connection, numbers, fail, pass } = await world();
  const fate = await asking(connection, twice, { timeoutMs: 1_000 });
  await fail(mayHaveRun);
  await pass(150);
  expect(numbers()).toHaveLength(2);
  await fail({ ...notRun, retryAfterMs: 5_000 });
  expect(fate.done).toMatchObject({ code: "UNAVAILABLE", outcome: "may have run" });
});

test("an idempotent request that may have run is sent three times at most, and goes on when it was not run", async () => {
  const { connection, numbers, fail, pass } = await world();
  const fate = await asking(connection, twice, { timeoutMs: 60_000 });
  for (const failure of [mayHaveRun, notRun, mayHaveRun]) {
    expect(fate.done).toBeUndefined();
    await fail(failure);
    await pass(400);
  }
  expect(fate.done).toMatchObject({ code: "UNAVAILABLE", outcome: "may have run" });
  expect(numbers()).toHaveLength(3);
  const other = await asking(connection, twice, { timeoutMs: 60_000 });
  for (const failure of [mayHaveRun, notRun, notRun, notRun]) {
    await fail(failure);
    await pass(1_000);
  }
  expect(other.done).toBeUndefined();
  expect(numbers()).toHaveLength(8);
});

test("the next attempt tells the server the time that is left", async () => {
  const { server, connection, fail, pass } = await world();
  await asking(connection, ask, { timeoutMs: 2_000 });
  await fail({ ...notRun, retryAfterMs: 500 });
  await pass(500);
  expect(server.peer.of(ask.id).map(({ remainingMs }) => remainingMs)).toEqual([2_000, 1_500]);
});

test("a request that waits for its next attempt can be cancelled, and is never sent", async () => {
  const { server, connection, numbers, fail, pass } = await world();
  const giveUp = new AbortController();
  const fate = await asking(connection, ask, { signal: giveUp.signal });
  await fail(notRun);
  giveUp.abort();
  await settled();
  expect(fate.done).toMatchObject({ code: "CANCELLED", outcome: "not run" });
  await pass(1_000);
  expect(numbers()).toEqual([1]);
  expect(server.peer.of(control.cancel)).toHaveLength(0);
});

test("requests that wait for their next attempt count as in flight", async () => {
  const { connection, fail } = await world({ maxPendingCount: 1 });
  await asking(connection);
  await fail(notRun);
  const refused = await asking(connection);
  expect(refused.done).toMatchObject({ code: "RESOURCE_EXHAUSTED", outcome: "not sent" });
});

test("a request that waits for its next attempt outlives the connection, and gets its number when it is sent", async () => {
  const { server, connection, numbers, fail, pass } = await world();
  const waiting = await asking(connection);
  await fail({ ...notRun, retryAfterMs: 300 });
  server.peer.transport.destroy();
  await settled();
  server.reachable = false;
  await pass(250);
  const offline = await asking(connection);
  await pass(200);
  server.reachable = true;
  server.greeting = { ...greeting, resumed: true, lastRequest: 1 };
  await pass(700);
  await pass(50);
  expect(numbers()).toEqual([2, 3]);
  for (const request of server.peer.of(ask.id)) server.peer.reply(request, Note, note(request.sequence));
  await settled();
  expect([waiting.done, offline.done]).toEqual([3, 2]);
});

test("a request that waits for a connection to be sent again on fails by its timeout, as not run", async () => {
  const { server, connection, fail, pass } = await world();
  const fate = await asking(connection, ask, { timeoutMs: 1_000 });
  await fail(notRun);
  server.peer.transport.destroy();
  server.reachable = false;
  await settled();
  await pass(1_000);
  expect(fate.done).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "not run" });
});

test("with retry: false each failure is final", async () => {
  const { connection, numbers, fail, pass } = await world({ retry: false });
  const fate = await asking(connection, twice);
  await fail(notRun);
  expect(fate.done).toMatchObject({ code: "UNAVAILABLE", outcome: "not run" });
  await pass(1_000);
  expect(numbers()).toEqual([1]);
});

test("close with a grace time waits for requests that wait for their next attempt", async () => {
  const { server, connection, fail, pass } = await world();
  const fate = await asking(connection);
  await fail(notRun);
  const closing = connection.close({ graceMs: 3_000 });
  await pass(100);
  server.peer.reply(server.peer.of(ask.id).at(-1)!, Note, note(5));
  await settled();
  await closing;
  expect(fate.done).toBe(5);
});
