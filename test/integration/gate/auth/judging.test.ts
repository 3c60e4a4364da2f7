import { expect, test } from "vitest";
import type { Authenticator, Identity } from "../../../../runtime/gate/auth/authenticator.ts";
import { ticketRefusal } from "../../../../runtime/gate/auth/ticket-refusals.ts";
import { control } from "../../../../runtime/wire/frame/frame-format.ts";
import { Hello } from "../../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes, fail } from "../../../../schema/errors.ts";
import { linked, userOf } from "../owners.ts";
import { type RawClient, text } from "../raw-client.ts";
import { commands } from "../schema.ts";
import { eventually, useWorld } from "../world.ts";
import { enter, plain } from "./plain-tickets.ts";

const world = useWorld();

const identity: Identity = {
  userId: 7n,
  auth: "user",
  issuedAtMs: Date.now(),
  expiresAtMs: Number.POSITIVE_INFINITY,
  ticketId: "",
};

/** Authenticator whose judgements end when the test ends them. */
function slowAuthenticator() {
  const waiting: PromiseWithResolvers<Identity>[] = [];
  const authenticator: Authenticator = {
    judge: () => {
      const one = Promise.withResolvers<Identity>();
      waiting.push(one);
      return one.promise;
    },
  };
  return { authenticator, waiting };
}

function hello(client: RawClient, ticket = "ticket"): void {
  client.control(control.hello, Hello, Hello.create({ ticket: text(ticket) }));
}

test("what a client sends while its ticket is judged is handled after the welcome", async () => {
  const { authenticator, waiting } = slowAuthenticator();
  const gate = await world.gate({ auth: { authenticator } });
  await world.node("probe-1", { echo: (body) => body });
  const client = await world.silent(gate);
  hello(client);
  const answer = client.ask(commands.echo.id, "early");
  await eventually(() => waiting.length === 1);
  const later = client.ask(commands.echo.id, "later");
  client.ping();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(client).toMatchObject({ welcome: undefined, kicked: undefined, pongs: 0, answerCount: 0 });
  waiting[0]!.resolve(identity);
  expect(await answer).toBe("early");
  expect(await later).toBe("later");
  expect(client.welcome).toBeDefined();
  await client.until(() => client.pongs === 1);
});

test("so it is when another gate orders the logins of the user", async () => {
  const options = { auth: { authenticator: plain } };
  const [gate, other] = [await world.gate(options), await world.gate(options)];
  await linked(gate, other);
  await world.node("probe-1", { echo: (body) => body });
  const client = await world.silent(gate);
  hello(client, `${userOf(other.name, [gate.name, other.name])}`);
  const answer = client.ask(commands.echo.id, "early");
  expect(await Promise.race([answer, client.closed.then(() => client.kicked?.reason)])).toBe("early");
});

test("a refused ticket is answered with a typed reason, and counted", async () => {
  const faults = [ticketRefusal("expired"), ticketRefusal("audience"), fail("PERMISSION_DENIED", "banned")];
  const authenticator: Authenticator = { judge: () => Promise.reject(faults.shift()) };
  const gate = await world.gate({ auth: { authenticator } });
  const kicks = [];
  for (let left = faults.length; left > 0; left--)
    kicks.push((await enter(world, "ticket", {}, gate)).kicked);
  expect(kicks).toMatchObject([
    { code: errorCodes.UNAUTHENTICATED, reason: "the ticket has expired", reconnect: true },
    { code: errorCodes.UNAUTHENTICATED, reason: "the ticket is for another audience", reconnect: false },
    { code: errorCodes.PERMISSION_DENIED, reason: "banned", reconnect: false },
  ]);
  const counted = Object.fromEntries(gate.counters.entries());
  expect(counted).toMatchObject({
    "client.refused.ticket.expired": 1,
    "client.refused.ticket.audience": 1,
    "client.refused.ticket.permission-denied": 1,
  });
});

test("an error of the authenticator reaches the client without its text", async () => {
  const authenticator: Authenticator = { judge: () => Promise.reject(new Error("the secret is 42")) };
  await world.gate({ auth: { authenticator } });
  const client = await enter(world, "ticket");
  expect(client.kicked).toMatchObject({
    code: errorCodes.INTERNAL,
    reason: "the ticket could not be judged",
  });
});

test("beyond the bound of judgements a client is told to come again", async () => {
  const { authenticator, waiting } = slowAuthenticator();
  const gate = await world.gate({ auth: { authenticator, judgedCount: 1 } });
  const first = await world.silent(gate);
  hello(first);
  await eventually(() => waiting.length === 1);
  const second = await enter(world, "ticket", {}, gate);
  expect(second.kicked).toMatchObject({ code: errorCodes.UNAVAILABLE, reconnect: true });
  expect(second.kicked!.retryAfterMs).toBeGreaterThan(0);
  waiting[0]!.resolve(identity);
  await first.until(() => first.welcome !== undefined);
  hello(await world.silent(gate));
  await eventually(() => waiting.length === 2);
});

test("a ticket that is not judged within the handshake timeout closes the connection", async () => {
  const { authenticator, waiting } = slowAuthenticator();
  const gate = await world.gate({ auth: { authenticator, judgedCount: 1 }, limits: { handshakeMs: 50 } });
  const client = await enter(world, "ticket", {}, gate);
  expect(client.kicked).toMatchObject({ code: errorCodes.DEADLINE_EXCEEDED });
  // The place of the judgement is free again, though its authenticator never answers.
  while (waiting.length < 2) {
    hello(await world.silent(gate));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

test("the judgement of a client that has left makes no session", async () => {
  const { authenticator, waiting } = slowAuthenticator();
  const gate = await world.gate({ auth: { authenticator } });
  const client = await world.silent(gate);
  hello(client);
  await eventually(() => waiting.length === 1);
  client.transport.destroy();
  await eventually(() => gate.status().connections === 0);
  waiting[0]!.resolve(identity);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(gate.status().sessions).toBe(0);
});
