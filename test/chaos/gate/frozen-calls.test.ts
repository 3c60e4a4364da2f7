import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Connection, connect } from "../../../clients/typescript/src/node/index.ts";
import { choose, hashName } from "../../../runtime/gate/route/rendezvous.ts";
import { GameNode } from "../../../runtime/node/node.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { mapPeer } from "../../integration/gate/map-peer.ts";
import { commands, methodOf, methods, protocol, serve } from "../../integration/gate/schema.ts";
import { eventually, latch, useWorld } from "../../integration/gate/world.ts";
import { startChild, startWithMessage } from "./children.ts";
import { LimitedCalls } from "./limits.ts";

const world = useWorld();

const heartbeatMs = 1_000;
/** Longer than the silence that a link or session bears (two intervals), and than every limit of the calls below. */
const frozenMs = 6_000;
const limitsMs = [50, 400, 1_500, 3_000];
/** Rounds of calls that are made at least, also on a machine where one takes long. */
const leastRounds = 20;
/** Errors that a call through or to a frozen process may end with. An invented answer is never allowed. */
const failures = ["DEADLINE_EXCEEDED", "UNAVAILABLE"];
/** Numbers of DEADLINE_EXCEEDED and UNAVAILABLE, as a client without timers of its own receives them. */
const failureCodes = ["14", "4"];

const echo = { ...commands.echo, request: raw, reply: raw };
const body = new Uint8Array([1, 2, 3]);

interface GateChild {
  readonly child: ChildProcess;
  readonly message: {
    readonly client: { readonly host: string; readonly port: number };
    readonly links: { readonly host: string; readonly port: number };
  };
}

function startGate(name: string): Promise<GateChild> {
  return startWithMessage(world, "child-gate.ts", [name, String(heartbeatMs)]);
}

async function startNode(
  name: string,
  gates: readonly GateChild[],
  handlers = {},
  desk = {},
): Promise<GameNode> {
  const role = name.replace(/-\d+$/, "");
  const node = await GameNode.open([serve(role, handlers, desk)], {
    name,
    role,
    gates: gates.map(({ message }) => message.links),
    link: { heartbeatMs },
  });
  world.atEnd(() => node.close({ graceMs: 0 }));
  await node.linked();
  return node;
}

/** Stops a process for longer than every limit, and makes calls all the time. */
async function freeze(child: ChildProcess, call: () => void): Promise<void> {
  child.kill("SIGSTOP");
  const until = performance.now() + frozenMs;
  for (let round = 0; round < leastRounds || performance.now() < until; round++) {
    call();
    await pause(250);
  }
}

test.each([
  ["tcp", "with", ["DEADLINE_EXCEEDED"]],
  ["ws", "without", failures],
])(
  "no request of a client over %s through a frozen gate outlasts its limit, %s resume",
  async (scheme, resume, expected) => {
    const gate = await startGate("gate-1");
    await startNode("probe-1", [gate], { echo: (of: Uint8Array) => of });
    const { host, port } = gate.message.client;
    const url = `${scheme}://${host}:${port}`;
    const connection: Connection = await connect(url, {
      reconnect: { maxDelayMs: 500 },
      resume: resume === "with",
    });
    world.atEnd(() => connection.close());
    expect(await connection.request(echo, body)).toEqual(body);
    const calls = new LimitedCalls();
    let dialled = false;
    await freeze(gate.child, () => {
      for (const timeoutMs of limitsMs) {
        void calls.start("request", timeoutMs, () => connection.request(echo, body, { timeoutMs }));
      }
      if (dialled) return;
      dialled = true;
      void calls.start("connect", 1_500, () => connect(url, { connectTimeoutMs: 1_500 }));
    });
    gate.child.kill("SIGCONT");
    await calls.all();
    expect(calls.late).toEqual([]);
    expect(calls.ended.length).toBeGreaterThan(40);
    expect(unanswered(calls)).toEqual(expected);
    await expect.poll(() => connection.request(echo, body).catch(String), { timeout: 20_000 }).toEqual(body);
  },
);

