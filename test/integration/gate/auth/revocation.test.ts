import { describe, expect, test } from "vitest";
import type { Authenticator } from "../../../../runtime/gate/auth/authenticator.ts";
import { MemoryTicketStore, type TicketStore } from "../../../../runtime/gate/auth/ticket-store.ts";
import type { Gate } from "../../../../runtime/gate/gate.ts";
import { errorCodes } from "../../../../schema/errors.ts";
import { linked } from "../owners.ts";
import { text } from "../raw-client.ts";
import { ResumingClient } from "../resuming-client.ts";
import { commands } from "../schema.ts";
import { eventually, useWorld } from "../world.ts";
import { audience, issuer, issuerKey, jwksOf, ticketOf } from "./issuer.ts";
import { enter, plain, telling } from "./plain-tickets.ts";

const world = useWorld();
const key = issuerKey("a");
const tokens = { jwt: { keys: jwksOf(key), audience, issuer } } as const;
const revoked = {
  code: errorCodes.UNAUTHENTICATED,
  reason: "the tickets of the user were revoked",
  reconnect: false,
};

async function open(
  auth: object = { authenticator: plain },
  ticketStore: TicketStore = new MemoryTicketStore(),
) {
  const options = { auth, ticketStore, logins: { count: 5 } } as const;
  const gates = [await world.gate(options), await world.gate(options)] as [Gate, Gate];
  const node = await world.node("probe-1", telling);
  await linked(...gates);
  return { gates, node, ticketStore };
}

async function suspendedClient(gate: Gate, ticket: string): Promise<ResumingClient> {
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  await client.connect({ ticket: text(ticket) });
  client.cut();
  await eventually(() => gate.status().suspended === 1);
  return client;
}

describe("a user whose tickets are revoked", () => {
  test("loses all sessions, at all gates, connected or not, with their resume tokens", async () => {
    const { gates, node } = await open();
    const [one, two] = gates;
    const connected = [await enter(world, "7", {}, one), await enter(world, "7", {}, two)];
    const byNode = await world.client(two);
    await byNode.ask(commands.login.id, "7");
    const away = await suspendedClient(one, "7");
    const other = await enter(world, "8", {}, two);
    await node.revoke(7n);
    for (const client of [...connected, byNode]) {
      await client.closed;
      expect(client.kicked).toMatchObject(revoked);
    }
    expect(one.status().users + two.status().users).toBe(1);
    expect(one.status().suspended).toBe(0);
    const { token: resumeToken } = away;
    for (const gate of gates) {
      away.move(gate);
      expect(await away.connect({ resumeToken })).toMatchObject({ resumed: false });
      away.cut();
    }
    expect(await other.ask(commands.act.id)).toBe("8 user");
  });

  test("comes in with a ticket issued after it, and with no older one, at any gate", async () => {
    const { gates, node } = await open(tokens);
    const old = await ticketOf(key, { iat: Math.floor(Date.now() / 1_000) - 5 });
    for (const gate of gates) expect((await enter(world, old, {}, gate)).kicked).toBeUndefined();
    await node.revoke(7n);
    const fresh = await ticketOf(key, { iat: Math.floor(Date.now() / 1_000) + 1 });
    for (const gate of gates) {
      expect((await enter(world, old, {}, gate)).kicked).toMatchObject({
        code: errorCodes.UNAUTHENTICATED,
        reason: "the ticket was revoked",
        reconnect: false,
      });
      expect((await enter(world, fresh, {}, gate)).kicked).toBeUndefined();
    }
  });

  test("stays revoked after a restart of everything", async () => {
    const { node, ticketStore } = await open(tokens);
    const old = await ticketOf(key, { iat: Math.floor(Date.now() / 1_000) - 5 });
    await node.revoke(7n);
    await world.close();
    const { gates } = await open(tokens, ticketStore);
    for (const gate of gates) {
      expect((await enter(world, old, {}, gate)).kicked).toMatchObject({ reason: "the ticket was revoked" });
    }
  });

  test("is known to a gate that links later, which ends older sessions only", async () => {
    const { node } = await open(tokens);
    await node.revoke(7n);
    const late = await world.gate({ auth: tokens });
    const old = await ticketOf(key, { iat: Math.floor(Date.now() / 1_000) - 5 });
    await linked(...world.gates);
    await eventually(() => late.status().gates.every(({ linked }) => linked));
    expect((await enter(world, old, {}, late)).kicked).toMatchObject({ reason: "the ticket was revoked" });
  });

  test("cannot extend a session with an older ticket", async () => {
    const { gates, node } = await open(tokens);
    const old = await ticketOf(key, { iat: Math.floor(Date.now() / 1_000) - 5 });
    await node.revoke(7n);
    const client = await world.client(gates[0]);
    expect(await client.authenticate(old)).toMatchObject({ reason: "the ticket was revoked" });
    expect(gates[0].status().users).toBe(0);
  });
});

