import { describe, expect, test } from "vitest";
import type { GateOptions } from "../../../../runtime/gate/gate-options.ts";
import { ResumeRefusal } from "../../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes } from "../../../../schema/errors.ts";
import { linked, userOf } from "../owners.ts";
import { frame, framesIn, sendAndEnd } from "../raw-bytes.ts";
import { text } from "../raw-client.ts";
import { ResumingClient } from "../resuming-client.ts";
import { commands, reliable } from "../schema.ts";
import { eventually, useWorld } from "../world.ts";
import { enter, plain, telling } from "./plain-tickets.ts";

const world = useWorld();
const { echo, act, rule, login } = commands;
const needsLogin = `error ${errorCodes.UNAUTHENTICATED}`;

async function open(auth: object = {}, more: Partial<GateOptions> = {}) {
  const gate = await world.gate({ auth: { authenticator: plain, ...auth }, ...more });
  const node = await world.node("probe-1", telling);
  return { gate, node };
}

async function resuming(ticket: string, gate = world.gates[0]!): Promise<ResumingClient> {
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  await client.connect({ ticket: text(ticket) });
  return client;
}

describe("a client with a ticket", () => {
  test("has its user and level before its first command", async () => {
    await open();
    const user = await enter(world, "7");
    expect(user.welcome).toMatchObject({ ticketMs: 0 });
    expect(await user.ask(act.id)).toBe("7 user");
    expect(await user.ask(rule.id)).toBe(`error ${errorCodes.PERMISSION_DENIED}`);
    expect(await (await enter(world, "8 admin")).ask(rule.id)).toBe("8 admin");
  });

  test("is told how long its ticket lasts", async () => {
    await open();
    const { ticketMs } = (await enter(world, "7 user 60000")).welcome!;
    expect(ticketMs).toBeGreaterThan(30_000);
    expect(ticketMs).toBeLessThanOrEqual(60_000);
  });

  test("ends the former session of its user, at another gate as well", async () => {
    const { gate } = await open();
    const other = await world.gate({ auth: { authenticator: plain } });
    await linked(gate, other);
    const first = await enter(world, "7");
    const second = await enter(world, "7", {}, other);
    await first.closed;
    expect(first.kicked).toMatchObject({ code: errorCodes.ALREADY_EXISTS, reconnect: false });
    expect(second.kicked).toBeUndefined();
    expect(gate.status().users + other.status().users).toBe(1);
  });

  test("is refused where the gate refuses a second login", async () => {
    const { gate } = await open({}, { logins: { beyond: "refuse" } });
    const first = await enter(world, "7");
    const second = await enter(world, "7");
    expect(second.kicked).toMatchObject({ code: errorCodes.ALREADY_EXISTS, reconnect: false });
    expect(second.welcome).toBeUndefined();
    expect(await first.ask(act.id)).toBe("7 user");
    expect(gate.status().sessions).toBe(1);
  });

  test("learns nothing of the gates when its login is not possible, and may come again", async () => {
    const { gate } = await open();
    gate.setPeers([{ name: "gate-hidden", host: "127.0.0.1", port: 1 }]);
    const { kicked } = await enter(world, `${userOf("gate-hidden", [gate.name, "gate-hidden"])}`);
    expect(kicked).toMatchObject({ code: errorCodes.UNAVAILABLE, reconnect: true });
    expect(kicked?.reason).toBe("the user cannot log in at this moment");
  });

  test("gets pushes to its user from the welcome on", async () => {
    const { node } = await open();
    const client = await enter(world, "7");
    node.user(7n).push(reliable, text("hello"));
    // Gates do not know nodes that have not linked, and this one has.
    await client.until(() => client.pushes.length === 1);
    expect(client.welcome).toBeDefined();
  });
});

