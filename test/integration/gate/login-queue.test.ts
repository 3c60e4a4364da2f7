import { expect, test } from "vitest";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import type { Authenticator } from "../../../runtime/gate/auth/authenticator.ts";
import { ticketRefusal } from "../../../runtime/gate/auth/ticket-refusals.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Bye, Hello, Pong } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { plain } from "./auth/plain-tickets.ts";
import { linked } from "./owners.ts";
import { RawClient, text } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();

/** Takes the number of a user as a ticket. */
const authenticator: Authenticator = {
  async judge(ticket) {
    const userId = BigInt(decoder.decode(ticket) || 0);
    if (userId === 0n) throw ticketRefusal("malformed");
    return { userId, auth: "user", issuedAtMs: Date.now(), expiresAtMs: Infinity, ticketId: "" };
  },
};

/** Says hello, and comes back when something has been said. */
async function arrive(user: string, hello: Partial<Hello> = {}): Promise<RawClient> {
  const client = await world.silent();
  const message = { ticket: text(user), canWait: true, ...hello };
  client.control(control.hello, Hello, Hello.create(message));
  const isAnswered = () => client.welcome !== undefined || client.places.length > 0;
  await Promise.race([client.until(isAnswered), client.closed]);
  return client;
}

test("at a full gate a newcomer waits for its welcome, is heard meanwhile, and comes in when another leaves", async () => {
  const gate = await world.gate({ auth: { authenticator }, queue: { sessions: 1 } });
  await world.node("probe-1", { echo: (body) => body });
  const first = await arrive("1");
  expect(first.welcome).toBeDefined();
  const second = await arrive("2");
  const third = await arrive("3");
  expect([second.places, third.places, second.welcome]).toEqual([[1], [2], undefined]);
  expect(gate.status()).toMatchObject({ sessions: 1, queued: 2 });
  second.ping();
  second.control(control.pong, Pong, Pong.create({ sentMs: 1 }));
  await second.until(() => second.pongs === 1);
  first.control(control.bye, Bye, {});
  await second.until(() => second.welcome !== undefined);
  expect(await second.ask(commands.echo.id, "x")).toBe("x");
  expect([third.welcome, gate.status().queued]).toEqual([undefined, 1]);
  third.control(control.bye, Bye, {});
  await third.closed;
  expect(gate.status().queued).toBe(0);
});

test("no place is given before the ticket is accepted, and none to a client that cannot wait", async () => {
  const gate = await world.gate({ auth: { authenticator }, queue: { sessions: 1 } });
  await arrive("1");
  const stranger = await arrive("0");
  expect(stranger).toMatchObject({ places: [], kicked: { code: errorCodes.UNAUTHENTICATED } });
  const old = await arrive("2", { canWait: false });
  expect(old.kicked).toMatchObject({ code: errorCodes.UNAVAILABLE, reconnect: true });
  expect(old.kicked?.retryAfterMs).toBeGreaterThanOrEqual(5_000);
  expect(gate.counters.get("client.refused.full")).toBe(1);
  expect(gate.status().queued).toBe(0);
});

test("a queue that is full refuses, and a second connection of a user takes the place of the first", async () => {
  const gate = await world.gate({ auth: { authenticator }, queue: { sessions: 1, count: 1 } });
  await arrive("1");
  const waiting = await arrive("2");
  const beyond = await arrive("3");
  expect(beyond.kicked).toMatchObject({ code: errorCodes.UNAVAILABLE });
  expect(gate.counters.get("client.refused.queue-full")).toBe(1);
  const again = await arrive("2");
  await waiting.closed;
  expect([again.places, waiting.kicked?.code]).toEqual([[1], errorCodes.ALREADY_EXISTS]);
  expect(gate.status().queued).toBe(1);
});

test("a user whose ticket has expired in the queue keeps the place, and comes in with a fresh one", async () => {
  const gate = await world.gate({ auth: { authenticator: plain }, queue: { sessions: 1, updateMs: 100 } });
  const first = await arrive("1");
  const second = await arrive("2 user 100");
  const taker = await arrive("3");
  const others = [await arrive("4"), await arrive("5")];
  await new Promise((resolve) => setTimeout(resolve, 200));
  first.control(control.bye, Bye, {});
  await second.closed;
  await taker.until(() => taker.welcome !== undefined);
  expect(second.kicked).toMatchObject({ code: errorCodes.UNAUTHENTICATED, reconnect: true });
  const back = await arrive("2");
  expect(back.places).toEqual([1]);
  taker.control(control.bye, Bye, {});
  await back.until(() => back.welcome !== undefined);
  expect([others.map(({ welcome }) => welcome), gate.status().queued]).toEqual([[undefined, undefined], 2]);
});

