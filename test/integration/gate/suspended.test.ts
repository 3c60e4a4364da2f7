import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { decode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Bye, Failure, FailureOutcome } from "../../../runtime/wire/generated/photinus/control.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { RawClient, text } from "./raw-client.ts";
import { type CommandHandlers, commands } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

const handlers: CommandHandlers = {
  async login(_, ctx) {
    await ctx.session.bind(7n);
    ctx.session.join("table");
    return text("in");
  },
  echo: (body) => body,
};

/** A client that can resume, logged in as user 7 and a member of the group "table". */
async function player(): Promise<RawClient> {
  const client = await (await world.silent()).open({ canResume: true });
  await client.ask(commands.login.id);
  return client;
}

/** Comes back with the token of a client whose connection is lost. */
async function comeBack(
  lost: RawClient,
  answerCount: number,
  onMessage: RawClient["onMessage"] = () => {},
): Promise<RawClient> {
  const { host, port } = world.gates[0]!.clientAddress!;
  const client = new RawClient(await dialTcp(host, port));
  client.onMessage = onMessage;
  world.atEnd(() => client.transport.destroy());
  return client.open({ canResume: true, resumeToken: lost.welcome!.resumeToken, answerCount });
}

/** Opens a node that keeps its sessions' events in words. */
async function watchedNode(name = "probe-1") {
  const node = await world.node(name, handlers);
  const events: string[] = [];
  const note = (event: string) => (session: Session) => {
    events.push(`${event} ${session.userId}${session.suspended ? " suspended" : ""}`);
  };
  node.onSessionSuspended(note("lost"));
  node.onSessionResumed(note("back"));
  node.onSessionEnd(note("end"));
  return { node, events };
}

test("a node hears that a session is suspended, resumed and ended", async () => {
  await world.gate();
  const { events } = await watchedNode();
  const client = await player();
  client.transport.destroy();
  await eventually(() => events.length === 1);
  const again = await comeBack(client, 1);
  await eventually(() => events.length === 2);
  again.control(control.bye, Bye, {});
  await eventually(() => events.length === 3);
  expect(events).toEqual(["lost 7 suspended", "back 7", "end 7"]);
});

test("a node does not hear of a session that moves from one open connection to another, but has its address", async () => {
  await world.gate();
  const { node, events } = await watchedNode();
  const client = await player();
  const [session] = node.sessions();
  const { remote } = session!;
  const again = await comeBack(client, 1);
  await eventually(() => session!.remote !== remote);
  expect(session!.remote).toBe(again.transport.local);
  expect(events).toEqual([]);
});

test("a session that nobody resumes ends after its window, with its user and groups", async () => {
  const gate = await world.gate({ limits: { resumeMs: 200 } });
  const { events } = await watchedNode();
  const client = await player();
  client.transport.destroy();
  await eventually(() => gate.status().suspended === 1);
  expect(gate.status()).toMatchObject({ sessions: 1, users: 1, groups: 1 });
  await eventually(() => events.length === 2);
  expect(events).toEqual(["lost 7 suspended", "end 7 suspended"]);
  expect(gate.status()).toMatchObject({ sessions: 0, suspended: 0, users: 0, groups: 0 });
});

test("a request's deadline goes on without a connection; the client that comes back gets the error", async () => {
  const gate = await world.gate();
  await world.node("probe-1", { ...handlers, free: () => new Promise(() => {}) });
  const client = await player();
  void client.request(commands.free.id, text("never answered"), 100);
  await eventually(() => gate.status().inFlight === 1);
  client.transport.destroy();
  await eventually(() => gate.status().suspended === 1 && gate.status().inFlight === 0);
  const errors: unknown[] = [];
  const again = await comeBack(client, 1, (of, { sequence, body }) => {
    if (of === kind.error) errors.push([sequence, decode(Failure, body)]);
  });
  await again.until(() => errors.length > 0);
  const code = errorCodes.DEADLINE_EXCEEDED;
  expect(errors).toMatchObject([[2, { code, outcome: FailureOutcome.MAY_HAVE_RUN }]]);
});

test("a restarted node has the sessions that it had served, also suspended ones", async () => {
  const gate = await world.gate();
  const { node } = await watchedNode();
  const [first] = [await player(), await (await world.silent()).open()];
  await (await world.client()).ask(commands.echo.id, "served too");
  first.transport.destroy();
  await eventually(() => gate.status().suspended === 1);
  await node.close();
  const { node: next } = await watchedNode();
  expect(next.sessions().map(({ userId, suspended }) => ({ userId, suspended }))).toEqual([
    { userId: 7n, suspended: true },
    { userId: 0n, suspended: false },
  ]);
});

test("the members of a group are listed and counted over all gates, suspended ones among them", async () => {
  await world.gate();
  const other = await world.gate();
  const { node } = await watchedNode();
  const here = await player();
  const there = await (await world.silent(other)).open();
  await there.ask(commands.echo.id, "");
  const guest = node.sessions().find(({ gate }) => gate === other.name)!;
  guest.join("table");
  here.transport.destroy();
  await eventually(() => world.gates[0]!.status().suspended === 1);
  const { count, members } = await node.group("table").members();
  expect(count).toBe(2);
  expect(members.map(({ gate, userId, suspended }) => ({ gate, userId, suspended }))).toEqual([
    { gate: "gate-1", userId: 7n, suspended: true },
    { gate: "gate-2", userId: 0n, suspended: false },
  ]);
  expect(await node.group("table").count()).toBe(2);
  expect(await node.group("table").members({ limit: 0 })).toEqual({ count: 2, members: [] });
  expect(await node.group("nobody").members()).toEqual({ count: 0, members: [] });
});
