import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import type { GameNode } from "../../../runtime/node/node.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { commands } from "../../integration/gate/schema.ts";
import { eventually, useWorld } from "../../integration/gate/world.ts";
import { startChild, startWithMessage } from "./children.ts";

const world = useWorld();
const heartbeatMs = 1_000;
const lookHashed = { ...commands.lookHashed, request: raw, reply: raw };
const keys = Array.from({ length: 32 }, (_, key) => Uint8Array.of(key));

function named(name: string) {
  return { lookHashed: () => new TextEncoder().encode(name) };
}

async function settled(node: GameNode, percent: number): Promise<void> {
  await eventually(() => node.status().canary?.settled === true && node.status().canary?.percent === percent);
}

/** Nodes of the keys, as a client of a gate finds them. */
async function owners(port: number): Promise<string[]> {
  const connection = await connect(`tcp://127.0.0.1:${port}`);
  const answers = await Promise.all(
    keys.map((key) => connection.request(lookHashed, key, { timeoutMs: 60_000 })),
  );
  await connection.close();
  return answers.map((answer) => new TextDecoder().decode(answer));
}

test("a node whose process is stopped stops a change of the share, until it is found dead", async () => {
  const limits = { laneBarrierMs: 300, nodeWaitMs: 60_000 };
  const gate = await world.gate({ limits, link: { heartbeatMs } });
  await world.node("probe-1", named("probe-1"));
  const frozen = await startChild(world, "child-node.ts", [
    "probe-2",
    String(gate.linkAddress!.port),
    String(heartbeatMs),
  ]);
  const node = await world.node("probe-9", named("probe-9"), {}, { canary: {} });
  await eventually(() => gate.status().nodes.length === 3);
  frozen.kill("SIGSTOP");
  node.setCanary({ percent: 100 });
  await settled(node, 100);
  // The change was let through only once the gate had lost the stopped node.
  expect(gate.status().nodes.find(({ name }) => name === "probe-2")).toMatchObject({ state: "away" });
  expect(new Set(await owners(gate.clientAddress!.port))).toEqual(new Set(["probe-9"]));
  frozen.kill("SIGCONT");
  await eventually(() => gate.status().nodes.every(({ state }) => state === "ready"));
  node.setCanary({ percent: 0 });
  await settled(node, 0);
});

test("a gate whose process is stopped misses a change of the share, and learns it before it routes again", async () => {
  const here = await world.gate({ link: { heartbeatMs } });
  const there = await startWithMessage<{ client: { port: number }; links: { port: number; host: string } }>(
    world,
    "child-gate.ts",
    ["gate-9", String(heartbeatMs)],
  );
  const gates = [here.linkAddress!, there.message.links];
  const link = { heartbeatMs };
  await world.node("probe-1", named("probe-1"), {}, { gates, link });
  const node = await world.node("probe-9", named("probe-9"), {}, { gates, link, canary: { percent: 50 } });
  await settled(node, 50);
  const ports = [here.clientAddress!.port, there.message.client.port];
  const [before, same] = await Promise.all(ports.map(owners));
  expect(same).toEqual(before);
  // Commands that wait in the stopped gate go by the share of the time at which it runs again.
  const connection = await connect(`tcp://127.0.0.1:${ports[1]}`, { resume: true });
  world.atEnd(() => connection.close());
  there.child.kill("SIGSTOP");
  const waiting = keys.map((key) => connection.request(lookHashed, key, { timeoutMs: 60_000 }));
  await pause(heartbeatMs);
  node.setCanary({ percent: 0 });
  await settled(node, 0);
  there.child.kill("SIGCONT");
  const answers = (await Promise.all(waiting)).map((answer) => new TextDecoder().decode(answer));
  expect(new Set(answers)).toEqual(new Set(["probe-1"]));
  expect(new Set(await owners(ports[1]!))).toEqual(new Set(["probe-1"]));
});