test("a client that resumes its session does not wait", async () => {
  const gate = await world.gate({ auth: { authenticator }, queue: { sessions: 1 } });
  const first = await arrive("1", { canResume: true });
  const second = await arrive("2");
  const { resumeToken } = first.welcome!;
  first.transport.destroy();
  await eventually(() => gate.status().suspended === 1);
  const back = await arrive("1", { canResume: true, resumeToken });
  expect([back.welcome?.resumed, back.places, second.welcome]).toEqual([true, [], undefined]);
});

test("a request of a client that waits closes its connection; a silent one is closed by the heartbeat", async () => {
  const gate = await world.gate({ queue: { sessions: 1 }, heartbeatMs: 200 });
  const first = await arrive("1");
  const keep = setInterval(() => first.ping(), 50);
  world.atEnd(() => clearInterval(keep));
  const hasty = await arrive("2");
  void hasty.request(commands.echo.id, text("x"));
  await hasty.closed;
  expect(hasty.kicked?.code).toBe(errorCodes.FAILED_PRECONDITION);
  const silent = await arrive("3");
  await silent.closed;
  expect(silent.pings).toBeGreaterThan(0);
  expect(gate.counters.get("client.closed.dead")).toBe(1);
  expect(gate.status().queued).toBe(0);
});

test("newcomers wait while a node is overloaded", async () => {
  const limits = { nodeInFlightCount: 4, overloadedNodeCount: 2 };
  const gate = await world.gate({ queue: { sessions: 100 }, limits });
  const held = latch();
  await world.node("probe-1", {
    sticky: async (body) => {
      await held.passed;
      return body;
    },
  });
  const heavy = await arrive("1");
  for (let n = 0; n < 20; n++) void heavy.request(commands.sticky.id, text(""));
  await eventually(() => gate.status().nodes[0]?.pausedClients === 1);
  const newcomer = await arrive("2");
  expect(newcomer.places).toEqual([1]);
  held.open();
  await newcomer.until(() => newcomer.welcome !== undefined);
});

test("at a gate that stops, waiting clients are sent away at once, before its sessions have moved", async () => {
  const gate = await world.gate({ queue: { sessions: 1 } });
  await linked(gate, await world.gate());
  const held = latch();
  await world.node("probe-1", {
    echo: async (body) => {
      await held.passed;
      return body;
    },
  });
  const first = await arrive("1", { canResume: true });
  void first.request(commands.echo.id, text("x"));
  await eventually(() => gate.status().inFlight === 1);
  const second = await arrive("2");
  const closing = gate.close({ graceMs: 20_000 });
  await second.closed;
  expect(second.kicked).toMatchObject({ code: errorCodes.UNAVAILABLE, reconnect: true });
  expect(gate.status().sessions).toBe(1);
  held.open();
  await closing;
});

test("the client library shows its place, and is open when it has come in", async () => {
  const gate = await world.gate({ queue: { sessions: 1 } });
  const first = await arrive("1");
  const { host, port } = gate.clientAddress!;
  const states: unknown[] = [];
  const connecting = connect(`tcp://${host}:${port}`, {
    onState: (event) => states.push(event.state === "queued" ? event.position : event.state),
  });
  await eventually(() => states.includes(1));
  first.control(control.bye, Bye, {});
  const connection = await connecting;
  world.atEnd(() => connection.close());
  expect(connection.state).toBe("open");
});

test("a classic client is closed at a full gate", async () => {
  const gate = await world.gate({ queue: { sessions: 1 } });
  await arrive("1");
  const { host, port } = gate.clientAddress!;
  const transport = await dialTcp(host, port);
  const classic = new RawClient(transport);
  transport.output.append(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1));
  transport.flushSoon();
  await classic.closed;
  expect(gate.counters.get("client.refused.full")).toBe(1);
});