describe("a client without a ticket", () => {
  test("is a guest: it reaches commands for anyone, and a handler may still log it in", async () => {
    await open();
    const guest = await world.client();
    expect(await guest.ask(act.id)).toBe(needsLogin);
    expect(await guest.ask(echo.id)).toBe("0 anyone");
    expect(await guest.ask(login.id, "9")).toBe("in");
    expect(await guest.ask(act.id)).toBe("9 user");
  });

  test("is refused where guests are not allowed", async () => {
    const { gate } = await open({ guests: false });
    const { kicked } = await world.client();
    expect(kicked).toMatchObject({ code: errorCodes.UNAUTHENTICATED, reason: "this server needs a ticket" });
    expect(Object.fromEntries(gate.counters.entries())).toMatchObject({ "client.refused.ticket.missing": 1 });
    expect(gate.status().sessions).toBe(0);
  });

  test("is refused beyond the bound of guests, which a login and an end make room in", async () => {
    await open({ guests: { count: 2 } });
    const first = await world.client();
    const second = await world.client();
    expect((await world.client()).kicked).toMatchObject({
      code: errorCodes.RESOURCE_EXHAUSTED,
      reconnect: true,
    });
    expect((await enter(world, "7")).kicked).toBeUndefined();
    await first.ask(login.id, "9");
    const third = await world.client();
    expect(third.kicked).toBeUndefined();
    expect((await world.client()).kicked).toBeDefined();
    second.transport.destroy();
    await eventually(() => world.gates[0]!.status().sessions === 3);
    expect((await world.client()).kicked).toBeUndefined();
  });

  test("of the classic protocol is a guest, too", async () => {
    const { gate } = await open();
    const { port } = gate.clientAddress!;
    const [answer, refused] = framesIn(
      await sendAndEnd(port, frame(0, echo.id, ""), frame(0, act.id, "")),
      0,
    );
    expect(answer!.payload.toString()).toBe("0 anyone");
    expect(refused!.payload.toString()).toContain("not logged in");
    const closed = await world.gate({ auth: { authenticator: plain, guests: false } });
    const [kick] = framesIn(await sendAndEnd(closed.clientAddress!.port, frame(0, echo.id, "")), 0);
    expect(kick!.payload.toString()).toContain("this server needs a ticket");
  });
});

describe("a session that resumes", () => {
  test("needs no ticket while the former one lasts", async () => {
    await open({ guests: false });
    const client = await resuming("7 admin 60000");
    client.cut();
    expect(await client.connect()).toMatchObject({ resumed: true });
    expect(client.welcome.ticketMs).toBeGreaterThan(30_000);
    expect(await client.ask(rule.id)).toBe("7 admin");
  });

  test("with a ticket of its user lasts as long as that one, and has its level", async () => {
    await open();
    const client = await resuming("7 user 60000");
    expect(await client.ask(act.id)).toBe("7 user");
    client.cut();
    const welcome = await client.connect({ ticket: text("7 admin 600000") });
    expect(welcome.resumed).toBe(true);
    expect(welcome.ticketMs).toBeGreaterThan(60_000);
    expect(await client.ask(act.id)).toBe("7 admin");
  });

  test("does not resume with the ticket of another user, and waits on for its own", async () => {
    const { gate } = await open();
    const client = await resuming("7");
    client.cut();
    await eventually(() => gate.status().suspended === 1);
    const { token } = client;
    const thief = await enter(world, "8", { canResume: true, resumeToken: token });
    expect(thief.welcome).toMatchObject({ resumed: false, refusal: ResumeRefusal.OTHER_USER });
    expect(await thief.ask(act.id)).toBe("8 user");
    expect(gate.status().suspended).toBe(1);
    expect(await client.connect({ ticket: text("7") })).toMatchObject({ resumed: true });
  });

  test("of a guest gets the user of the ticket", async () => {
    const { gate } = await open({ guests: { count: 1 } });
    const client = await resuming("");
    client.cut();
    await eventually(() => gate.status().suspended === 1);
    const { resumed, ticketMs } = await client.connect({ ticket: text("7 user 60000") });
    expect(resumed).toBe(true);
    expect(ticketMs).toBeGreaterThan(30_000);
    await eventually(() => gate.status().users === 1);
    expect(await client.ask(act.id)).toBe("7 user");
    expect((await world.client()).kicked).toBeUndefined();
  });

  test("that has ended, without a ticket and where guests are not allowed, is refused", async () => {
    const { gate } = await open({ guests: false });
    const resumeToken = new Uint8Array(28).fill(1);
    const client = await enter(world, "", { canResume: true, resumeToken });
    expect(client.kicked).toMatchObject({ code: errorCodes.UNAUTHENTICATED });
    expect(gate.status().sessions).toBe(0);
  });
});

test("a gate without tickets ignores them", async () => {
  await world.gate({ auth: "none" });
  await world.node("probe-1", telling);
  const client = await enter(world, "7 admin");
  expect(await client.ask(echo.id)).toBe("0 anyone");
  const answer = await client.authenticate("7");
  expect(answer).toMatchObject({ code: errorCodes.FAILED_PRECONDITION });
});