test("no request relayed to a frozen node outlasts its limit, on its lane or held for another node", async () => {
  // With a wait for the dead node, the lane would not go over to the other one within the limits.
  const gate = await world.gate({ link: { heartbeatMs }, limits: { nodeWaitMs: 0 } });
  const port = String(gate.linkAddress!.port);
  const frozen = await startChild(world, "child-node.ts", ["probe-1", port, String(heartbeatMs)]);
  await startChild(world, "child-node.ts", ["probe-2", port, String(heartbeatMs)]);
  const client = await world.client();
  const number = async (answer: Promise<string>) => Number(await answer);
  const here = keyOf("probe-1");
  const there = keyOf("probe-2");
  let acknowledged = await number(client.ask(commands.hashed.id, here));
  const calls = new LimitedCalls();
  await freeze(frozen, () => {
    for (const timeoutMs of limitsMs) {
      void calls.start("to the frozen node", timeoutMs, () =>
        client.request(commands.hashed.id, here, timeoutMs),
      );
      void calls.start("held for the other", timeoutMs, () =>
        client.request(commands.hashed.id, there, timeoutMs),
      );
    }
    void calls.start("by the schema's limit", commands.short.timeoutMs, () =>
      client.request(commands.short.id, here),
    );
  });
  frozen.kill("SIGCONT");
  await calls.all();
  expect(calls.late).toEqual([]);
  expect(calls.ended.length).toBeGreaterThan(150);
  const to = (what: string) => calls.ended.filter((call) => call.what === what).map(({ outcome }) => outcome);
  for (const outcome of to("to the frozen node")) expect(failureCodes).toContain(outcome);
  // Once the frozen node is known to be dead, the lane goes over to the other.
  expect(to("held for the other")).toContain("answered");
  await eventually(() => gate.status().nodes.every(({ state }) => state === "ready"));
  const after = await number(client.ask(commands.hashed.id, here));
  expect(after).toBeGreaterThan(acknowledged);
  acknowledged = after;
  expect(await number(client.ask(commands.hashed.id, here))).toBe(acknowledged + 1);
});

test("no call of a node to a frozen node outlasts its limit, and one-way calls hold nobody up", async () => {
  const gate = await world.gate({ link: { heartbeatMs } });
  const frozen = await startChild(world, "child-node.ts", [
    "other-1",
    String(gate.linkAddress!.port),
    String(heartbeatMs),
  ]);
  const node = await world.node("probe-1", {}, {}, { link: { heartbeatMs } });
  const double = methodOf(methods.double);
  const again = methodOf(methods.double, true);
  const doubled = new Uint8Array([...body, ...body]);
  expect(await node.call(double, body)).toEqual(doubled);
  const calls = new LimitedCalls();
  await freeze(frozen, () => {
    for (const timeoutMs of limitsMs) {
      void calls.start("call", timeoutMs, () => node.call(double, body, { timeoutMs }));
      void calls.start("idempotent call", timeoutMs, () => node.call(again, body, { timeoutMs }));
      void calls.start("call by name", timeoutMs, () =>
        node.call(double, body, { timeoutMs, node: "other-1" }),
      );
    }
    node.notice(methodOf(methods.hint), body);
  });
  frozen.kill("SIGCONT");
  await calls.all();
  expect(calls.late).toEqual([]);
  expect(unanswered(calls)).toEqual(failures);
  await expect.poll(() => node.call(double, body).catch(String), { timeout: 20_000 }).toEqual(doubled);
});

test("no call of a node through a frozen gate outlasts its limit; another gate is used once it is known to be dead", async () => {
  const gate = await startGate("gate-1");
  const spare = await startGate("gate-2");
  const atGate = latch();
  const asked = latch();
  const bound: Promise<string>[] = [];
  const calls = new LimitedCalls();
  const bindLimitMs = 5_000;
  const node = await startNode("probe-1", [gate, spare], {
    echo: (of: Uint8Array) => of,
    free: async (of: Uint8Array, { session }: { session: { bind(user: bigint): Promise<void> } }) => {
      asked.open();
      await atGate.passed;
      bound.push(calls.start("bind", bindLimitMs, () => session.bind(7n)));
      return of;
    },
  });
  const other = await startNode("other-1", [gate, spare], {}, { double: (of: Uint8Array) => of });
  const double = methodOf(methods.double);
  const { host, port } = gate.message.client;
  const connection = await connect(`tcp://${host}:${port}`, { reconnect: { maxDelayMs: 500 } });
  world.atEnd(() => connection.close());
  const waiting = connection.request({ ...commands.free, request: raw, reply: raw }, body).catch(() => {});
  await asked.passed;
  await freeze(gate.child, () => {
    atGate.open();
    for (const timeoutMs of limitsMs) {
      void calls.start("call", timeoutMs, () => node.call(double, body, { timeoutMs }));
      void calls.start("idempotent call", timeoutMs, () =>
        node.call(methodOf(methods.double, true), body, { timeoutMs }),
      );
    }
    node.everyone().pushBytes(501, body);
  });
  // Only the other gate is there: calls are answered.
  expect(await node.call(double, body)).toEqual(body);
  gate.child.kill("SIGCONT");
  await calls.all();
  await waiting;
  expect(calls.late).toEqual([]);
  expect(calls.outcomes).toEqual(["DEADLINE_EXCEEDED", "UNAVAILABLE", "answered"]);
  expect(failures).toContain(await bound[0]);
  await eventually(() => [node, other].every((one) => one.status().gates.every(({ name }) => name !== "")));
  for (let n = 0; n < 4; n++) expect(await node.call(double, body)).toEqual(body);
  await expect.poll(() => connection.request(echo, body).catch(String), { timeout: 20_000 }).toEqual(body);
});

