import { expect, test } from "vitest";
import type { TicketBearer, TicketHandler } from "../../../../runtime/api/ticket-handler.ts";
import { GameNode } from "../../../../runtime/node/node.ts";
import { errorCodes, fail } from "../../../../schema/errors.ts";
import { commands } from "../schema.ts";
import { eventually, useWorld } from "../world.ts";
import { enter, telling } from "./plain-tickets.ts";

const world = useWorld();

/** A gate that asks the role "login", and a node of this role with a handler. */
async function open(handler?: TicketHandler) {
  const gate = await world.gate({ auth: { role: "login" } });
  await world.node("probe-1", telling);
  const options = { name: "login-1", role: "login", gates: world.links };
  const node = await GameNode.open((self) => {
    if (handler !== undefined) self.authenticate(handler);
    return [];
  }, options);
  world.atEnd(() => node.close({ graceMs: 0 }));
  await node.linked();
  return { gate, node };
}

test("the handler of a role judges the tickets of all clients", async () => {
  const seen: [string, TicketBearer][] = [];
  await open(async (ticket, about) => {
    seen.push([new TextDecoder().decode(ticket), about]);
    return { userId: 7n, auth: "admin", expiresAtMs: Date.now() + 60_000 };
  });
  const client = await enter(world, "a ticket", { client: "probe/1" });
  expect(await client.ask(commands.rule.id)).toBe("7 admin");
  expect(client.welcome!.ticketMs).toBeGreaterThan(30_000);
  expect(seen).toMatchObject([["a ticket", { client: "probe/1" }]]);
  expect(seen[0]![1].remote).toMatch(/^127\.0\.0\.1:\d+$/);
});

test("a typed error of the handler reaches the client, any other without its text", async () => {
  const errors = [
    fail("UNAUTHENTICATED", "wrong password"),
    fail("PERMISSION_DENIED", "banned"),
    new Error("42"),
  ];
  const { gate } = await open(() => {
    throw errors.shift();
  });
  const kicks = [];
  for (let left = errors.length; left > 0; left--) kicks.push((await enter(world, "x")).kicked);
  expect(kicks).toMatchObject([
    { code: errorCodes.UNAUTHENTICATED, reason: "wrong password", reconnect: false },
    { code: errorCodes.PERMISSION_DENIED, reason: "banned", reconnect: false },
    { code: errorCodes.INTERNAL },
  ]);
  expect(kicks[2]!.reason).not.toContain("42");
  expect(Object.fromEntries(gate.counters.entries())).toMatchObject({
    "client.refused.ticket.by-handler": 1,
  });
});

test("an answer that names no user, or a ticket that has expired, is refused", async () => {
  const answers = [{ userId: 0n }, { userId: 7n, expiresAtMs: Date.now() - 1 }];
  await open(() => answers.shift()!);
  expect((await enter(world, "x")).kicked).toMatchObject({ reason: "the ticket names no valid user" });
  expect((await enter(world, "x")).kicked).toMatchObject({ reason: "the ticket has expired" });
});

test("a ticket that is older than revocations are kept is refused, also one that never expires", async () => {
  const dayMs = 86_400_000;
  const ages = [6 * dayMs, 8 * dayMs];
  await open(() => ({ userId: 7n, issuedAtMs: Date.now() - ages.shift()! }));
  expect((await enter(world, "young")).welcome).toBeDefined();
  expect((await enter(world, "old")).kicked).toMatchObject({ reason: "the ticket has expired" });
});

test("without a node of the role, or with one that has no handler, the client comes again", async () => {
  const gate = await world.gate({ auth: { role: "login" } });
  const refused = { code: errorCodes.UNAVAILABLE, reconnect: true };
  expect((await enter(world, "x")).kicked).toMatchObject(refused);
  await world.close();
  const { node } = await open();
  expect((await enter(world, "x")).kicked).toMatchObject(refused);
  await node.close({ graceMs: 0 });
  await eventually(() =>
    world.gates[0]!.status().nodes.every(({ name, state }) => name !== "login-1" || state !== "ready"),
  );
  expect((await enter(world, "x")).kicked).toMatchObject(refused);
  expect(gate.name).toBe("gate-1");
});

test("a ticket of a handler that is accepted once is refused the second time", async () => {
  await open(() => ({ userId: 7n, ticketId: "once", expiresAtMs: Date.now() + 60_000 }));
  expect((await enter(world, "x")).kicked).toBeUndefined();
  expect((await enter(world, "x")).kicked).toMatchObject({
    code: errorCodes.UNAUTHENTICATED,
    reason: "the ticket was used before",
    reconnect: true,
  });
});

test("a node has one handler", async () => {
  const { node } = await open(() => ({ userId: 7n }));
  expect(() => node.authenticate(() => ({ userId: 8n }))).toThrow(/handler already/);
});
