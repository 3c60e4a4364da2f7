import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import type { GameNode } from "../../../runtime/node/node.ts";
import { admin } from "../../../runtime/rpc/link-administration.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { Regroup } from "../../../runtime/wire/generated/photinus/link.ts";
import { generator } from "../../setup/generator.ts";
import { type RawClient, text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { commands, reliable } from "./schema.ts";
import { eventually, kill, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();
const gridSize = 6;

/** Groups of a cell and of the cells around it. */
function cellsAround(x: number, y: number): string[] {
  return [-1, 0, 1].flatMap((right) => [-1, 0, 1].map((down) => `cell:${x + right}:${y + down}`));
}

/** Gates, and a node whose sessions are known by the first command of each client. */
async function open(limits: { groupsPerSession?: number; groupCount?: number } = {}, gateCount = 1) {
  const gate = await world.gate({ limits });
  while (world.gates.length < gateCount) await world.gate({ limits });
  const sessions: Session[] = [];
  const node = await world.node("probe-1", {
    echo: (body) => body,
    login(body, ctx) {
      sessions.push(ctx.session);
      return body;
    },
  });
  const player = async (of: Gate = gate): Promise<{ client: RawClient; session: Session }> => {
    const client = await world.client(of);
    await client.ask(commands.login.id, "");
    return { client, session: sessions.at(-1)! };
  };
  return { gate, node, player, sessions };
}

function push(node: GameNode, group: string, body: string): void {
  node.group(group).push(reliable, text(body));
}

const got = ({ pushes }: RawClient) => pushes.map(({ body }) => decoder.decode(body));

test("a player who walks through a grid gets the pushes of the cells around, in order with each step", async () => {
  const { gate, node, player } = await open({ groupsPerSession: 9 });
  const { client, session } = await player();
  const random = generator(7);
  const below = (count: number) => Math.floor(random() * count);
  const expected: string[] = [];
  let [x, y] = [below(gridSize), below(gridSize)];
  let before: string[] = [];
  for (let step = 0; step < 200; step++) {
    const now = cellsAround(x, y);
    session.regroup(
      now.filter((cell) => !before.includes(cell)),
      before.filter((cell) => !now.includes(cell)),
    );
    before = now;
    for (let number = 0; number < 5; number++) {
      const cell = `cell:${below(gridSize)}:${below(gridSize)}`;
      push(node, cell, `${step} ${number}`);
      if (now.includes(cell)) expected.push(`${step} ${number}`);
    }
    // Mostly a step to a neighbour, and at times a jump.
    const isJump = below(10) === 0;
    x = isJump ? below(gridSize) : Math.min(Math.max(x + below(3) - 1, 0), gridSize - 1);
    y = isJump ? below(gridSize) : Math.min(Math.max(y + below(3) - 1, 0), gridSize - 1);
  }
  await client.ask(commands.echo.id, "");
  expect(got(client)).toEqual(expected);
  expect(expected.length).toBeGreaterThan(100);
  expect([gate.status().groups, gate.counters.get("groups.refused")]).toEqual([9, 0]);
});

test("a change beyond a limit of the gate changes nothing, and is counted", async () => {
  const { gate, node, player } = await open({ groupsPerSession: 2, groupCount: 3 });
  const [one, two] = [await player(), await player()];
  one.session.regroup(["a", "b"], []);
  two.session.regroup(["b", "c"], []);
  // Too many of the session; too many of the gate.
  one.session.regroup(["c", "d"], ["a"]);
  two.session.regroup(["d"], ["b"]);
  for (const group of ["a", "b", "c", "d"]) push(node, group, group);
  for (const { client } of [one, two]) await client.ask(commands.echo.id, "");
  expect([got(one.client), got(two.client)]).toEqual([
    ["a", "b"],
    ["b", "c"],
  ]);
  expect(gate.counters.get("groups.refused")).toBe(2);
  one.session.regroup(["c", "d"], ["a", "b"]);
  two.session.leave("b");
  for (const group of ["a", "b", "c", "d"]) push(node, group, `${group} again`);
  for (const { client } of [one, two]) await client.ask(commands.echo.id, "");
  expect([got(one.client).slice(2), got(two.client).slice(2)]).toEqual([["c again", "d again"], ["c again"]]);
  expect(gate.counters.get("groups.refused")).toBe(2);
});

test("a peer that says too much, or nonsense, in a change is refused, and the gate serves on", async () => {
  const { gate, node, player } = await open();
  const { client, session } = await player();
  session.join("a");
  const [link] = node.liveGates().map((one) => one.link);
  const { number } = session;
  const change = (add: string[], remove: string[], of = number) =>
    link!.notice(admin.regroup, Regroup, { session: of, add, remove, untilLost: false }, undefined);
  change(["b", "a"], ["a"]);
  change(["b"], Array(100_000).fill("a"));
  change(Array(100_000).fill("b"), ["a"]);
  change(["b", "x".repeat(300)], ["a"]);
  change(
    Array.from({ length: 65 }, (_, at) => `b${at}`),
    ["a"],
  );
  change(["b"], ["a"], 999_999);
  link!.notice(admin.regroup, raw, new Uint8Array(), undefined);
  push(node, "a", "a");
  push(node, "b", "b");
  expect(await client.ask(commands.echo.id, "still here")).toBe("still here");
  expect([got(client), gate.status().groups]).toEqual([["a"], 1]);
  expect(gate.counters.get("groups.refused")).toBe(5);
});

test("a suspended session changes its groups, and its client gets their pushes when it is back", async () => {
  const { gate, node, sessions } = await open();
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  await client.connect();
  await client.ask(commands.login.id, "");
  sessions[0]!.regroup(["a", "b"], []);
  await client.ask(commands.echo.id, "");
  client.cut();
  await eventually(() => gate.status().suspended === 1);
  sessions[0]!.regroup(["c"], ["a"]);
  for (const group of ["a", "b", "c"]) push(node, group, group);
  await client.resume();
  await client.ask(commands.echo.id, "last");
  expect(client.pushes).toEqual(["b", "c"]);
});

test("groups that were joined until the node is lost end with it", async () => {
  const { gate, node, player } = await open();
  const { session } = await player();
  session.regroup(["a", "b"], []);
  session.regroup(["a", "c", "d"], [], { whenNodeLost: "leave" });
  await eventually(() => gate.status().groups === 4);
  await kill(node);
  await eventually(() => gate.status().groups === 1);
});

/** Two linked gates, and a player of the first one. */
async function openMove(limits: { groupsPerSession?: number } = {}) {
  const { gate: first, node, sessions } = await open(limits, 2);
  await eventually(() => world.gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
  const client = new ResumingClient(first);
  world.atEnd(() => client.end());
  await client.connect();
  await client.ask(commands.login.id, "");
  const [session] = sessions as [Session];
  return { first, node, client, session };
}

test("a session changes its groups on its way to another gate, all at once there", async () => {
  const { first, node, client, session } = await openMove({ groupsPerSession: 3 });
  session.regroup(["a", "b"], []);
  const closed = first.close({ graceMs: 5_000 });
  session.regroup(["c", "d"], ["a"]);
  // One group too many: neither gate takes it.
  session.regroup(["e", "f"], ["b"]);
  await client.follow(world.gates);
  await client.ask(commands.echo.id, "");
  for (const group of ["a", "b", "c", "d", "e", "f"]) push(node, group, group);
  await client.ask(commands.echo.id, "last");
  expect(client.pushes).toEqual(["b", "c", "d"]);
  await closed;
});

test("a player who walks while the session moves to another gate gets each push once, in order", async () => {
  const { first, node, client, session } = await openMove();
  const expected: string[] = [];
  let column = 0;
  const step = (): void => {
    column++;
    const ahead = [-1, 0, 1].map((down) => `cell:${column + 1}:${down}`);
    session.regroup(
      ahead,
      ahead.map((cell) => cell.replace(/:\d+:/, `:${column - 2}:`)),
    );
    // The column behind, which is left, and the three around.
    for (const at of [column - 2, column - 1, column, column + 1])
      push(node, `cell:${at}:0`, `${column} ${at}`);
    for (const at of [column - 1, column, column + 1]) {
      // The player has never joined the cells that lie behind its first step.
      if (at > 1) expected.push(`${column} ${at}`);
    }
  };
  step();
  let hasMoved = false;
  const moved = Promise.all([client.follow(world.gates), first.close({ graceMs: 5_000 })]).then(() => {
    hasMoved = true;
  });
  // The client acknowledges nothing, so the gate keeps all of the pushes.
  for (let steps = 0; steps < 300 && !hasMoved; steps++) {
    step();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await moved;
  step();
  await client.ask(commands.echo.id, "last");
  expect(session.gate).toBe("gate-2");
  expect(client.pushes).toEqual(expected);
});
