import { expect, test } from "vitest";
import type { Gate } from "../../../runtime/gate/gate.ts";
import type { GameNode } from "../../../runtime/node/node.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import { ChangeStep, LinkHello, LinkWelcome } from "../../../runtime/wire/generated/photinus/link.ts";
import { canaryStep, strangeCanary } from "./canary-steps.ts";
import { type RawClient, text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { type CommandHandlers, commands, methodOf, methods } from "./schema.ts";
import { Stranger } from "./stranger.ts";
import { eventually, kill, latch, useWorld } from "./world.ts";

const world = useWorld();
const canaryName = "probe-9";
const allKeys = Array.from({ length: 256 }, (_, key) => key);

/** Answers with the name of the node; a login binds the user of the body. */
function named(name: string): CommandHandlers {
  const answer = (): Uint8Array => text(name);
  return {
    ...{ hashed: answer, sticky: answer, turn: answer },
    login: async (body, ctx) => {
      await ctx.session.bind(BigInt(new TextDecoder().decode(body)));
      return text(name);
    },
  };
}

async function settled(node: GameNode, percent: number): Promise<void> {
  await eventually(() => node.status().canary?.settled === true && node.status().canary?.percent === percent);
}

/** Two gates, two stable nodes and a canary node with this share. */
async function canary(percent: number, users: readonly bigint[] = []): Promise<GameNode> {
  await world.gate();
  await world.gate();
  for (const name of ["probe-1", "probe-2"]) await world.node(name, named(name));
  const node = await world.node(canaryName, named(canaryName), {}, { canary: { percent, users } });
  await settled(node, percent);
  return node;
}

/** Owner of each key, as a client of the gate sees it. */
async function owners(gate: Gate): Promise<string[]> {
  const client = await world.client(gate);
  return Promise.all(allKeys.map((key) => client.ask(commands.hashed.id, Uint8Array.of(key))));
}

function taken(of: readonly string[]): number[] {
  return allKeys.filter((key) => of[key] === canaryName);
}

test("a canary node takes its share of the keys at every gate, and gives them back when it stops", async () => {
  const node = await canary(30);
  const [one, other] = world.gates as [Gate, Gate];
  const before = await owners(one);
  expect(await owners(other)).toEqual(before);
  expect(taken(before).length).toBeGreaterThan(40);
  expect(taken(before).length).toBeLessThan(120);
  node.setCanary({ percent: 60 });
  await settled(node, 60);
  const more = taken(await owners(one));
  expect(taken(before).filter((key) => !more.includes(key))).toEqual([]);
  await node.close();
  expect(taken(await owners(one))).toEqual([]);
  expect(taken(await owners(other))).toEqual([]);
});

test("a session without a key goes by its user, and moves when its user is named or no longer", async () => {
  const node = await canary(0, [77n]);
  const [one, other] = world.gates as [Gate, Gate];
  const login = async (gate: Gate, user: number): Promise<RawClient> => {
    const client = await world.client(gate);
    await client.ask(commands.login.id, String(user));
    return client;
  };
  const inside = [await login(one, 77), await login(other, 77)].slice(1);
  const outside = await login(one, 78);
  for (const id of [commands.sticky.id, commands.turn.id]) {
    for (const client of inside) expect(await client.ask(id)).toBe(canaryName);
    expect(await outside.ask(id)).not.toBe(canaryName);
  }
  node.setCanary({ users: ["78"] });
  await eventually(() => node.status().canary?.settled === true);
  for (const id of [commands.sticky.id, commands.turn.id]) {
    for (const client of inside) expect(await client.ask(id)).not.toBe(canaryName);
    expect(await outside.ask(id)).toBe(canaryName);
  }
});

test.each(["before", "after"])(
  "a session without a login that is resumed %s the share grows keeps the node of its pool",
  async (when) => {
    const node = await canary(40);
    const gate = world.gates[0]!;
    const clients: ResumingClient[] = [];
    for (let count = 0; count < 24; count++) {
      const client = new ResumingClient(gate);
      clients.push(client);
      world.atEnd(() => client.end());
      await client.connect();
    }
    const nodes = () => Promise.all(clients.map((client) => client.ask(commands.turn.id)));
    const isTaken = (name: string): boolean => name === canaryName;
    const before = (await nodes()).map(isTaken);
    expect(new Set(before)).toEqual(new Set([true, false]));
    if (when === "after") {
      node.setCanary({ percent: 70 });
      await settled(node, 70);
    }
    for (const client of clients) {
      client.line.transport.destroy();
      expect((await client.resume()).resumed).toBe(true);
    }
    const after = (await nodes()).map(isTaken);
    if (when === "before") expect(after).toEqual(before);
    else expect(before.filter((taken, at) => taken && !after[at])).toEqual([]);
    node.setCanary({ percent: 0 });
    await settled(node, 0);
    expect((await nodes()).filter(isTaken)).toEqual([]);
  },
);

test("while the share changes under load, no key is at two nodes, and no lane is out of order", async () => {
  await world.gate();
  await world.gate();
  const running = new Map<number, { node: string; count: number }>();
  const last = new Map<number, number>();
  const faults: string[] = [];
  const handled = new Set<string>();
  const slow = (name: string): CommandHandlers => {
    const act = async (body: Uint8Array, isOrdered: boolean): Promise<Uint8Array> => {
      const [key, client, high, low] = body as unknown as [number, number, number, number];
      const now = running.get(key) ?? { node: name, count: 0 };
      if (now.count > 0 && now.node !== name) faults.push(`key ${key} at ${now.node} and ${name}`);
      running.set(key, { node: name, count: now.count + 1 });
      const number = high * 256 + low;
      if (isOrdered && number <= (last.get(client) ?? -1))
        faults.push(`client ${client}: ${number} after ${last.get(client)}`);
      last.set(client, number);
      handled.add(name);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
      running.get(key)!.count--;
      return text(name);
    };
    return { hashed: (body) => act(body, true), lookFree: (body) => act(body, false) };
  };
  for (const name of ["probe-1", "probe-2"]) await world.node(name, slow(name));
  const node = await world.node(canaryName, slow(canaryName), {}, { canary: {} });
  let stop = false;
  const answers: string[] = [];
  const play = async (client: RawClient, index: number): Promise<void> => {
    for (let number = 0; !stop; ) {
      const batch = Array.from({ length: 4 }, () => {
        const body = Uint8Array.of((number * 7) % 16, index, number >> 8, number & 255);
        number++;
        return client.ask(index % 4 < 2 ? commands.hashed.id : commands.lookFree.id, body);
      });
      answers.push(...(await Promise.all(batch)));
    }
  };
  const clients = await Promise.all(
    Array.from({ length: 8 }, (_, index) => world.client(world.gates[index % 2])),
  );
  const load = clients.map((client, index) => play(client, index));
  for (const percent of [50, 100, 20, 70, 0, 60]) {
    node.setCanary({ percent });
    await settled(node, percent);
    const until = answers.length + 200;
    await eventually(() => answers.length >= until);
  }
  await node.close();
  stop = true;
  await Promise.all(load);
  expect(faults).toEqual([]);
  expect(handled).toEqual(new Set(["probe-1", "probe-2", canaryName]));
  expect(answers.filter((answer) => !answer.startsWith("probe-"))).toEqual([]);
  expect(world.gates.map(({ counters }) => counters.get("relay.moving.held") > 0)).toContain(true);
});

test("a change waits for a handler that began before, and is taken back and tried again when that takes too long", async () => {
  const limits = { laneBarrierMs: 150 };
  await world.gate({ limits });
  await world.gate({ limits });
  const stuck = latch();
  const handlers = (name: string): CommandHandlers => ({
    ...named(name),
    ask: () => stuck.passed.then(() => text(name)),
  });
  await world.node("probe-1", handlers("probe-1"));
  const client = await world.client();
  const waiting = client.ask(commands.ask.id, Uint8Array.of(1));
  const other = await world.client(world.gates[1]);
  const node = await world.node(canaryName, handlers(canaryName), {}, { canary: { percent: 100 } });
  await eventually(() => world.gates.every(({ counters }) => counters.get("canary.prepared") > 1));
  expect(node.status().canary).toMatchObject({ percent: 0, settled: false });
  // The other gate was ready, and had to take the change back as well.
  expect(await other.ask(commands.hashed.id, Uint8Array.of(1))).toBe("probe-1");
  stuck.open();
  expect(await waiting).toBe("probe-1");
  await settled(node, 100);
  expect(await other.ask(commands.hashed.id, Uint8Array.of(1))).toBe(canaryName);
});

test("a node that is lost after a gate was ready leaves the keys held until its next hello says which share holds", async () => {
  const gate = await world.gate({ limits: { nodeWaitMs: 60_000 } });
  await world.node("probe-1", named("probe-1"));
  const first = await strangeCanary(world, gate);
  await canaryStep(first, ChangeStep.PREPARE, 10_000);
  const client = await world.client();
  let answer: string | undefined;
  const held = client.ask(commands.hashed.id, Uint8Array.of(1)).then((got) => {
    answer = got;
  });
  await eventually(() => gate.counters.get("relay.moving.held") === 1);
  first.link.destroy("lost");
  await first.settled();
  expect(await client.ask(commands.turn.id)).toBe("probe-1");
  expect(answer).toBeUndefined();
  await strangeCanary(world, gate);
  await held;
  expect(answer).toBe("probe-1");
});

test("a node that is lost before a gate was ready has changed nothing", async () => {
  const gate = await world.gate();
  const stuck = latch();
  await world.node("probe-1", { ...named("probe-1"), ask: () => stuck.passed.then(() => text("")) });
  const client = await world.client();
  const waiting = client.ask(commands.ask.id, Uint8Array.of(1));
  const other = await world.client();
  const node = await strangeCanary(world, gate);
  const refused = canaryStep(node, ChangeStep.PREPARE, 10_000).catch(() => {});
  await eventually(() => gate.counters.get("canary.prepared") === 1);
  const held = other.ask(commands.hashed.id, Uint8Array.of(1));
  node.link.destroy("lost");
  expect(await held).toBe("probe-1");
  stuck.open();
  await Promise.all([waiting, refused]);
});

test("steps that no canary node sends are refused", async () => {
  const gate = await world.gate();
  const many = Array.from({ length: 1_001 }, (_, n) => BigInt(n + 1));
  const wrong = { share: 65_535, users: [] };
  for (const canary of [wrong, { share: 1, users: many }]) {
    const { link } = await Stranger.open(world, gate);
    const hello = LinkHello.create({ name: canaryName, role: "probe", version: linkVersion, canary });
    await expect(link.call(admin.hello, LinkHello, hello, LinkWelcome)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  }
  expect(gate.status().nodes).toEqual([]);
  const node = await strangeCanary(world, gate);
  await expect(canaryStep(node, ChangeStep.COMMIT)).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
  await expect(canaryStep(node, ChangeStep.PREPARE, 65_535)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
  });
  await expect(canaryStep(node, ChangeStep.PREPARE, 1, many)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
  });
  await canaryStep(node, ChangeStep.ABORT);
  await canaryStep(node, ChangeStep.PREPARE, 100);
  const second = await strangeCanary(world, gate, "probe-8");
  await expect(canaryStep(second, ChangeStep.PREPARE, 100)).rejects.toMatchObject({ code: "ABORTED" });
  await expect(canaryStep(second, ChangeStep.COMMIT)).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
});

