import { expect, test } from "vitest";
import type { GateLimits } from "../../../runtime/gate/gate-options.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Bye } from "../../../runtime/wire/generated/photinus/control.ts";
import { ChangeStep } from "../../../runtime/wire/generated/photinus/link.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { canaryStep, strangeCanary } from "./canary-steps.ts";
import type { RawClient } from "./raw-client.ts";
import { commands, methodOf, methods } from "./schema.ts";
import type { Stranger } from "./stranger.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const key = Uint8Array.of(1);

/** A gate that holds all keys of the probes, and what their node has got. */
async function held(limits: GateLimits) {
  const gate = await world.gate({ limits: { nodeWaitMs: 60_000, ...limits } });
  const got: number[] = [];
  const note = (body: Uint8Array): void => void got.push(body[1]!);
  await world.node("probe-1", { note, noteFree: note, hashed: (body) => body });
  const canary = await strangeCanary(world, gate);
  await canaryStep(canary, ChangeStep.PREPARE, 10_000);
  return { gate, got, canary, client: await world.client() };
}

/** Takes the change back: the held commands go where they would have gone. */
async function abort(canary: Stranger): Promise<void> {
  await canaryStep(canary, ChangeStep.ABORT);
}

test("notifies of a lane that moves are held up to the bound of the lane, in their order", async () => {
  const { gate, got, canary, client } = await held({ laneQueueCount: 4 });
  for (let number = 0; number < 6; number++) client.notify(commands.note.id, Uint8Array.of(1, number));
  await eventually(() => gate.counters.get("client.refused.lane-queue") === 2);
  expect(got).toEqual([]);
  await abort(canary);
  await eventually(() => got.length === 4);
  client.notify(commands.note.id, Uint8Array.of(1, 6));
  await eventually(() => got.length === 5);
  expect(got).toEqual([0, 1, 2, 3, 6]);
});

test("notifies without a lane are held while their session has room for their bodies, which they give back", async () => {
  const { gate, got, canary, client } = await held({ keptSessionBytes: 256 });
  for (const round of [1, 2]) {
    for (let number = 0; number < 6; number++) client.notify(commands.noteFree.id, Uint8Array.of(1, number));
    await eventually(() => gate.counters.get("relay.moving.refused") === 3 * round);
    await abort(canary);
    await eventually(() => got.length === 3 * round);
    await canaryStep(canary, ChangeStep.PREPARE, 10_000);
  }
  expect(got.toSorted()).toEqual([0, 0, 1, 1, 2, 2]);
});

test("what a session had waiting when it ended goes nowhere, and its room is given back", async () => {
  const { gate, got, canary, client } = await held({ keptGateBytes: 256 });
  const send = (of: RawClient): void => {
    for (let number = 0; number < 3; number++) of.notify(commands.noteFree.id, Uint8Array.of(1, number));
  };
  send(client);
  await eventually(() => gate.counters.get("relay.moving.held") === 3);
  client.control(control.bye, Bye, {});
  await eventually(() => gate.status().sessions === 0);
  await abort(canary);
  await canaryStep(canary, ChangeStep.PREPARE, 10_000);
  send(await world.client());
  await eventually(() => gate.counters.get("relay.moving.held") === 6);
  await abort(canary);
  await eventually(() => got.length === 3);
  expect(gate.counters.get("relay.moving.refused")).toBe(0);
});

test("calls between nodes are held up to a bound; the rest are made again by their callers", async () => {
  const gate = await world.gate({ limits: { nodeWaitMs: 60_000 } });
  const callers = [await world.node("probe-1", {}), await world.node("probe-2", {})];
  await world.node("other-1", {}, { where: (body) => body });
  const canary = await strangeCanary(world, gate, "other-9");
  await canaryStep(canary, ChangeStep.PREPARE, 10_000);
  const where = methodOf(methods.where);
  let answered = 0;
  const calls = callers.flatMap((caller) =>
    Array.from({ length: 2_100 }, () =>
      caller.call(where, key, { timeoutMs: 60_000 }).then(() => answered++),
    ),
  );
  await eventually(() => callers.some(({ counters }) => counters.get("node.call.retried") > 0));
  const late = callers[0]!.call(where, key, { timeoutMs: 50 });
  await expect(late).rejects.toMatchObject({ code: "UNAVAILABLE", outcome: "not run" });
  expect(answered).toBe(0);
  await canaryStep(canary, ChangeStep.ABORT);
  await Promise.all(calls);
  expect(answered).toBe(4_200);
});

test("one-way calls are held up to a bound; the rest are dropped and counted", async () => {
  const gate = await world.gate({ limits: { nodeWaitMs: 60_000 } });
  const caller = await world.node("probe-1", {});
  let hints = 0;
  await world.node("other-1", {}, { hint: () => void hints++ });
  const canary = await strangeCanary(world, gate, "other-9");
  await canaryStep(canary, ChangeStep.PREPARE, 10_000);
  const hint = methodOf(methods.hint);
  for (let count = 0; count < 4_100; count++) caller.notice(hint, key, { hashKey: 1 });
  await eventually(() => gate.counters.get("methods.notice.dropped") === 4);
  expect(hints).toBe(0);
  await canaryStep(canary, ChangeStep.ABORT);
  await eventually(() => hints === 4_096);
});

test("a canary node that does not end its change loses its link, and its place frees the keys", async () => {
  const gate = await world.gate({ limits: { nodeWaitMs: 100, laneBarrierMs: 100, rejoinMs: 300 } });
  await world.node("probe-1", { hashed: (body) => body });
  const canary = await strangeCanary(world, gate);
  await canaryStep(canary, ChangeStep.PREPARE, 10_000);
  const client = await world.client();
  expect(await client.ask(commands.hashed.id, key)).toBe(`error ${errorCodes.UNAVAILABLE}`);
  await eventually(() => !canary.link.alive);
  await eventually(() => gate.status().nodes.length === 1);
  expect(await client.ask(commands.hashed.id, key)).toBe("\u0001");
});