test("a user who is revoked while the ticket is judged does not come in", async () => {
  const judged = Promise.withResolvers<void>();
  const slow: Authenticator = {
    judge: async (ticket, about) => {
      const identity = await plain.judge(ticket, about);
      await judged.promise;
      return identity;
    },
  };
  const { gates, node } = await open({ authenticator: slow });
  const client = await world.silent(gates[0]);
  const entering = client.open({ ticket: text("7") });
  await eventually(() => gates[0].status().connections === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await node.revoke(7n);
  judged.resolve();
  await entering;
  expect(client.kicked).toMatchObject({ code: errorCodes.UNAUTHENTICATED, reason: "the ticket was revoked" });
  expect(gates[0].status().sessions).toBe(0);
});

test("a ticket that expires while its client waits for room lets nobody in", async () => {
  const gate = await world.gate({ auth: { authenticator: plain }, queue: { sessions: 1 } });
  const first = await enter(world, "7", {}, gate);
  const second = await world.silent(gate);
  const entering = second.open({ ticket: text("8 user 200"), canWait: true });
  await new Promise((resolve) => setTimeout(resolve, 300));
  first.transport.destroy();
  await entering;
  expect(second.kicked).toMatchObject({ code: errorCodes.UNAUTHENTICATED, reason: "the ticket has expired" });
  await eventually(() => gate.status().sessions === 0);
});

test("a login by a handler that a revocation overtakes does not hold", async () => {
  const { gates, node } = await open();
  const client = await world.client(gates[0]);
  // A kicked client gets no answer.
  const login = Promise.race([client.ask(commands.login.id, "7"), client.closed]);
  await Promise.all([login, node.revoke(7n)]);
  await node.revoke(7n);
  await client.closed;
  expect(client.kicked).toMatchObject(revoked);
  expect(gates[0].status().users + gates[1].status().users).toBe(0);
});

test("a revocation that cannot be stored changes nothing, and says so", async () => {
  const store = new MemoryTicketStore();
  store.revoke = () => Promise.reject(new Error("disk full"));
  const { gates, node } = await open({ authenticator: plain }, store);
  const client = await enter(world, "7");
  await expect(node.revoke(7n)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(await client.ask(commands.act.id)).toBe("7 user");
  expect(gates[1].status().users + gates[0].status().users).toBe(1);
  await expect(node.revoke(0n)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});

describe("a ticket that is accepted once", () => {
  const once = { jwt: { ...tokens.jwt, once: true } } as const;

  test("is refused the second time, at any gate, and after a restart of everything", async () => {
    const { gates, ticketStore } = await open(once);
    const ticket = await ticketOf(key);
    expect((await enter(world, ticket, {}, gates[0])).kicked).toBeUndefined();
    const used = { code: errorCodes.UNAUTHENTICATED, reason: "the ticket was used before", reconnect: true };
    for (const gate of gates) expect((await enter(world, ticket, {}, gate)).kicked).toMatchObject(used);
    await world.close();
    await open(once, ticketStore);
    expect((await enter(world, ticket)).kicked).toMatchObject(used);
  });

  test("presented by many clients in one moment lets one of them in", async () => {
    const { gates } = await open(once);
    const ticket = await ticketOf(key);
    const clients = await Promise.all(
      Array.from({ length: 10 }, (_, at) => enter(world, ticket, {}, gates[at % 2]!)),
    );
    expect(clients.filter(({ kicked }) => kicked === undefined).length).toBe(1);
  });

  test("resumes the session that it has opened, with the resume token, and opens no other one", async () => {
    const { gates } = await open(once);
    const [gate] = gates;
    const ticket = await ticketOf(key);
    const client = await suspendedClient(gate, ticket);
    expect(await client.connect({ ticket: text(ticket) })).toMatchObject({ resumed: true });
    expect(await client.ask(commands.act.id)).toBe("7 user");
    const used = { code: errorCodes.UNAUTHENTICATED, reason: "the ticket was used before" };
    expect(
      (await enter(world, ticket, { canResume: true, resumeToken: new Uint8Array(28) })).kicked,
    ).toMatchObject(used);
    client.cut();
    await eventually(() => gate.status().suspended === 1);
    // Another schema cannot resume the session, which ends.
    const other = await enter(world, ticket, { canResume: true, resumeToken: client.token, schema: "other" });
    expect(other.kicked).toMatchObject(used);
    expect(gate.status().sessions).toBe(0);
  });

  test("needs an id", async () => {
    await open(once);
    const ticket = await ticketOf(key, { jti: undefined });
    expect((await enter(world, ticket)).kicked).toMatchObject({ reason: "the ticket is malformed" });
  });

  test("is refused beyond the bound, rather than another id forgotten", async () => {
    await open({ ...once, onceCount: 2 });
    for (const expected of [undefined, undefined, errorCodes.RESOURCE_EXHAUSTED]) {
      expect((await enter(world, await ticketOf(key))).kicked?.code).toBe(expected);
    }
  });

  test("counts as unused when the store fails", async () => {
    const store = new MemoryTicketStore();
    const use = store.use.bind(store);
    store.use = () => Promise.reject(new Error("disk full"));
    await open(once, store);
    const ticket = await ticketOf(key);
    expect((await enter(world, ticket)).kicked).toMatchObject({
      code: errorCodes.UNAVAILABLE,
      reconnect: true,
    });
    store.use = use;
    expect((await enter(world, ticket)).kicked).toBeUndefined();
  });
});
