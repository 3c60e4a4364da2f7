import { describe, expect, it } from "vitest";
import type { StateEvent } from "../../../clients/typescript/src/index.ts";
import { decode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Authenticate, Authenticated } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { type FakePeer, FakeServer, settled } from "./fake-server.ts";

/** Tickets that a client has brought on a connection that was open, as text. */
const brought = (peer: FakePeer): string[] =>
  peer
    .of(control.authenticate)
    .map(({ body }) => new TextDecoder().decode(decode(Authenticate, body).ticket));

const ticketsOf = ({ peers }: FakeServer): string[] =>
  peers.map(({ hello }) => new TextDecoder().decode(hello.ticket));

async function answer(peer: FakePeer, ticketMs: number, code = 0, reason = ""): Promise<void> {
  peer.control(control.authenticated, Authenticated, { ticketMs, code, reason });
  await settled();
}

/** Advances in steps that a heartbeat survives. */
async function pass(server: FakeServer, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    server.clock.advance(Math.min(left, 500));
    if (server.peer.closedBecause === undefined) server.peer.pong();
    await settled();
  }
}

function counting(): { ticket: () => Promise<string>; count: number } {
  const tickets = { count: 0, ticket: async () => `ticket ${++tickets.count}` };
  return tickets;
}

describe("a ticket", () => {
  it("may be text, which is sent as UTF-8", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ ticket: "eyJ.ü.sig" });
    await settled();
    expect(ticketsOf(server)).toEqual(["eyJ.ü.sig"]);
    await connection.close();
  });

  it("of a function is renewed between half and seven tenths of its life, and again after that", async () => {
    const server = new FakeServer();
    server.greeting = { ticketMs: 60_000 };
    const { ticket } = counting();
    const connection = await server.connect({ ticket, random: () => 0.5 });
    const states: StateEvent[] = [];
    connection.onState((event) => states.push(event));
    await pass(server, 35_500);
    expect(brought(server.peer)).toEqual([]);
    await pass(server, 1_000);
    expect(brought(server.peer)).toEqual(["ticket 2"]);
    await answer(server.peer, 100_000);
    await pass(server, 61_000);
    expect(brought(server.peer)).toEqual(["ticket 2", "ticket 3"]);
    await answer(server.peer, 0);
    await pass(server, 100_000);
    expect(brought(server.peer)).toHaveLength(2);
    expect(states).toEqual([]);
    await connection.close();
    expect(server.clock.timerCount).toBe(0);
  });

  it.each([
    [0, 14_000],
    [0.999, 10_004],
  ])("of a function is renewed by chance (%d): after %i ms of 20,000", async (chance, at) => {
    const server = new FakeServer();
    server.greeting = { ticketMs: 20_000 };
    const connection = await server.connect({ ticket: counting().ticket, random: () => chance });
    await pass(server, at - 1);
    expect(brought(server.peer)).toEqual([]);
    await pass(server, 1);
    expect(brought(server.peer)).toEqual(["ticket 2"]);
    await connection.close();
  });

  it("of a function that lives longer than a timer can wait is not renewed at once", async () => {
    const server = new FakeServer();
    server.greeting = { ticketMs: 0xffff_ffff };
    const connection = await server.connect({ ticket: counting().ticket });
    await pass(server, 10_000);
    expect(brought(server.peer)).toEqual([]);
    await connection.close();
  });

  it("that the server refuses is an event, and the next one follows while the old one lives", async () => {
    const server = new FakeServer();
    server.greeting = { ticketMs: 20_000 };
    const connection = await server.connect({ ticket: counting().ticket });
    const states: StateEvent[] = [];
    connection.onState((event) => states.push(event));
    await pass(server, 14_000);
    await answer(server.peer, 0, errorCodes.UNAUTHENTICATED, "the audience is another one");
    expect(states).toEqual([
      expect.objectContaining({
        state: "open",
        cause: "ticket",
        code: "UNAUTHENTICATED",
        reason: "the audience is another one",
        retryInMs: 1_500,
        resumed: true,
      }),
    ]);
    expect(connection.state).toBe("open");
    await pass(server, 1_500);
    expect(brought(server.peer)).toEqual(["ticket 2", "ticket 3"]);
    for (let n = 0; states.at(-1)!.retryInMs > 0; n++) {
      expect(n).toBeLessThan(20);
      await answer(server.peer, 0, errorCodes.UNAUTHENTICATED, "no");
      await pass(server, states.at(-1)!.retryInMs);
    }
    // A quarter of the time that is left, each time; none in the last second of the old ticket.
    expect(states.map(({ retryInMs }) => retryInMs)).toEqual([1_500, 1_125, 844, 633, 475, 356, 267, 0]);
    await pass(server, 20_000);
    expect(brought(server.peer)).toHaveLength(8);
    await connection.close();
  });

  it("that the function fails to bring is an event, and asked for again", async () => {
    const server = new FakeServer();
    server.greeting = { ticketMs: 20_000 };
    let asked = 0;
    const ticket = () => {
      if (++asked === 2) throw new Error("the login server is down");
      return `ticket ${asked}`;
    };
    const connection = await server.connect({ ticket });
    const states: StateEvent[] = [];
    connection.onState((event) => states.push(event));
    await pass(server, 14_000);
    expect(states).toEqual([
      expect.objectContaining({
        cause: "ticket",
        code: "UNKNOWN",
        reason: expect.stringContaining("the login server is down"),
        retryInMs: 1_500,
      }),
    ]);
    await pass(server, 1_500);
    expect(brought(server.peer)).toEqual(["ticket 3"]);
    await connection.close();
  });

  it("of a lost connection is not renewed; the next connection has the next one", async () => {
    const server = new FakeServer();
    server.greeting = { ticketMs: 20_000 };
    const connection = await server.connect({ ticket: counting().ticket });
    await pass(server, 13_500);
    server.peer.transport.destroy();
    await settled();
    await pass(server, 250);
    expect(ticketsOf(server)).toEqual(["ticket 1", "ticket 2"]);
    await pass(server, 13_500);
    expect(server.peers.map(brought)).toEqual([[], []]);
    await pass(server, 1_000);
    expect(brought(server.peer)).toEqual(["ticket 3"]);
    await connection.close();
    expect(server.clock.timerCount).toBe(0);
  });

  it("that is fixed is not renewed, and its end closes the connection for good", async () => {
    const server = new FakeServer();
    server.greeting = { ticketMs: 20_000 };
    const connection = await server.connect({ ticket: "fixed" });
    const states: StateEvent[] = [];
    connection.onState((event) => states.push(event));
    await pass(server, 19_500);
    expect(brought(server.peer)).toEqual([]);
    server.peer.kick({ code: errorCodes.UNAUTHENTICATED, reason: "the ticket has expired", reconnect: true });
    await settled();
    await pass(server, 60_000);
    expect(states).toEqual([
      expect.objectContaining({ state: "closed", cause: "kick", code: "UNAUTHENTICATED" }),
    ]);
    expect(server.peers).toHaveLength(1);
  });

  it("of a function is asked for once more after a kick with UNAUTHENTICATED", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ ticket: counting().ticket });
    server.peer.kick({ code: errorCodes.UNAUTHENTICATED, reason: "the ticket has expired", reconnect: true });
    await settled();
    await pass(server, 1_000);
    expect(ticketsOf(server)).toEqual(["ticket 1", "ticket 2"]);
    expect(connection.state).toBe("open");
    await connection.close();
  });

  it("of a function that is refused twice in a row closes the connection for good", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ ticket: counting().ticket });
    server.greeting = undefined;
    await settled();
    server.peer.transport.destroy();
    await settled();
    for (let i = 0; i < 2; i++) {
      server.clock.advance(1_000);
      await settled();
      server.peer.kick({ code: errorCodes.UNAUTHENTICATED, reason: "revoked", reconnect: true });
      await settled();
    }
    expect(connection.state).toBe("closed");
    expect(ticketsOf(server)).toEqual(["ticket 1", "ticket 2", "ticket 3"]);
    expect(server.clock.timerCount).toBe(0);
  });
});

