import { describe, expect, test } from "vitest";
import type { Authenticator } from "../../../../runtime/gate/auth/authenticator.ts";
import { MemoryTicketStore } from "../../../../runtime/gate/auth/ticket-store.ts";
import type { GateOptions } from "../../../../runtime/gate/gate-options.ts";
import { errorCodes } from "../../../../schema/errors.ts";
import { linked } from "../owners.ts";
import { text } from "../raw-client.ts";
import { ResumingClient } from "../resuming-client.ts";
import { commands } from "../schema.ts";
import { eventually, useWorld } from "../world.ts";
import { enter, plain, telling } from "./plain-tickets.ts";

const world = useWorld();
const { act, echo, rule } = commands;

async function open(auth: object = {}, more: Partial<GateOptions> = {}) {
  const gate = await world.gate({ auth: { authenticator: plain, graceMs: 0, ...auth }, ...more });
  const node = await world.node("probe-1", telling);
  return { gate, node };
}

describe("when a ticket expires", () => {
  test("the client is kicked, and may come again", async () => {
    const { gate } = await open();
    const client = await enter(world, "7 user 100");
    await client.closed;
    expect(client.kicked).toMatchObject({
      code: errorCodes.UNAUTHENTICATED,
      reason: "the ticket has expired",
      reconnect: true,
    });
    expect(gate.status()).toMatchObject({ sessions: 0, users: 0 });
    expect(Object.fromEntries(gate.counters.entries())).toMatchObject({ "session.ticket-expired": 1 });
  });

  test("a session without a connection ends, and does not resume", async () => {
    const { gate } = await open();
    const client = new ResumingClient(gate);
    world.atEnd(() => client.end());
    await client.connect({ ticket: text("7 user 150") });
    client.cut();
    await eventually(() => gate.status().suspended === 1);
    await eventually(() => gate.status().sessions === 0);
    expect(await client.connect()).toMatchObject({ resumed: false });
  });

  test("of the former user, a session that a handler has bound to another one goes on", async () => {
    await open({ graceMs: 0 });
    const client = await enter(world, "7 user 300");
    expect(await client.ask(commands.login.id, "8")).toBe("in");
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(client.kicked).toBeUndefined();
    expect(await client.ask(act.id)).toBe("8 user");
  });

  test("the grace time lets a fresh ticket come late", async () => {
    await open({ graceMs: 60_000 });
    const client = await enter(world, "7 user 50");
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await client.authenticate("7 user 60000")).toMatchObject({ code: 0 });
    expect(await client.ask(act.id)).toBe("7 user");
  });

  test("at another gate, the session has moved there with its ticket", async () => {
    const { gate } = await open();
    const other = await world.gate({ auth: { authenticator: plain, graceMs: 0 } });
    await linked(gate, other);
    const client = new ResumingClient(gate);
    world.atEnd(() => client.end());
    await client.connect({ ticket: text("7 user 60000") });
    client.cut();
    client.move(other);
    const { resumed, ticketMs } = await client.connect();
    expect(resumed).toBe(true);
    expect(ticketMs).toBeGreaterThan(30_000);
    expect(ticketMs).toBeLessThanOrEqual(60_000);
  });
});

test("a ticket that is accepted once is no obstacle to the session's way to another gate, and opens no other session", async () => {
  const ticketStore = new MemoryTicketStore();
  const { gate } = await open({}, { ticketStore });
  const other = await world.gate({ auth: { authenticator: plain }, ticketStore, queue: { sessions: 1 } });
  await linked(gate, other);
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  const once = { ticket: text("7 user 60000 once-1") };
  await client.connect(once);
  client.cut();
  client.move(other);
  expect(await client.connect(once)).toMatchObject({ resumed: true });
  client.cut();
  await eventually(() => other.status().suspended === 1);
  const thief = await enter(
    world,
    "7 user 60000 once-1",
    { canResume: true, resumeToken: new Uint8Array(28) },
    other,
  );
  expect(thief.kicked).toMatchObject({
    code: errorCodes.UNAUTHENTICATED,
    reason: "the ticket was used before",
  });
  expect(other.status()).toMatchObject({ sessions: 1, queued: 0 });
});

describe("a fresh ticket inside a session", () => {
  test("extends it without a drop", async () => {
    await open();
    const client = await enter(world, "7 user 300");
    const answer = await client.authenticate("7 user 60000");
    expect(answer).toMatchObject({ code: 0, reason: "" });
    expect(answer.ticketMs).toBeGreaterThan(30_000);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await client.ask(act.id)).toBe("7 user");
    expect(client.kicked).toBeUndefined();
  });

  test("of another level changes the level, at the gate and at the nodes", async () => {
    await open();
    const client = await enter(world, "7 admin");
    expect(await client.ask(rule.id)).toBe("7 admin");
    await client.authenticate("7 user");
    expect(await client.ask(rule.id)).toBe(`error ${errorCodes.PERMISSION_DENIED}`);
    expect(await client.ask(echo.id)).toBe("7 user");
    await client.authenticate("7 admin");
    expect(await client.ask(rule.id)).toBe("7 admin");
  });

  test("of another user, or a bad one, is refused and changes nothing", async () => {
    const { gate } = await open();
    const client = await enter(world, "7 user 60000");
    const other = await client.authenticate("8 admin 600000");
    expect(other).toMatchObject({
      code: errorCodes.UNAUTHENTICATED,
      reason: expect.stringContaining("another"),
    });
    expect(other.ticketMs).toBeGreaterThan(30_000);
    expect(other.ticketMs).toBeLessThanOrEqual(60_000);
    expect(await client.authenticate("bad")).toMatchObject({ code: errorCodes.UNAUTHENTICATED });
    expect(await client.authenticate("")).toMatchObject({ code: errorCodes.UNAUTHENTICATED });
    expect(await client.ask(act.id)).toBe("7 user");
    expect(Object.fromEntries(gate.counters.entries())).toMatchObject({
      "client.refused.ticket.other-user": 1,
      "client.refused.ticket.malformed": 1,
      "client.refused.ticket.missing": 1,
    });
  });

  test("logs a guest in", async () => {
    await open({ guests: { count: 1 } });
    const guest = await world.client();
    expect(await guest.authenticate("7 user")).toMatchObject({ code: 0 });
    expect(await guest.ask(act.id)).toBe("7 user");
    expect((await world.client()).kicked).toBeUndefined();
  });

  test("too often is refused, and not judged", async () => {
    let judged = 0;
    const counting: Authenticator = {
      judge(ticket, about) {
        judged++;
        return plain.judge(ticket, about);
      },
    };
    await open({ authenticator: counting, renewalRate: { count: 2, perMs: 60_000 } });
    const client = await enter(world, "7");
    expect(await client.authenticate("7")).toMatchObject({ code: 0 });
    expect(await client.authenticate("7")).toMatchObject({ code: 0 });
    const third = await client.authenticate("7");
    expect(third).toMatchObject({ code: errorCodes.RESOURCE_EXHAUSTED });
    expect(third.retryAfterMs).toBeGreaterThan(0);
    expect(judged).toBe(3);
  });
});
