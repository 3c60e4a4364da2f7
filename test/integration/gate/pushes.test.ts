import { expect, test } from "vitest";
import type { Gate } from "../../../runtime/gate/gate.ts";
import type { GameNode } from "../../../runtime/node/node.ts";
import { control, firstControlCommand } from "../../../runtime/wire/frame/frame-format.ts";
import { errorCodes } from "../../../schema/errors.ts";
import type { RawClient } from "./raw-client.ts";
import { commands, pushes } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

/** A client that has stopped reading, and a node that pushes to everyone. */
async function slowClient(): Promise<{
  gate: Gate;
  node: GameNode;
  client: RawClient;
  fill: () => Promise<void>;
}> {
  const gate = await world.gate({ limits: { softBufferBytes: 4_096, hardBufferBytes: 262_144 } });
  const node = await world.node("probe-1", { echo: (body) => body });
  const client = await world.client();
  await client.ask(commands.echo.id);
  client.transport.pause();
  const filler = new Uint8Array(16_384);
  const dropped = () => gate.counters.get("push.dropped");
  /**
   * Droppable pushes until all of ten are dropped: then the system takes no more. (One alone may be dropped because another
   * came in the same chunk.)
   */
  const fill = async () => {
    for (let before = dropped(); dropped() - before < 10; ) {
      before = dropped();
      for (let n = 0; n < 10; n++) {
        node.everyone().pushBytes(pushes.droppable.id, filler);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
  };
  return { gate, node, client, fill };
}

/** The bodies of one push, as [subject, number]. */
function got(client: RawClient, id: number): number[][] {
  return client.pushes.filter((push) => push.id === id).map(({ body }) => [...body]);
}

test("droppable pushes are dropped while a client is behind, and come again afterwards", async () => {
  const { node, client, fill } = await slowClient();
  await fill();
  client.transport.resume();
  const last = () => got(client, pushes.droppable.id).some((body) => body.length === 1);
  while (!last()) {
    node.everyone().pushBytes(pushes.droppable.id, new Uint8Array([1]));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(client.kicked).toBeUndefined();
});

test("of latest pushes only the newest of each subject reaches a client that was behind", async () => {
  const { gate, node, client, fill } = await slowClient();
  await fill();
  for (let n = 0; n < 50; n++) {
    for (const subject of [1, 2]) {
      node.everyone().pushBytes(pushes.latest.id, new Uint8Array([subject, n]));
    }
  }
  await eventually(() => gate.counters.get("push.latest.waiting") === 100);
  client.transport.resume();
  await client.until(() => got(client, pushes.latest.id).length >= 2);
  expect(got(client, pushes.latest.id)).toEqual([
    [1, 49],
    [2, 49],
  ]);
  const numbers = client.pushes.filter(({ sequence }) => sequence > 0).map(({ sequence }) => sequence);
  expect(numbers).toEqual(numbers.map((_, at) => at + 1));
  expect(client.pushes.filter(({ id, sequence }) => id === pushes.latest.id && sequence > 0)).toEqual([]);
});

test("a client too slow for reliable pushes is closed as slow, and the others get them", async () => {
  const { gate, node, client, fill } = await slowClient();
  const other = await world.client();
  await fill();
  const before = got(other, pushes.reliable.id).length;
  const body = new Uint8Array(16_384);
  for (let n = 1; n <= 40; n++) {
    node.everyone().pushBytes(pushes.reliable.id, body);
    await other.until(() => got(other, pushes.reliable.id).length === before + n);
  }
  await eventually(() => gate.counters.get("client.closed.slow") === 1);
  await eventually(() => gate.status().sessions === 1);
  expect(client.kicked?.code ?? errorCodes.RESOURCE_EXHAUSTED).toBe(errorCodes.RESOURCE_EXHAUSTED);
});

test("a client that asks and does not read is not read from, and gets all answers later", async () => {
  const gate = await world.gate({ limits: { softBufferBytes: 4_096 } });
  await world.node("probe-1", { echo: (body) => body });
  const client = await world.client();
  client.transport.pause();
  const body = new Uint8Array(32_768);
  const answers: Promise<unknown>[] = [];
  while (gate.counters.get("client.paused") === 0) {
    if (answers.length < 600) answers.push(client.request(commands.echo.id, body));
    await new Promise((resolve) => setImmediate(resolve));
  }
  client.transport.resume();
  const all = await Promise.all(answers);
  expect(all.every((answer) => answer instanceof Uint8Array && answer.length === body.length)).toBe(true);
});

test("a push that the schema does not know is brought like a reliable one", async () => {
  await world.gate();
  const node = await world.node("probe-1", {});
  const client = await world.client();
  node.everyone().pushBytes(777, new Uint8Array([1]));
  await client.until(() => client.pushes.length === 1);
  expect(client.pushes[0]).toMatchObject({ id: 777, sequence: 1 });
});

test("a push that was held back for what had only not been flushed yet comes with the next flush", async () => {
  await world.gate({ limits: { softBufferBytes: 4_096 } });
  const node = await world.node("probe-1", {});
  const client = await world.client();
  node.everyone().pushBytes(pushes.reliable.id, new Uint8Array(8_192));
  node.everyone().pushBytes(pushes.latest.id, new Uint8Array([1, 7]));
  await client.until(() => got(client, pushes.latest.id).length === 1);
  expect(got(client, pushes.latest.id)).toEqual([[1, 7]]);
});

test("a client whose questions of one moment have long answers is read from again once these are sent", async () => {
  const gate = await world.gate({ limits: { softBufferBytes: 4_096, turnFrameCount: 8_192 } });
  await world.node("probe-1", { echo: (body) => body });
  const client = await world.client();
  const unknown = Array.from({ length: 200 }, () => client.ask(9_999));
  expect(new Set(await Promise.all(unknown))).toEqual(new Set([`error ${errorCodes.UNIMPLEMENTED}`]));
  expect(gate.counters.get("client.paused")).toBe(1);
  expect(await client.ask(commands.echo.id, "still here")).toBe("still here");
});

test("a push by an id that is reserved for control reaches no client, which would take it for the gate's own word", async () => {
  const gate = await world.gate();
  const node = await world.node("probe-1", { echo: (body) => body });
  const client = await world.client();
  node.everyone().pushBytes(control.goAway, new Uint8Array(0));
  node.everyone().pushBytes(firstControlCommand, new Uint8Array(0));
  node.everyone().pushBytes(pushes.reliable.id, new Uint8Array([7]));
  await client.until(() => client.pushes.length > 0);
  expect(client.pushes.map(({ id }) => id)).toEqual([pushes.reliable.id]);
  expect([client.goAways, gate.counters.get("push.refused.reserved")]).toEqual([0, 2]);
});
