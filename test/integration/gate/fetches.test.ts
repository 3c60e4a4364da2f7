import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { pause } from "../../../runtime/clock/pause.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { ResumeTokens } from "../../../runtime/gate/session/resume-tokens.ts";
import { candidatesOf, ownerAmong } from "../../../runtime/gate/users/user-owner.ts";
import { admin } from "../../../runtime/rpc/link-administration.ts";
import { Writer } from "../../../runtime/wire/codec/codec-runtime.ts";
import { ResumeRefusal } from "../../../runtime/wire/generated/photinus/control.ts";
import {
  AdoptedSessions,
  AdoptSessions,
  FetchedSession,
  MovedUser,
  MovingSession,
  ReleaseUser,
} from "../../../runtime/wire/generated/photinus/link.ts";
import { FakeTarget, fetchSession } from "./fake-peers.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { type CommandHandlers, commands, reliable } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();

async function open(handlers: CommandHandlers = {}, count = 2, options = {}) {
  const gates: Gate[] = [];
  while (gates.length < count) gates.push(await world.gate(options));
  const sessions: Session[] = [];
  const node = await world.node("probe-1", {
    async login(body, ctx) {
      sessions.push(ctx.session);
      await ctx.session.bind(BigInt(decoder.decode(body)));
      return text("in");
    },
    echo: (body) => body,
    ...handlers,
  });
  await eventually(() => gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
  return { gates, node, sessions };
}

async function player(gate: Gate, user = "7"): Promise<ResumingClient> {
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  await client.connect();
  expect(await client.ask(commands.login.id, user)).toBe("in");
  return client;
}

async function login(body: Uint8Array, { session }: { readonly session: Session }): Promise<Uint8Array> {
  await session.bind(BigInt(decoder.decode(body)));
  return text("in");
}

/** Returns a user whom a gate owns. */
function userOf(gate: string, gates: readonly string[]): bigint {
  for (let user = 1n; ; user++) if (ownerAmong(candidatesOf(gates), user) === gate) return user;
}

/** Resolves with the next question whether a gate takes a session, and what answers it. */
function adopting(peer: FakeTarget): Promise<{ question: AdoptSessions; take(number?: number): void }> {
  return new Promise((resolve) => {
    peer.onAdopt = (question, reply) => {
      const take = (session = 1): void => {
        const sessions = [{ session, resumeToken: new Uint8Array(28) }];
        reply.answer(AdoptedSessions, AdoptedSessions.create({ sessions }));
      };
      resolve({ question, take });
    };
  });
}

const later = (answer: FetchedSession): void => expect(answer).toMatchObject({ moves: false, busy: true });

/** A client that has the token of another one. */
function twin({ token, answerCount }: ResumingClient, gate: Gate): ResumingClient {
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  Object.assign(client, { token, answerCount });
  return client;
}

test("a client that has lost the welcome of another gate resumes at its first one with the token from there", async () => {
  const { gates } = await open();
  const client = await player(gates[0]!);
  client.cut();
  const lost = twin(client, gates[1]!);
  expect(await lost.connect()).toMatchObject({ resumed: true });
  lost.cut();
  await eventually(() => gates[1]!.status().suspended === 1);
  expect(await client.connect()).toMatchObject({ resumed: true });
  expect(await client.ask(commands.echo.id, "here")).toBe("here");
  expect(gates.map((gate) => gate.status().sessions)).toEqual([1, 0]);
});

test("a client comes again when the gate that has its session has no link to the gate that it comes to", async () => {
  const { gates } = await open();
  const client = await player(gates[0]!);
  client.cut();
  gates[0]!.setPeers([{ name: "gate-2", host: "127.0.0.1", port: 1 }]);
  client.move(gates[1]!);
  await expect(client.connect()).rejects.toThrow("closed the connection");
  expect(client.line.kicked).toMatchObject({ reconnect: true });
  gates[0]!.setPeers([{ name: "gate-2", ...gates[1]!.linkAddress! }]);
  await eventually(() => gates[0]!.status().gates.every(({ linked }) => linked));
  expect(await client.connect()).toMatchObject({ resumed: true });
});

test.each([
  ["malformed", [0x0a, 0xff]],
  ["of a session that it has not moved", [...encoded({ moves: true })]],
])("an answer %s of another gate holds up no client", async (_what, bytes) => {
  const gate = await world.gate();
  const peer = await FakeTarget.open(world, gate);
  peer.onFetch = (reply) => reply.answerBytes(new Uint8Array(bytes), 0, bytes.length);
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  client.token = new Uint8Array(28);
  const welcome = await client.connect().catch(() => undefined);
  expect(client.line.kicked?.reconnect ?? welcome?.refusal === ResumeRefusal.FOREIGN).toBe(true);
});

function encoded(answer: Partial<FetchedSession>): Uint8Array {
  const writer = new Writer(16);
  FetchedSession.write(writer, FetchedSession.create(answer));
  return writer.bytes.slice(0, writer.position);
}

test("a session that another gate takes too late is dropped there, stays here, and keeps its user", async () => {
  const gate = await world.gate();
  const peer = await FakeTarget.open(world, gate);
  await world.node("probe-1", { login, echo: (body) => body });
  const user = userOf(gate.name, peer.gates);
  const link = await peer.dial();
  const client = await player(gate, String(user));
  client.cut();
  const [adopt] = await Promise.all([adopting(peer), fetchSession(link, client.token).then(later)]);
  const [moving] = adopt.question.sessions;
  const place = { userId: user, generation: moving!.generation, session: 5 };
  const from = { fromGate: gate.name, fromSession: moving!.session, hops: moving!.hops };
  link.notice(admin.movedUser, MovedUser, MovedUser.create({ ...place, ...from }), undefined);
  adopt.take();
  await eventually(() => peer.dropped.length > 0);
  expect(peer.dropped).toEqual([1]);
  link.notice(admin.releaseUser, ReleaseUser, ReleaseUser.create(place), undefined);
  expect(await client.connect()).toMatchObject({ resumed: true });
  // The owner of the user knows the session: a second login of the user ends it.
  await player(gate, String(user));
  await client.line.until(() => client.line.kicked !== undefined);
  expect(gate.status()).toMatchObject({ sessions: 1, users: 1 });
});

test("a client that comes back to its gate while another one is asked to take its session comes again", async () => {
  const gate = await world.gate();
  const peer = await FakeTarget.open(world, gate);
  await world.node("probe-1", { login, echo: (body) => body });
  const link = await peer.dial();
  const client = await player(gate, String(userOf(gate.name, peer.gates)));
  const fetched = fetchSession(link, client.token);
  const adopt = await adopting(peer);
  // The other gate does not know a token that this gate gives now.
  await expect(client.connect()).rejects.toThrow("closed the connection");
  expect(client.line.kicked).toMatchObject({ reconnect: true });
  adopt.take(0);
  expect(await fetched).toMatchObject({ moves: false, busy: true });
  expect(await client.connect()).toMatchObject({ resumed: true });
  expect(await client.ask(commands.echo.id, "here")).toBe("here");
});

test("a node that was slow in the move of one session moves the next one", async () => {
  const { gates, node, sessions } = await open();
  const clients = [await player(gates[0]!, "7"), await player(gates[0]!, "8")];
  const { link } = [...node.liveGates()].find(({ gate }) => gate === "gate-1")!;
  link.transport.pause();
  clients[0]!.move(gates[1]!);
  expect(await clients[0]!.connect()).toMatchObject({ resumed: true });
  link.transport.resume();
  clients[1]!.move(gates[1]!);
  expect(await clients[1]!.connect()).toMatchObject({ resumed: true });
  expect(sessions[1]).toMatchObject({ gate: "gate-2", ended: false });
});

test("a gate that stops while it moves a session elsewhere stops in time, and the session arrives", async () => {
  const entered = latch();
  const { gates } = await open({
    sticky: () => {
      entered.open();
      return new Promise(() => {});
    },
  });
  const client = await player(gates[0]!);
  const stuck = client.ask(commands.sticky.id);
  await entered.passed;
  client.move(gates[1]!);
  const resumed = client.connect();
  await eventually(() => gates[1]!.status().sessions === 1);
  const closed = gates[0]!.close({ graceMs: 500 }).then(() => "closed");
  expect(await Promise.race([closed, pause(systemClock, 3_000)])).toBe("closed");
  expect(await resumed).toMatchObject({ resumed: true });
  expect(await stuck).toBe("error");
});

test("a session that joins a group while it moves to its client gets each push of the group once", async () => {
  const entered = latch();
  const goOn = latch();
  const sent: string[] = [];
  const { gates, node } = await open({
    async sticky(body, { session }) {
      entered.open();
      await goOn.passed;
      session.join("late");
      return body;
    },
  });
  const client = await player(gates[0]!);
  const asked = client.ask(commands.sticky.id, "joined");
  await entered.passed;
  client.move(gates[1]!);
  const resumed = client.connect();
  await eventually(() => gates[1]!.status().sessions === 1);
  goOn.open();
  await Promise.resolve();
  for (let n = 0; client.isOpen === false || n < 100; n++) {
    sent.push(`${n}`);
    node.group("late").push(reliable, text(`${n}`));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await resumed).toMatchObject({ resumed: true });
  expect(await asked).toBe("joined");
  await eventually(() => client.pushes.at(-1) === sent.at(-1));
  expect(client.pushes).toEqual(sent.slice(sent.indexOf(client.pushes[0]!)));
  expect(Number(client.pushes[0])).toBeLessThan(3);
});

test("a session whose move is cut off before its state has left stays, with its requests and its user", async () => {
  const gate = await world.gate();
  const peer = await FakeTarget.open(world, gate);
  const goOn = latch();
  await world.node("probe-1", {
    login,
    async sticky(body) {
      await goOn.passed;
      return body;
    },
  });
  const link = await peer.dial();
  const user = userOf(gate.name, peer.gates);
  const client = await player(gate, String(user));
  const asked = client.ask(commands.sticky.id, "slow");
  await eventually(() => gate.status().inFlight === 1);
  client.cut();
  const fetched = fetchSession(link, client.token);
  const { question, take } = await adopting(peer);
  take();
  expect(await fetched).toMatchObject({ moves: true });
  const { generation, session: fromSession, hops } = question.sessions[0]!;
  const place = { userId: user, generation, session: 1 };
  const moved = { ...place, fromGate: gate.name, fromSession, hops };
  link.notice(admin.movedUser, MovedUser, MovedUser.create(moved), undefined);
  link.notice(admin.releaseUser, ReleaseUser, ReleaseUser.create(place), undefined);
  await fetchSession(link, client.token);
  peer.served.destroy("cut off");
  await pause(systemClock, 100);
  expect(await client.connect()).toMatchObject({ resumed: true });
  goOn.open();
  expect(await asked).toBe("slow");
  await player(gate, String(user));
  await client.line.until(() => client.line.kicked !== undefined);
  expect(gate.status()).toMatchObject({ sessions: 1, users: 1 });
});

test("a client whose session is cut off on its way comes again when its former gate has kept it", async () => {
  const gate = await world.gate();
  const peer = await FakeTarget.open(world, gate);
  const link = await peer.dial();
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  client.token = new Uint8Array(28);
  const { hash } = new ResumeTokens().partsOf(client.token)!;
  peer.onFetch = async (reply) => {
    const sessions = [MovingSession.create({ session: 1, id: "0123", tokens: [hash] })];
    await link.call(admin.adoptSessions, AdoptSessions, { sessions, nodes: [] }, AdoptedSessions);
    reply.answer(FetchedSession, FetchedSession.create({ moves: true }));
  };
  const resumed = client.connect();
  await eventually(() => gate.status().sessions === 1);
  await pause(systemClock, 50);
  peer.onFetch = (reply) => reply.answer(FetchedSession, FetchedSession.create({ busy: true }));
  link.destroy();
  await expect(resumed).rejects.toThrow("closed the connection");
  expect(client.line.kicked).toMatchObject({ reconnect: true });
  expect(gate.status()).toMatchObject({ sessions: 0, suspended: 0 });
});

test("a session that a stopping gate offers to another one is offered to no second one", async () => {
  const gate = await world.gate();
  const peer = await FakeTarget.open(world, gate);
  await world.node("probe-1", { login, echo: (body) => body });
  const link = await peer.dial();
  const client = await player(gate, String(userOf(gate.name, peer.gates)));
  const closed = gate.close({ graceMs: 3_000 });
  const { take } = await adopting(peer);
  let questions = 0;
  peer.onAdopt = () => questions++;
  expect(await fetchSession(link, client.token)).toMatchObject({ moves: false, busy: true });
  take();
  await eventually(() => peer.arrivals.length === 1);
  peer.arrivals[0]!();
  await closed;
  expect(questions).toBe(0);
});

test("a guessed token shows nobody whether its session exists", async () => {
  const gate = await world.gate();
  await world.node("probe-1", { login });
  const client = await player(gate);
  // While a gate is awaited, nobody knows whether that has the session.
  gate.setPeers([{ name: "gate-9", host: "127.0.0.1", port: 1 }]);
  for (const at of [9, 20]) {
    // Another number of a session, or another secret of this one.
    const guess = twin(client, gate);
    guess.token = new Uint8Array(client.token);
    guess.token[at]! ^= 1;
    await expect(guess.connect()).rejects.toThrow("closed the connection");
    expect(guess.line.kicked).toMatchObject({ reconnect: true });
  }
  expect(gate.status()).toMatchObject({ sessions: 1, suspended: 0 });
});