test("no call to a frozen peer of the map form outlasts its limit; it is used again when it goes on", async () => {
  const callMs = 1_000;
  const gate = await world.gate({ protocol, link: { heartbeatMs, defaultTimeoutMs: callMs } });
  const port = String(gate.linkAddress!.port);
  const frozen = await startChild(world, "child-map-peer.ts", ["python-1", port]);
  const other = await mapPeer(world, gate);
  await other.takeProxy("python-2");
  const client = await world.client();
  let acknowledged = Number(await client.ask(commands.sticky.id));
  const calls = new LimitedCalls();
  await freeze(frozen, () => {
    for (const timeoutMs of limitsMs) {
      void calls.start("request", timeoutMs, () => client.request(commands.sticky.id, body, timeoutMs));
    }
    void calls.start("callChild", callMs, () => gate.callChild("python-1", "count"));
    void calls.start("of another peer", callMs, () => other.callTarget("ping"));
  });
  frozen.kill("SIGCONT");
  await calls.all();
  expect(calls.late).toEqual([]);
  const to = (what: string) =>
    new Set(calls.ended.filter((call) => call.what === what).map(({ outcome }) => outcome));
  expect([...to("callChild")]).toContain("DEADLINE_EXCEEDED");
  expect([...to("of another peer")]).toEqual(["answered"]);
  await expect.poll(() => client.ask(commands.sticky.id), { timeout: 20_000 }).toMatch(/^\d+$/);
  const after = Number(await client.ask(commands.sticky.id));
  expect(after).toBeGreaterThan(acknowledged);
  acknowledged = after;
  expect(Number(await gate.callChild("python-1", "count"))).toBe(acknowledged + 1);
});

test("a gate and a node close within their grace, however many of their calls hang on a frozen peer", async () => {
  const graceMs = 1_000;
  const calls = new LimitedCalls();
  const gate = await world.gate();
  const node = await startChild(world, "child-node.ts", ["probe-1", String(gate.linkAddress!.port), "60000"]);
  const client = await world.client();
  const waiting = client.ask(commands.free.id, body);
  const frozen = await startGate("gate-2");
  const caller = await startNode("probe-2", [frozen]);
  await eventually(() => gate.status().inFlight === 1);
  node.kill("SIGSTOP");
  frozen.child.kill("SIGSTOP");
  const called = calls.start("call", 60_000, () =>
    caller.call(methodOf(methods.double), body, { timeoutMs: 60_000 }),
  );
  void calls.start("gate.close", graceMs, () => gate.close({ graceMs }));
  void calls.start("node.close", graceMs, () => caller.close({ graceMs }));
  await calls.all();
  expect(calls.late).toEqual([]);
  expect(await called).toBe("UNAVAILABLE");
  expect(await waiting).toBe(`error ${errorCodes.UNAVAILABLE}`);
  await client.closed;
});

/** Outcomes of the calls that failed. One that was made late may be answered when the other side goes on. */
function unanswered(calls: LimitedCalls): readonly string[] {
  return calls.outcomes.filter((outcome) => outcome !== "answered");
}

/** A key of `hashed` that leads to this one of two nodes. */
function keyOf(name: string): Uint8Array {
  const nodes = ["probe-1", "probe-2"].map((node) => ({ node, seed: hashName(node) }));
  for (let key = 0; ; key++) if (choose(nodes, key)?.node === name) return new Uint8Array([key]);
}
