import { expect, test } from "vitest";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { decode, raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { emptyBytes } from "../../../runtime/wire/empty-bytes.ts";
import {
  LinkHello,
  LinkWelcome,
  MoveSessions,
  SessionEnd,
  SessionOpen,
  SessionState,
  SessionsMoved,
} from "../../../runtime/wire/generated/photinus/link.ts";
import { text } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();
const of = (name: keyof typeof commands) => ({ ...commands[name], request: raw, reply: raw });

/** Two gates that are linked to each other. */
async function twoGates(): Promise<[Gate, Gate]> {
  const gates: [Gate, Gate] = [await world.gate(), await world.gate()];
  await eventually(() => gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
  return gates;
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
  const link = new Link(await dialTcp(host, port), {
    clock: systemClock,
    deadlines: new Deadlines(systemClock),
    log: silentLogger,
    name: "probe-1",
    handler: {
      onAsk(method, _target, bytes, start, end, _timeoutMs, reply) {
        if (method === admin.moveSessions) moved.push(...decode(MoveSessions, bytes, start, end).numbers);
        reply.answerBytes(emptyBytes, 0, 0);
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
        reply?.answerBytes(bytes, start, end);
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
    void link.notice(admin.sessionsMoved, SessionsMoved, { sessions }, undefined);
  return { heard, moved, tell };
}

test.each(["0", "9"])("a bind that a handler makes during the move, after user %s, stays", async (before) => {
  const gates = await twoGates();
  const pause = latch();
  const node = await world.node("probe-1", {
    async login(body, ctx) {
      const user = BigInt(decoder.decode(body));
      if (user !== 0n) await ctx.session.bind(user);
      await pause.passed;
      await ctx.session.bind(7n);
      ctx.session.join("table");
      return text("in");
    },
    act: (_, ctx) => text(String(ctx.userId)),
  });
  const client = await player(gates[0]);
  const answer = client.request(of("login"), text(before));
  await eventually(() => node.sessions()[0]?.userId === BigInt(before));
  const closed = gates[0].close({ graceMs: 5_000 });
  await eventually(() => node.sessions()[0]!.gate === "gate-2");
  pause.open();
  expect(decoder.decode(await answer)).toBe("in");
  await closed;
  expect(node.sessions()).toMatchObject([{ userId: 7n, gate: "gate-2" }]);
  expect(gates[1].status()).toMatchObject({ sessions: 1, users: 1 });
  expect(await node.group("table").members()).toMatchObject({ count: 1, members: [{ userId: 7n }] });
  expect(decoder.decode(await client.request(of("act"), text("")))).toBe("7");
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
