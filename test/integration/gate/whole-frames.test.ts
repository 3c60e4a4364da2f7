import { expect, test } from "vitest";
import type { StateEvent } from "../../../clients/typescript/src/connection-state.ts";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { text } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

/** Times of a configuration or a caller, in messages whose fields hold whole milliseconds. */

const world = useWorld();
const sticky = { ...commands.sticky, request: raw, reply: raw };

async function clientOf(gate: Gate) {
  const { host, port } = gate.clientAddress!;
  const client = await connect(`tcp://${host}:${port}`);
  world.atEnd(() => client.close());
  const events: StateEvent[] = [];
  client.onState((event) => events.push(event));
  return { client, events };
}

test.each([
  [1_000.5, 1_001],
  [0, 0],
  [2 ** 31 - 1, 2 ** 31 - 1],
])("a gate that closes with a grace of %d ms closes, and tells its clients", async (graceMs, told) => {
  const gate = await world.gate();
  const { events } = await clientOf(gate);
  const began = performance.now();
  await gate.close({ graceMs });
  const spentMs = performance.now() - began;
  await eventually(() => events.length > 0);
  const [event] = events as { cause?: string; graceMs?: number }[];
  expect(event?.cause).toBe("go-away");
  // What the gate did before it told its clients has taken its part of the time.
  expect(event?.graceMs).toSatisfy((ms: number) => Number.isInteger(ms) && ms >= 0);
  expect(event?.graceMs).toBeLessThanOrEqual(told);
  expect(event?.graceMs).toBeGreaterThanOrEqual(Math.floor(told - spentMs));
});

test("a node may be awaited for an hour", async () => {
  const rejoinMs = 3_600_000;
  const gate = await world.gate({ limits: { rejoinMs } });
  const node = await world.node("probe-1", { sticky: () => text("fine") });
  const { client, events } = await clientOf(gate);
  await client.request(sticky, text(""));
  await node.close({ graceMs: 0 });
  await eventually(() => events.length > 0);
  expect(events[0]).toMatchObject({ cause: "node-lost", awaitedMs: rejoinMs });
  await world.node("probe-1", { sticky: () => text("again") });
  expect(new TextDecoder().decode(await client.request(sticky, text("")))).toBe("again");
});
