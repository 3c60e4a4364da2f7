import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Hello } from "../../../runtime/wire/generated/photinus/control.ts";
import { FakeTarget } from "./fake-peers.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { type CommandHandlers, commands, reliable } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();

const allLinked = (gates: readonly Gate[]) =>
  eventually(() => gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));

async function openGates(count: number, options = {}): Promise<Gate[]> {
  const gates: Gate[] = [];
  for (let n = 0; n < count; n++) gates.push(await world.gate(options));
  await allLinked(gates);
  return gates;
}

async function player(gate: Gate): Promise<ResumingClient> {
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  await client.connect();
  return client;
}

/** Resolves when the gate has sent the client elsewhere. */
const sentAway = ({ line }: ResumingClient) => line.until(() => line.goAway !== undefined);

/** A login that waits, as for a database, until the client was sent away. */
function slowLogin(how: (body: Uint8Array, session: Session) => Promise<unknown> | unknown) {
  const entered = latch();
  const goOn = latch();
  const handlers: CommandHandlers = {
    async login(body, { session }) {
      entered.open();
      await goOn.passed;
      await how(body, session);
      return text("in");
    },
    act: (_, ctx) => text(`${ctx.userId} ${ctx.session.gate}`),
    rule: (_, ctx) => text(`admin ${ctx.userId}`),
  };
  return { entered, goOn, handlers };
}

test("a user that a login binds while the session moves is bound at the other gate, and stays bound", async () => {
  const gates = await openGates(2);
  const { entered, goOn, handlers } = slowLogin((body, session) =>
    session.bind(BigInt(decoder.decode(body)), { auth: "admin" }),
  );
  const node = await world.node("probe-1", handlers);
  const client = await player(gates[0]!);
  const login = client.ask(commands.login.id, "7");
  await entered.passed;
  const closed = gates[0]!.close({ graceMs: 5_000 });
  await sentAway(client);
  goOn.open();
  await client.follow(gates);
  expect(await login).toBe("in");
  expect(await client.ask(commands.act.id)).toBe("7 gate-2");
  expect(await client.ask(commands.rule.id)).toBe("admin 7");
  node.user(7n).push(reliable, text("hello"));
  await eventually(() => client.pushes.length > 0);
  await closed;
  expect(gates[1]!.status()).toMatchObject({ sessions: 1, users: 1 });
});

test("an admin level that a bound user gets while the session moves stays", async () => {
  const gates = await openGates(2);
  const { entered, goOn, handlers } = slowLogin((_, session) => session.bind(7n, { auth: "admin" }));
  await world.node("probe-1", {
    ...handlers,
    async echo(body, { session }) {
      await session.bind(7n);
      return body;
    },
  });
  const client = await player(gates[0]!);
  await client.ask(commands.echo.id);
  const login = client.ask(commands.login.id);
  await entered.passed;
  void gates[0]!.close({ graceMs: 5_000 });
  await sentAway(client);
  goOn.open();
  await client.follow(gates);
  await login;
  expect(await client.ask(commands.rule.id)).toBe("admin 7");
});

test("a session that is assigned to a node while it moves goes to that node", async () => {
  const gates = await openGates(2);
  const { entered, goOn, handlers } = slowLogin((_, session) => session.assign("probe", "probe-2"));
  const sticky = (name: string): CommandHandlers => ({ ...handlers, sticky: () => text(name) });
  await world.node("probe-1", sticky("probe-1"));
  await world.node("probe-2", sticky("probe-2"));
  const client = await player(gates[0]!);
  const asked = client.ask(commands.login.id);
  await entered.passed;
  const closed = gates[0]!.close({ graceMs: 5_000 });
  await sentAway(client);
  goOn.open();
  await client.follow(gates);
  await asked;
  await closed;
  expect(await client.ask(commands.sticky.id)).toBe("probe-2");
});

test("a node that does not answer takes a small part of the time; sessions of the others move", async () => {
  const gates = await openGates(2);
  await world.node("probe-1", { echo: (body) => body });
  const frozen = await world.node("other-1", {});
  const clients = await Promise.all(Array.from({ length: 600 }, () => player(gates[0]!)));
  for (const { link } of frozen.liveGates()) link.transport.pause();
  const closed = gates[0]!.close({ graceMs: 8_000 });
  const welcomes = await Promise.all(clients.map((client) => client.follow(gates)));
  expect(welcomes.filter(({ resumed }) => !resumed)).toEqual([]);
  await closed;
  expect(gates[1]!.status().sessions).toBe(600);
});

test("two gates that stop at once end their sessions with a reason, and in time", async () => {
  const gates = await openGates(2);
  await world.node("probe-1", { sticky: () => new Promise(() => {}), echo: (body) => body });
  const clients = await Promise.all(Array.from({ length: 40 }, (_, n) => player(gates[n % 2]!)));
  for (const client of clients) void client.ask(commands.sticky.id);
  await eventually(() => gates.every((gate) => gate.status().inFlight === 20));
  const start = performance.now();
  await Promise.all(gates.map((gate) => gate.close({ graceMs: 1_000 })));
  expect(performance.now() - start).toBeLessThan(2_500);
  await Promise.all(clients.map(({ line }) => line.closed));
  for (const { line } of clients) expect([line.goAways, line.kicked]).not.toEqual([0, undefined]);
});

test.each([0, 1, 20, 100])(
  "a gate that stops within %s ms loses no time and leaves nothing behind",
  async (graceMs) => {
    const gates = await openGates(2);
    const node = await world.node("probe-1", { echo: (body) => body });
    const clients = await Promise.all(Array.from({ length: 300 }, () => player(gates[0]!)));
    await Promise.all(clients.map((client) => client.ask(commands.echo.id)));
    await gates[0]!.close({ graceMs });
    await Promise.all(clients.map(({ line }) => line.closed));
    const here = gates[1]!.status().sessions;
    await eventually(() => node.sessions().length === here);
    for (const session of node.sessions()) expect(session.gate).toBe("gate-2");
  },
);

