import { expect, test } from "vitest";
import { connect, type StateEvent } from "../../../../clients/typescript/src/node/index.ts";
import { raw } from "../../../../runtime/wire/codec/codec-runtime.ts";
import { text } from "../raw-client.ts";
import { commands } from "../schema.ts";
import { eventually, useWorld } from "../world.ts";
import { plain, telling } from "./plain-tickets.ts";

const world = useWorld();
const act = { ...commands.act, request: raw, reply: raw };

async function url(scheme = "tcp"): Promise<string> {
  const gate = await world.gate({ auth: { authenticator: plain, graceMs: 0 } });
  await world.node("probe-1", telling);
  const { host, port } = gate.clientAddress!;
  return `${scheme}://${host}:${port}`;
}

async function whoIs(connection: Awaited<ReturnType<typeof connect>>): Promise<string> {
  return new TextDecoder().decode(await connection.request(act, text("")));
}

test.each(["tcp", "ws"])(
  "the client over %s renews its ticket again and again, without a drop",
  async (scheme) => {
    const address = await url(scheme);
    let asked = 0;
    const states: StateEvent[] = [];
    const connection = await connect(address, {
      ticket: async () => `7 ${++asked % 2 ? "user" : "admin"} 400`,
      onState: (event) => states.push(event),
    });
    world.atEnd(() => connection.close());
    const { session } = connection;
    expect(await whoIs(connection)).toBe("7 user");
    await eventually(() => asked === 5);
    await eventually(() => world.gates[0]!.counters.get("session.ticket-renewed") >= 4);
    expect(connection.session).toBe(session);
    expect(states).toEqual([]);
  },
);

test("a ticket that the server refuses is an event, the session goes on, and the next ticket is accepted", async () => {
  const address = await url();
  let asked = 0;
  const states: StateEvent[] = [];
  const connection = await connect(address, {
    ticket: () => (++asked === 2 ? "nobody" : `7 user ${asked === 1 ? 4_000 : 60_000}`),
    onState: (event) => states.push(event),
  });
  world.atEnd(() => connection.close());
  await eventually(() => asked === 3);
  await eventually(() => world.gates[0]!.counters.get("session.ticket-renewed") === 1);
  expect(states).toEqual([
    expect.objectContaining({ state: "open", cause: "ticket", code: "UNAUTHENTICATED", resumed: true }),
  ]);
  expect(await whoIs(connection)).toBe("7 user");
});

test("the end of a fixed ticket closes the connection for good; a function brings another one", async () => {
  const address = await url();
  const states: StateEvent[] = [];
  const fixed = await connect(address, { ticket: "7 user 100", onState: (event) => states.push(event) });
  await eventually(() => fixed.state === "closed");
  expect(states).toEqual([
    expect.objectContaining({ cause: "kick", code: "UNAUTHENTICATED", reason: "the ticket has expired" }),
  ]);
  let asked = 0;
  // The second ticket comes after the end of the first one.
  const ticket = () =>
    ++asked === 2 ? new Promise<string>(() => {}) : Promise.resolve(`8 user ${asked === 1 ? 100 : 60_000}`);
  const fresh = await connect(address, { ticket, reconnect: { minDelayMs: 1 } });
  world.atEnd(() => fresh.close());
  await eventually(() => asked === 3 && fresh.state === "open");
  expect(await whoIs(fresh)).toBe("8 user");
});

test("a player whose tickets are refused twice in a row is out", async () => {
  const address = await url();
  let asked = 0;
  const states: StateEvent[] = [];
  const connection = await connect(address, {
    ticket: () => (++asked === 1 ? "7 user 100" : "nobody"),
    reconnect: { minDelayMs: 1 },
    onState: (event) => states.push(event),
  });
  await eventually(() => connection.state === "closed");
  expect(states.at(-1)).toMatchObject({ code: "UNAUTHENTICATED", cause: "kick" });
});

test("authenticate() brings a ticket of the application's own, and its refusal", async () => {
  const address = await url();
  const connection = await connect(address, { ticket: "7 user 60000" });
  world.atEnd(() => connection.close());
  await connection.authenticate("7 admin 60000");
  expect(await whoIs(connection)).toBe("7 admin");
  await expect(connection.authenticate("9 user 60000")).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  expect(await whoIs(connection)).toBe("7 admin");
});

test("a server without tickets welcomes a client with one, and refuses a new one", async () => {
  const gate = await world.gate();
  const { host, port } = gate.clientAddress!;
  const connection = await connect(`tcp://${host}:${port}`, { ticket: () => "7 user" });
  world.atEnd(() => connection.close());
  await expect(connection.authenticate()).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
});