describe("authenticate()", () => {
  it("brings a ticket, resolves once it is accepted, and keeps it for later connections when it replaces a fixed one", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ ticket: "old" });
    const done = connection.authenticate("new");
    await settled();
    expect(brought(server.peer)).toEqual(["new"]);
    await answer(server.peer, 5_000);
    await done;
    server.peer.transport.destroy();
    await settled();
    server.clock.advance(250);
    await settled();
    expect(ticketsOf(server)).toEqual(["old", "new"]);
    await connection.close();
  });

  it("rejects with the server's refusal, and the ticket from before goes with later connections", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ ticket: "old" });
    const states: StateEvent[] = [];
    connection.onState((event) => states.push(event));
    const refused = { code: "UNAUTHENTICATED", reason: "signed by another key" };
    const outcome = expect(connection.authenticate(Uint8Array.of(1))).rejects.toMatchObject(refused);
    await settled();
    await answer(server.peer, 0, errorCodes.UNAUTHENTICATED, refused.reason);
    await outcome;
    expect(states).toEqual([]);
    server.peer.transport.destroy();
    await settled();
    server.clock.advance(250);
    await settled();
    expect(ticketsOf(server)).toEqual(["old", "old"]);
    await connection.close();
  });

  it("without a ticket brings the next one of the function", async () => {
    const server = new FakeServer();
    server.greeting = { ticketMs: 100_000 };
    const connection = await server.connect({ ticket: counting().ticket });
    const done = connection.authenticate();
    await settled();
    await answer(server.peer, 100_000);
    await done;
    expect(brought(server.peer)).toEqual(["ticket 2"]);
    await connection.close();
  });

  it("rejects with UNAVAILABLE when the connection is lost, and the next attempt to connect has the ticket", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ ticket: "old" });
    const cut = connection.authenticate("new");
    const outcome = expect(cut).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await settled();
    server.peer.transport.destroy();
    await outcome;
    await expect(connection.authenticate("newer")).rejects.toMatchObject({ code: "UNAVAILABLE" });
    server.clock.advance(250);
    await settled();
    expect(ticketsOf(server)).toEqual(["old", "newer"]);
    await connection.close();
    expect(server.clock.timerCount).toBe(0);
  });

  it("rejects a second ticket while the server judges the first one, since a server judges one at a time", async () => {
    const server = new FakeServer();
    const connection = await server.connect({ ticket: "old" });
    const first = connection.authenticate("a");
    await settled();
    await expect(connection.authenticate("b")).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    await answer(server.peer, 5_000);
    await first;
    const third = connection.authenticate("c");
    await settled();
    await answer(server.peer, 5_000);
    await third;
    expect(brought(server.peer)).toEqual(["a", "c"]);
    await connection.close();
  });
});
