import { expect, test } from "vitest";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import type { GateOptions } from "../../../runtime/gate/gate-options.ts";
import { candidatesOf, ownerAmong } from "../../../runtime/gate/users/user-owner.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { decode, raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { emptyBytes } from "../../../runtime/wire/empty-bytes.ts";
import {
  Bind,
  LinkHello,
  LinkWelcome,
  MoveSessions,
  SessionEnd,
  SessionOpen,
  SessionState,
  SessionsMoved,
} from "../../../runtime/wire/generated/photinus/link.ts";
import { text } from "./raw-client.ts";
import { commands, pushes } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();
const said = { ...pushes.reliable, body: raw };
const of = (name: keyof typeof commands) => ({ ...commands[name], request: raw, reply: raw });

/** Two gates that are linked to each other. */
async function twoGates(options: Partial<GateOptions> = {}): Promise<[Gate, Gate]> {
  const gates: [Gate, Gate] = [await world.gate(options), await world.gate(options)];
  await eventually(() => gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
  return gates;
}

/** Returns two users that a gate of the two owns. */
function usersOf(gate: string): [bigint, bigint] {
  const candidates = candidatesOf(["gate-1", "gate-2"]);
  const users = Array.from({ length: 100 }, (_, at) => BigInt(at + 1));
  const [one, two] = users.filter((userId) => ownerAmong(candidates, userId) === gate);
  return [one!, two!];
}

async function player(gate: Gate) {
  const { host, port } = gate.clientAddress!;
  const connection = await connect(`tcp://${host}:${port}`);
  world.atEnd(() => connection.close());
  return connection;
}

/** A node that answers the moves of sessions, and leaves it to the test to send the notices to the other gate. */
async function slowNode(gate: Gate) {
  const { host, port } = gate.linkAddress!;
  const heard: string[] = [];
  const moved: number[] = [];
  const hooks = {
    beforeMove: async (_numbers: readonly number[]): Promise<void> => {},
    beforeReply: async (_body: string): Promise<void> => {},
  };
  const link = new Link(await dialTcp(host, port), {
    clock: systemClock,
    deadlines: new Deadlines(systemClock),
    log: silentLogger,
    name: "probe-1",
    handler: {
      onAsk(method, _target, bytes, start, end, _timeoutMs, reply) {
        const answer = () => reply.answerBytes(emptyBytes, 0, 0);
        if (method !== admin.moveSessions) return answer();
        const { numbers } = decode(MoveSessions, bytes, start, end);
        moved.push(...numbers);
        void hooks.beforeMove(numbers).then(answer);
      },
      onNotice(method, _target, bytes, start, end) {
        const body = bytes.slice(start, end);
        if (method === admin.sessionOpen) {
          const { session, suspended } = decode(SessionOpen, body);
          heard.push(`open ${session}${suspended ? " suspended" : ""}`);
        } else if (method === admin.sessionState) {
          const { session, suspended } = decode(SessionState, body);
          heard.push(`${suspended ? "suspended" : "resumed"} ${session}`);
        } else if (method === admin.sessionEnd) heard.push(`end ${decode(SessionEnd, body).session}`);
      },
      onRelay(_session, _command, bytes, start, end, _timeoutMs, reply) {
        const body = bytes.slice(start, end);
        void hooks.beforeReply(decoder.decode(body)).then(() => reply?.answerBytes(body, 0, body.length));
      },
      onPush() {},
      onMapForm() {},
      onClose() {},
    },
  });
  world.atEnd(() => link.destroy());
  const hello = { name: "probe-1", role: "probe", bootId: "1", schema: "", version: linkVersion };
  await link.call(admin.hello, LinkHello, LinkHello.create(hello), LinkWelcome);
  const tell = (sessions: number[]) =>
    void link.notice(admin.sessionsMoved, SessionsMoved, { sessions, served: sessions }, undefined);
  return { heard, moved, tell, hooks, link };
}

test.each(["no user", "another user", "the same user"])(
  "a bind that a handler makes during the move, after %s, stays",
  async (before) => {
    // A policy that refuses second logins shows whether a user is free.
    const gates = await twoGates({ logins: { beyond: "refuse" } });
    const [user, another] = usersOf("gate-2");
    const former = { "no user": 0n, "another user": another, "the same user": user }[before] ?? 0n;
    const pause = latch();
    const node = await world.node("probe-1", {
      async login(_, ctx) {
        if (former !== 0n) await ctx.session.bind(former);
        await pause.passed;
        await ctx.session.bind(user);
        ctx.session.join("table");
        return text("in");
      },
      act: (_, ctx) => text(String(ctx.userId)),
      async free(body, ctx) {
        await ctx.session.bind(another);
        return body;
      },
    });
    const client = await player(gates[0]);
    const answer = client.request(of("login"), text(""));
    await eventually(() => node.sessions()[0]?.userId === former);
    const closed = gates[0].close({ graceMs: 5_000 });
    await eventually(() => client.state !== "open");
    pause.open();
    expect(decoder.decode(await answer)).toBe("in");
    await closed;
    expect(node.sessions()).toMatchObject([{ userId: user, gate: "gate-2" }]);
    expect(gates[1].status()).toMatchObject({ sessions: 1, users: 1 });
    expect(await node.group("table").members()).toMatchObject({ count: 1, members: [{ userId: user }] });
    expect(decoder.decode(await client.request(of("act"), text("")))).toBe(String(user));
    const other = await player(gates[1]);
    expect(decoder.decode(await other.request(of("free"), text("in")))).toBe("in");
  },
);

test("a bind that a node makes at the new gate, before the state of the session is there, stays", async () => {
  const gates = await twoGates();
  const [former, node] = [await slowNode(gates[0]), await slowNode(gates[1])];
  former.hooks.beforeMove = async ([, there]) => {
    node.tell([there!]);
    await node.link.call(admin.bind, Bind, Bind.create({ session: there!, userId: 7n, auth: 1 }), raw);
  };
  const client = await player(gates[0]);
  await client.request(of("sticky"), text("here"));
  await gates[0].close({ graceMs: 5_000 });
  await eventually(() => client.state === "open");
  expect(gates[1].status()).toMatchObject({ sessions: 1, users: 1 });
  expect(decoder.decode(await client.request(of("act"), text("as a user")))).toBe("as a user");
});

test("a node that does not answer is asked once, and holds no session up again", async () => {
  const gates = await twoGates();
  const former = await slowNode(gates[0]);
  await slowNode(gates[1]);
  const pause = latch();
  former.hooks.beforeMove = () => new Promise(() => {});
  former.hooks.beforeReply = async (body) => {
    if (body === "slow") await pause.passed;
  };
  const clients = [await player(gates[0]), await player(gates[0])];
  await clients[0]!.request(of("sticky"), text("fast"));
  const slow = clients[1]!.request(of("sticky"), text("slow"));
  await eventually(() => gates[0].status().inFlight === 1);
  const closed = gates[0].close({ graceMs: 10_000 });
  await eventually(() => former.moved.length === 2);
  pause.open();
  expect(decoder.decode(await slow)).toBe("slow");
  await closed;
  expect(former.moved).toHaveLength(2);
  expect(gates[1].counters.get("session.arrived")).toBe(2);
}, 15_000);

test("what a handler sends during the move arrives in its order: pushes, the answer, pushes after it", async () => {
  const gates = await twoGates();
  const pause = latch();
  await world.node("probe-1", {
    async sticky(body, ctx) {
      ctx.session.pushBytes(said.id, text("first"));
      await pause.passed;
      ctx.session.pushBytes(said.id, text("before"));
      ctx.afterReply(() => ctx.session.pushBytes(said.id, text("after")));
      return body;
    },
  });
  const client = await player(gates[0]);
  const heard: string[] = [];
  client.onPush(said, (body) => heard.push(decoder.decode(body)));
  const asked = client.request(of("sticky"), text("x")).then(() => heard.push("answer"));
  await eventually(() => heard.length === 1);
  const closed = gates[0].close({ graceMs: 5_000 });
  await eventually(() => client.state !== "open");
  pause.open();
  await Promise.all([asked, closed]);
  await eventually(() => heard.length === 4);
  expect(heard).toEqual(["first", "before", "answer", "after"]);
});

test("a node whose notice of the move comes after the client's return gets the state of the session", async () => {
  const gates = await twoGates();
  const [former, node] = [await slowNode(gates[0]), await slowNode(gates[1])];
  const client = await player(gates[0]);
  await client.request(of("sticky"), text("here"));
  await gates[0].close({ graceMs: 5_000 });
  await eventually(() => client.state === "open");
  const [number, there] = former.moved as [number, number];
  expect(former.heard).toEqual([`open ${number}`, `suspended ${number}`]);
  expect(node.heard).toEqual([]);
  node.tell([there]);
  await eventually(() => node.heard.length === 1);
  expect(node.heard).toEqual([`open ${there}`]);
  await client.request(of("sticky"), text("there"));
  expect(node.heard).toHaveLength(1);
});

test("a node whose notice of the move comes after the end of the session gets the end", async () => {
  const gates = await twoGates();
  const [former, node] = [await slowNode(gates[0]), await slowNode(gates[1])];
  const client = await player(gates[0]);
  await client.request(of("sticky"), text("here"));
  await gates[0].close({ graceMs: 5_000 });
  await eventually(() => client.state === "open");
  await client.close();
  await eventually(() => gates[1].status().sessions === 0);
  const there = former.moved[1]!;
  node.tell([there]);
  await eventually(() => node.heard.length === 1);
  expect(node.heard).toEqual([`end ${there}`]);
});