test("a killed canary node keeps its keys until it is back, and takes its share again", async () => {
  const node = await canary(100);
  const client = await world.client();
  expect(await client.ask(commands.hashed.id, Uint8Array.of(1))).toBe(canaryName);
  await kill(node);
  const waiting = client.ask(commands.hashed.id, Uint8Array.of(1));
  const next = await world.node(canaryName, named(canaryName), {}, { canary: { percent: 100 } });
  expect(await waiting).toMatch(/^probe-/);
  await settled(next, 100);
  expect(await client.ask(commands.hashed.id, Uint8Array.of(1))).toBe(canaryName);
});

test("calls between nodes go by their key, or from canary node to canary node", async () => {
  await world.gate();
  const desk = (name: string) => ({ where: () => text(name), double: () => text(name) });
  await world.node("other-1", {}, desk("other-1"));
  const callee = await world.node("other-9", {}, desk("other-9"), { canary: { percent: 50 } });
  const stable = await world.node("probe-1", {});
  const caller = await world.node(canaryName, {}, {}, { canary: { percent: 1 } });
  await settled(callee, 50);
  const asked = async (from: GameNode, name: "where" | "double", key: number): Promise<string> =>
    new TextDecoder().decode(await from.call(methodOf(methods[name]), Uint8Array.of(key)));
  expect(await asked(stable, "double", 1)).toBe("other-1");
  expect(await asked(caller, "double", 1)).toBe("other-9");
  const all = await Promise.all(allKeys.map((key) => asked(stable, "where", key)));
  expect(new Set(all)).toEqual(new Set(["other-1", "other-9"]));
  // Calls that are under way while the share changes get their answers.
  callee.setCanary({ percent: 100 });
  const during = await Promise.all(allKeys.map((key) => asked(stable, "where", key)));
  expect(during.every((name) => name.startsWith("other-"))).toBe(true);
  await settled(callee, 100);
  expect(new Set(await Promise.all(allKeys.map((key) => asked(stable, "where", key))))).toEqual(
    new Set(["other-9"]),
  );
});