test("sessions move twice within a moment; a client that was away finds its own with the oldest token", async () => {
  const gates = await openGates(3);
  const node = await world.node("probe-1", {
    async login(body, { session }) {
      await session.bind(BigInt(decoder.decode(body)));
      session.join("table");
      return text("in");
    },
    echo: (body) => body,
  });
  const [away, unaware] = [await player(gates[0]!), await player(gates[0]!)];
  await away.ask(commands.login.id, "7");
  await unaware.ask(commands.login.id, "8");
  away.cut();
  await eventually(() => gates[0]!.status().suspended === 1);
  const push = (what: string) => node.group("table").push(reliable, text(what));
  push("1");
  const first = gates[0]!.close({ graceMs: 5_000 });
  push("2");
  await first;
  // Which of the two gates got them is the gate's choice: stop the one that has them.
  const [next, last] = gates[1]!.status().sessions > 0 ? [gates[1]!, gates[2]!] : [gates[2]!, gates[1]!];
  const second = next.close({ graceMs: 5_000 });
  push("3");
  await second;
  push("4");
  expect(last.status()).toMatchObject({ sessions: 2, users: 2, suspended: 2 });
  away.move(last);
  expect((await away.connect()).resumed).toBe(true);
  // The token of the GoAway that this client never used.
  unaware.token = new Uint8Array(unaware.line.goAway!.resumeToken);
  unaware.move(last);
  expect((await unaware.connect()).resumed).toBe(true);
  await eventually(() => away.pushes.length === 4 && unaware.pushes.length === 4);
  expect([away.pushes, unaware.pushes]).toEqual([
    ["1", "2", "3", "4"],
    ["1", "2", "3", "4"],
  ]);
  expect(await away.ask(commands.echo.id, "here")).toBe("here");
});

test("a client that never comes back leaves nothing at the other gate", async () => {
  const gates = await openGates(2, { limits: { resumeMs: 400 } });
  const node = await world.node("probe-1", {
    async login(body, { session }) {
      await session.bind(BigInt(decoder.decode(body)));
      session.join("table");
      return text("in");
    },
  });
  const client = await player(gates[0]!);
  await client.ask(commands.login.id, "7");
  for (let n = 0; n < 50; n++) node.group("table").push(reliable, text("x".repeat(1_000)));
  client.deaf = true;
  await gates[0]!.close({ graceMs: 5_000 });
  expect(gates[1]!.status()).toMatchObject({ sessions: 1, users: 1, groups: 1 });
  await eventually(() => gates[1]!.status().sessions === 0);
  expect(gates[1]!.status()).toMatchObject({ users: 0, groups: 0, suspended: 0 });
  await eventually(() => node.sessions().length === 0);
});

test("a bind at the former gate fails once the state of the session has left: it would be lost", async () => {
  const gate = await world.gate();
  const target = await FakeTarget.open(world, gate);
  const node = await world.node("probe-1", { echo: (body) => body });
  const client = await player(gate);
  await client.ask(commands.echo.id);
  const closed = gate.close({ graceMs: 3_000 });
  await eventually(() => target.arrivals.length === 1);
  const [session] = node.sessions();
  await expect(session!.bind(7n)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect([session!.userId, gate.status().users]).toEqual([0n, 0]);
  target.arrivals[0]!();
  await closed;
});

test.each([false, true])(
  "a gate that stops is not held up by one that answers nothing, from the arrivals on: %s",
  async (fromArrivals) => {
    const gate = await world.gate();
    const target = await FakeTarget.open(world, gate);
    await world.node("probe-1", { echo: (body) => body });
    const clients = await Promise.all(Array.from({ length: 600 }, () => player(gate)));
    target.isFrozen = !fromArrivals;
    let isClosed = false;
    const closed = gate.close({ graceMs: 2_000 }).then(() => {
      isClosed = true;
    });
    await Promise.all(clients.map(({ line }) => line.closed));
    await closed;
    expect(isClosed).toBe(true);
    for (const { line } of clients) expect(line.goAways).toBe(1);
    expect(gate.status()).toMatchObject({ sessions: 0, connections: 0 });
  },
);

test("a client whose Hello comes to the gate that its session leaves is asked to come back, and its token holds", async () => {
  const gates = await openGates(2);
  const goOn = latch();
  await world.node("probe-1", {
    async sticky(body) {
      await goOn.passed;
      return body;
    },
  });
  const client = await player(gates[0]!);
  const answer = client.ask(commands.sticky.id, "slow");
  await eventually(() => gates[0]!.status().inFlight === 1);
  client.cut();
  await eventually(() => gates[0]!.status().suspended === 1);
  const late = await client.dial();
  // The gate has got a part of the Hello when it begins to stop.
  const { output } = late.transport;
  late.control(control.hello, Hello, Hello.create(client.hello()));
  const rest = output.bytes.slice(4, output.position);
  output.position = 4;
  await eventually(() => gates[0]!.status().connections === 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closed = gates[0]!.close({ graceMs: 5_000 });
  await eventually(() => gates[1]!.status().sessions === 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  output.append(rest, 0, rest.length);
  late.transport.flushSoon();
  await late.closed;
  expect([late.welcome, late.kicked]).toMatchObject([undefined, { reconnect: true }]);
  goOn.open();
  client.move(gates[1]!);
  expect((await client.connect()).resumed).toBe(true);
  expect(await answer).toBe("slow");
  await closed;
});
