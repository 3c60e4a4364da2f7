import { expect, test } from "vitest";
import type { Gate } from "../../../runtime/gate/gate.ts";
import type { GateLimits } from "../../../runtime/gate/gate-options.ts";
import type { GameNode } from "../../../runtime/node/node.ts";
import { outcome } from "../../../runtime/rpc/envelope/failure-outcome.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { frame, framesIn, sendAndEnd } from "./raw-bytes.ts";
import { type RawClient, text } from "./raw-client.ts";
import { type CommandHandlers, commands, patientProtocol } from "./schema.ts";
import { eventually, kill, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();

/** Requests that a node has begun, in order: "node body". */
let ran: string[] = [];

/** Handlers that note what they run, and answer when the latch is open; the body of `hashed` commands is a key and a text. */
function noting(name: string, passed: Promise<unknown> = Promise.resolve()): CommandHandlers {
  const run = async (body: Uint8Array) => {
    ran.push(`${name} ${decoder.decode(body)}`);
    await passed;
    return text(name);
  };
  const { look, lookSticky, lookHashed, lookFree, sticky, hashed, echo, ask, note } = commands;
  const all = { look, lookSticky, lookHashed, lookFree, sticky, hashed, echo, ask, note };
  return Object.fromEntries(Object.keys(all).map((command) => [command, run]));
}

/** A gate in which requests may wait long. */
function patientGate(limits: GateLimits = {}): Promise<Gate> {
  return world.gate({ protocol: patientProtocol, limits: { nodeWaitMs: 30_000, ...limits } });
}

const never = new Promise<never>(() => {});

async function begun(count: number): Promise<void> {
  await eventually(() => ran.length >= count);
}

/** Resolves with the answer's text, or with code and outcome of the failure. */
async function ask(client: RawClient, command: number, body = "", timeoutMs?: number): Promise<unknown> {
  const answer = await client.request(command, text(body), timeoutMs);
  if (answer instanceof Uint8Array) return decoder.decode(answer);
  return { code: answer.code, outcome: answer.outcome };
}

/** A key that hashes to the node of two. */
async function keyOf(client: RawClient, node: string): Promise<string> {
  for (let key = 33; key < 127; key++) {
    const letter = String.fromCharCode(key);
    if ((await ask(client, commands.lookFree.id, letter)) === node) return letter;
  }
  throw new Error(`no key of ${node}`);
}

const lost = { code: errorCodes.UNAVAILABLE, outcome: outcome.mayHaveRun };

test("an idempotent request whose node is lost is answered by another instance, any other may have run", async () => {
  ran = [];
  await patientGate();
  const nodes = [
    await world.node("probe-1", noting("1", never)),
    await world.node("probe-2", noting("2", never)),
  ];
  const client = await world.client();
  const looks = [ask(client, commands.look.id, "a"), ask(client, commands.look.id, "b")];
  const others = [ask(client, commands.echo.id, "c"), ask(client, commands.echo.id, "d")];
  await begun(4);
  await world.node("probe-3", noting("3"));
  for (const node of nodes) await kill(node);
  expect(await Promise.all(looks)).toEqual(["3", "3"]);
  expect(await Promise.all(others)).toEqual([lost, lost]);
  expect(world.gates[0]!.counters.get("relay.retried")).toBeGreaterThanOrEqual(2);
  expect(world.gates[0]!.status().inFlight).toBe(0);
});

test("an idempotent request of a hashed or sticky route waits until its node is back", async () => {
  ran = [];
  await patientGate();
  const node = await world.node("probe-1", noting("1", never));
  const client = await world.client();
  const answers = [
    ask(client, commands.lookHashed.id, "k"),
    ask(client, commands.lookFree.id, "k"),
    ask(client, commands.lookSticky.id, "s"),
  ];
  await begun(2);
  await kill(node);
  await world.node("probe-2", noting("2"));
  await world.node("probe-1", noting("again"));
  expect(await Promise.all(answers)).toEqual(["again", "again", "again"]);
});

test("a request that waits for its node goes to another one when the place is given up", async () => {
  ran = [];
  await patientGate({ rejoinMs: 100 });
  const node = await world.node("probe-1", noting("1", never));
  const client = await world.client();
  const answers = [ask(client, commands.lookFree.id, "k"), ask(client, commands.lookSticky.id, "s")];
  await begun(2);
  await world.node("probe-2", noting("2"));
  await kill(node);
  expect(await Promise.all(answers)).toEqual(["2", "2"]);
});

test("a request whose node is not awaited any more fails, and may have run", async () => {
  ran = [];
  await patientGate({ rejoinMs: 50 });
  const node = await world.node("probe-1", noting("1", never));
  const client = await world.client();
  const answers = [ask(client, commands.look.id), ask(client, commands.lookSticky.id)];
  await begun(2);
  await kill(node);
  expect(await Promise.all(answers)).toEqual([lost, lost]);
});

test("a request that waits for its node ends at its deadline, or when its client gives up", async () => {
  ran = [];
  const gate = await patientGate();
  const node = await world.node("probe-1", noting("1", never));
  const client = await world.client();
  const short = [ask(client, commands.lookFree.id, "a", 300), ask(client, commands.lookSticky.id, "b", 300)];
  await begun(2);
  void client.request(commands.lookFree.id, text("c"));
  await begun(3);
  await kill(node);
  await eventually(() => gate.counters.get("relay.retried") === 3);
  client.cancelLast();
  const late = { code: errorCodes.DEADLINE_EXCEEDED, outcome: outcome.mayHaveRun };
  expect(await Promise.all(short)).toEqual([late, late]);
  expect(gate.status().inFlight).toBe(0);
  // A lane that waits for nothing goes on.
  await world.node("probe-1", noting("again"));
  expect(await ask(client, commands.lookSticky.id)).toBe("again");
});

test("requests of a lane are sent again in their order, and before all later ones", async () => {
  ran = [];
  const gate = await patientGate();
  const client = await world.client();
  await world.node("probe-2", noting("2"));
  const first = await world.node("probe-1", noting("1"));
  const [mine, other] = [await keyOf(client, "1"), await keyOf(client, "2")];
  await kill(first);
  const node = await world.node("probe-1", noting("1", never));
  ran = [];
  const ids = [commands.lookHashed.id, commands.hashed.id, commands.lookHashed.id, commands.lookHashed.id];
  const before = ids.map((id, at) => ask(client, id, `${mine}${at}`));
  // The lane has to move for it, so it waits in the gate.
  const behind = ask(client, commands.lookHashed.id, `${other}4`);
  await begun(1);
  await kill(node);
  await eventually(() => gate.counters.get("relay.retried") === 3);
  // A node that is here takes it, but earlier requests of the lane wait.
  const after = ask(client, commands.hashed.id, `${other}5`);
  const last = ask(client, commands.hashed.id, `${mine}6`);
  await eventually(() => gate.counters.get("relay.awaited") === 1);
  await world.node("probe-1", noting("again"));
  const answers = [...before, behind, after, last];
  expect(await Promise.all(answers)).toEqual(["again", lost, "again", "again", "2", "2", "again"]);
  expect(ran).toEqual([
    `1 ${mine}0`,
    `again ${mine}0`,
    `again ${mine}2`,
    `again ${mine}3`,
    `2 ${other}4`,
    `2 ${other}5`,
    `again ${mine}6`,
  ]);
});

test("a lane goes on when the request that it waits for has reached its deadline", async () => {
  ran = [];
  const gate = await patientGate();
  const client = await world.client();
  await world.node("probe-2", noting("2"));
  const first = await world.node("probe-1", noting("1"));
  const [mine, other] = [await keyOf(client, "1"), await keyOf(client, "2")];
  await kill(first);
  const node = await world.node("probe-1", noting("1", never));
  ran = [];
  const late = ask(client, commands.lookHashed.id, mine, 300);
  await begun(1);
  await kill(node);
  await eventually(() => gate.counters.get("relay.retried") === 1);
  const next = ask(client, commands.hashed.id, other);
  expect(await late).toEqual({ code: errorCodes.DEADLINE_EXCEEDED, outcome: outcome.mayHaveRun });
  expect(await next).toBe("2");
});

test("a request that ends each of its nodes reaches three of them, and no more", async () => {
  ran = [];
  await patientGate();
  const nodes = new Map<string, GameNode>();
  for (const name of ["1", "2", "3", "4", "5"]) {
    const look = (body: Uint8Array) => {
      ran.push(name);
      void kill(nodes.get(name)!);
      return never.then(() => body);
    };
    nodes.set(name, await world.node(`probe-${name}`, { look }));
  }
  expect(await ask(await world.client(), commands.look.id)).toEqual(lost);
  expect(new Set(ran).size).toBe(3);
  expect(ran.length).toBe(3);
});

const noRoom: GateLimits[] = [{ keptSessionBytes: 72 }, { keptGateBytes: 72 }];
test.each(noRoom)(
  "without room for their bodies, idempotent requests fail with their node: %o",
  async (limits) => {
    ran = [];
    await patientGate(limits);
    const node = await world.node("probe-1", noting("1", never));
    const client = await world.client();
    const kept = ask(client, commands.look.id, "12345678");
    const none = ask(client, commands.look.id, "9");
    await begun(2);
    await world.node("probe-2", noting("2"));
    await kill(node);
    expect(await Promise.all([kept, none])).toEqual(["2", lost]);
    // The room is free again.
    expect(await ask(client, commands.look.id, "12345678")).toBe("2");
  },
);

test("a handler's own error is the answer of a request that was sent again", async () => {
  ran = [];
  await patientGate();
  const node = await world.node("probe-1", noting("1", never));
  const answer = ask(await world.client(), commands.look.id);
  await begun(1);
  await world.node("probe-2", {
    look: () => {
      throw new Error("broken");
    },
  });
  await kill(node);
  expect(await answer).toEqual({ code: errorCodes.INTERNAL, outcome: outcome.answered });
});

test("a session that ends while its requests wait for their node leaves nothing in flight", async () => {
  ran = [];
  const gate = await patientGate();
  const node = await world.node("probe-1", noting("1", never));
  const client = await world.client();
  void ask(client, commands.lookFree.id);
  void ask(client, commands.lookSticky.id);
  await begun(2);
  await kill(node);
  await eventually(() => gate.counters.get("relay.retried") === 2);
  client.transport.destroy();
  await eventually(() => gate.status().sessions === 0);
  expect(gate.status().inFlight).toBe(0);
  ran = [];
  await world.node("probe-1", noting("again"));
  expect(await ask(await world.client(), commands.lookFree.id, "x")).toBe("again");
  expect(ran).toEqual(["again x"]);
});

test("a gate that stops answers the requests that wait for their node", async () => {
  ran = [];
  const gate = await patientGate();
  const node = await world.node("probe-1", noting("1", never));
  const client = await world.client();
  const answers = [ask(client, commands.lookFree.id), ask(client, commands.lookFree.id)];
  await begun(2);
  await kill(node);
  await eventually(() => gate.counters.get("relay.retried") === 2);
  await gate.close({ graceMs: 0 });
  expect(await Promise.all(answers)).toEqual([lost, lost]);
});

const notRun = { code: errorCodes.UNAVAILABLE, outcome: outcome.notRun };

/** A gate whose only node was lost, or stops. */
async function away(how: "lost" | "stopped", limits: GateLimits = {}): Promise<Gate> {
  ran = [];
  const gate = await patientGate(limits);
  const node = await world.node("probe-1", noting("1"));
  await (how === "lost" ? kill(node) : node.close());
  await eventually(() => gate.status().nodes.some(({ state }) => state === "away"));
  return gate;
}

test.each(["lost", "stopped"] as const)(
  "requests that find their node %s wait for it, and run in the order of their lane",
  async (how) => {
    const gate = await away(how);
    const client = await world.client();
    const { sticky, hashed, lookSticky, echo, lookFree } = commands;
    const ids = [sticky, hashed, echo, lookSticky, sticky, lookFree, hashed].map(({ id }) => id);
    const answers = ids.map((id, at) => ask(client, id, String(at)));
    await eventually(() => gate.counters.get("relay.awaited") === ids.length);
    expect(ran).toEqual([]);
    await world.node("probe-1", noting("back"));
    expect(await Promise.all(answers)).toEqual(ids.map(() => "back"));
    const ofLane = ran.filter((text) => text !== "back 2" && text !== "back 5");
    expect(ofLane).toEqual(["back 0", "back 1", "back 3", "back 4", "back 6"]);
  },
);

test("a classic client notices a node that is replaced, or killed during an idempotent request, as latency only", async () => {
  const gate = await away("stopped");
  const ids = [commands.sticky.id, commands.lookSticky.id, commands.lookFree.id];
  const got = sendAndEnd(gate.clientAddress!.port, ...ids.map((id) => frame(0, id, "x")));
  await eventually(() => gate.counters.get("relay.awaited") === ids.length);
  const doomed = await world.node("probe-1", { ...noting("back"), lookFree: () => never });
  await eventually(() => ran.length === 2);
  await kill(doomed);
  await world.node("probe-1", noting("again"));
  const answers = framesIn(await got, 0).map(({ payload }) => payload.toString());
  expect(answers).toEqual(["back", "back", "again"]);
});

test("a request whose node stays away fails after a while, was not run, and is told why", async () => {
  const gate = await away("lost", { nodeWaitMs: 100 });
  const client = await world.client();
  const ids = [commands.sticky.id, commands.sticky.id, commands.echo.id, commands.lookHashed.id];
  const answers = ids.map((id) => client.request(id, text("x")));
  const why = expect.stringMatching(/"probe-1".* was lost; its place is kept for \d+ s more$/);
  expect(await Promise.all(answers)).toEqual(
    ids.map(() => expect.objectContaining({ code: notRun.code, outcome: notRun.outcome, message: why })),
  );
  expect(ran).toEqual([]);
  expect(gate.status().inFlight).toBe(0);
  await world.node("probe-1", noting("back"));
  expect(await ask(client, commands.sticky.id)).toBe("back");
});

test("a request waits for its node for no more than half of its time, so that its client learns why", async () => {
  await away("lost", { nodeWaitMs: 60_000 });
  const client = await world.client();
  expect(await ask(client, commands.sticky.id, "", 600)).toEqual(notRun);
  expect(ran).toEqual([]);
});

test("a request that waits for its node holds the later ones of its lane back, for as long as it waits", async () => {
  ran = [];
  const gate = await patientGate({ nodeWaitMs: 200 });
  await world.node("probe-2", noting("2"));
  const node = await world.node("probe-1", noting("1"));
  const client = await world.client();
  const [mine, other] = [await keyOf(client, "1"), await keyOf(client, "2")];
  await kill(node);
  ran = [];
  const first = ask(client, commands.hashed.id, mine);
  await eventually(() => gate.counters.get("relay.awaited") === 1);
  const next = ask(client, commands.hashed.id, other);
  expect(await ask(client, commands.lookFree.id, other)).toBe("2");
  expect(ran).toEqual([`2 ${other}`]);
  expect(await first).toEqual(notRun);
  expect(await next).toBe("2");
});

test("thousands of requests that wait for their node are all sent to it, in the order of their lane", async () => {
  const count = 3_000;
  const gate = await away("lost", {
    inFlightCount: count,
    guestRate: false,
    keptSessionBytes: 1_048_576,
    nodeWaitMs: 60_000,
  });
  const [client, other] = [await world.client(), await world.client()];
  const free = Array.from({ length: count }, (_, at) => ask(client, commands.lookFree.id, `free ${at}`));
  const laned = Array.from({ length: 200 }, (_, at) => ask(other, commands.sticky.id, `laned ${at}`));
  await eventually(() => gate.counters.get("relay.awaited") === count + laned.length);
  await world.node("probe-1", noting("back"));
  // A command that comes while others are still on their way.
  laned.push(ask(other, commands.sticky.id, `laned ${laned.length}`));
  const answers = await Promise.all([...free, ...laned]);
  expect(new Set(answers)).toEqual(new Set(["back"]));
  const ofLane = ran.filter((text) => text.startsWith("back laned"));
  expect(ofLane).toEqual(laned.map((_, at) => `back laned ${at}`));
});

const crowded: GateLimits[] = [{ laneQueueCount: 1 }, { keptSessionBytes: 65 }, { nodeWaitMs: 0 }];
test.each(crowded)("a request without room to wait for its node fails at once: %o", async (limits) => {
  const gate = await away("lost", { nodeWaitMs: 60_000, ...limits });
  const client = await world.client();
  const waits = limits.nodeWaitMs !== 0;
  const first = waits ? ask(client, commands.sticky.id, "x") : undefined;
  expect(await ask(client, commands.sticky.id, "y")).toEqual(notRun);
  expect(gate.status().inFlight).toBe(waits ? 1 : 0);
  await world.node("probe-1", noting("back"));
  if (first !== undefined) expect(await first).toBe("back");
});

test("a request without any node that is expected back fails at once", async () => {
  await patientGate({ nodeWaitMs: 60_000 });
  const client = await world.client();
  const ids = [commands.sticky.id, commands.echo.id, commands.named.id, commands.hashed.id];
  expect(await Promise.all(ids.map((id) => ask(client, id)))).toEqual(ids.map(() => notRun));
});
