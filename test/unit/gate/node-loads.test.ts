import { expect, test } from "vitest";
import type { Failure } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes } from "../../../schema/errors.ts";
import type { RawClient } from "../../integration/gate/raw-client.ts";
import { commands } from "../../integration/gate/schema.ts";
import { body, Rig, settle } from "./rig.ts";

/** Sends requests, whose answers are counted by `client.answerCount`. */
function flood(client: RawClient, count: number): void {
  for (let n = 0; n < count; n++) void client.request(commands.sticky.id, body);
}

const limits = { nodeInFlightCount: 8, overloadedNodeCount: 4 };

test("the client that overloads a node is not read, and clients that do not load the node are", async () => {
  const rig = new Rig({ limits });
  const slow = await rig.node("probe-1");
  const fast = await rig.node("other-1");
  const [heavy, light, other] = [await rig.client(), await rig.client(), await rig.client()];
  flood(heavy, 200);
  await settle();
  // Eight are below the limit; of those above it the client has four.
  expect(slow.held.length).toBe(12);
  expect(rig.pausedBy("probe-1")).toBe(1);
  flood(light, 1);
  for (let n = 0; n < 8; n++) void other.request(commands.other.id, body);
  await settle();
  expect([slow.held.length, fast.held.length]).toEqual([13, 8]);
  fast.answer();
  await settle();
  expect(other.answerCount).toBe(8);
  // The light client is read: its ping is answered, that of the heavy client waits behind the requests.
  light.ping();
  heavy.ping();
  await settle();
  expect([light.pongs, heavy.pongs, rig.pausedBy("probe-1")]).toEqual([1, 0, 1]);
  expect(rig.gate.counters.get("client.paused.node")).toBe(1);
});

test("an overloaded node that answers gets all requests, in order, and nobody stays paused", async () => {
  const rig = new Rig({ limits });
  const node = await rig.node("probe-1");
  const clients = [await rig.client(), await rig.client(), await rig.client()];
  for (const client of clients) flood(client, 100);
  let most = 0;
  for (let n = 0; n < 2_000 && clients.some(({ answerCount }) => answerCount < 100); n++) {
    await rig.pass(50);
    most = Math.max(most, node.held.length);
    node.answer(5);
  }
  expect(clients.map(({ answerCount }) => answerCount)).toEqual([100, 100, 100]);
  // Twice the limit, and what each client sends before its pause.
  expect(most).toBeLessThanOrEqual(2 * limits.nodeInFlightCount + 3 * limits.overloadedNodeCount);
  await rig.pass(200);
  expect(rig.pausedBy("probe-1")).toBe(0);
  for (const client of clients) client.ping();
  await settle();
  expect(clients.map(({ pongs }) => pongs)).toEqual([1, 1, 1]);
});

test("at twice the limits each further command pauses its client", async () => {
  const rig = new Rig({ limits: { ...limits, overloadedNodeCount: 100 } });
  const node = await rig.node("probe-1");
  const first = await rig.client();
  flood(first, 200);
  await settle();
  expect(node.held.length).toBe(17);
  const second = await rig.client();
  flood(second, 10);
  await settle();
  expect([node.held.length, rig.pausedBy("probe-1")]).toEqual([18, 2]);
});

test("a paused client gets its deadlines, is heard in time, and is read again within a second", async () => {
  const heartbeatMs = 4_000;
  const rig = new Rig({ limits, heartbeatMs });
  const node = await rig.node("probe-1");
  const client = await rig.client();
  const answers: Promise<Uint8Array | Failure>[] = [];
  for (let n = 0; n < 40; n++) answers.push(client.request(commands.sticky.id, body));
  await settle();
  const before = node.held.length;
  expect(before).toBe(12);
  await rig.pass(1_100);
  expect(node.held.length).toBeGreaterThan(before);
  // For as long as three heartbeat intervals nobody answers; the client sends a heartbeat behind its requests.
  for (let n = 0; n < 4; n++) {
    client.ping();
    await rig.pass(heartbeatMs * 0.75);
  }
  expect(rig.gate.counters.get("client.closed.dead")).toBe(0);
  await rig.pass(60_000, () => client.ping());
  const codes = (await Promise.all(answers)).map((answer) => (answer as Failure).code);
  expect(new Set(codes)).toEqual(new Set([errorCodes.DEADLINE_EXCEEDED]));
  expect(codes.length).toBe(40);
  expect(rig.pausedBy("probe-1")).toBe(0);
});

test("the end of an overloaded node's link resumes its clients, and fails their requests", async () => {
  const rig = new Rig({ limits });
  const node = await rig.node("probe-1");
  const client = await rig.client();
  flood(client, 100);
  await settle();
  node.link.destroy();
  await rig.pass(10_000);
  expect(client.answerCount).toBe(100);
  client.ping();
  await settle();
  expect(client.pongs).toBe(1);
});

test("a client that is paused and leaves is forgotten", async () => {
  const rig = new Rig({ limits });
  const node = await rig.node("probe-1");
  const client = await rig.client();
  flood(client, 100);
  await settle();
  client.transport.destroy();
  await settle();
  expect(rig.pausedBy("probe-1")).toBe(0);
  node.answer();
  await rig.pass(200);
  expect(rig.gate.status()).toMatchObject({ sessions: 0, inFlight: 0 });
});

test("bytes that a node does not read pause the clients that send them", async () => {
  const rig = new Rig({ limits: { nodeBufferBytes: 4_096, overloadedNodeCount: 4 } });
  const node = await rig.node("probe-1");
  node.link.transport.pause();
  const client = await rig.client();
  const other = await rig.client();
  const large = new Uint8Array(1_000);
  for (let n = 0; n < 100; n++) client.notify(commands.note.id, large);
  await settle();
  expect(rig.pausedBy("probe-1")).toBe(1);
  other.ping();
  await settle();
  expect(other.pongs).toBe(1);
  node.link.transport.resume();
  await rig.pass(5_000);
  expect(node.held.length).toBe(100);
  expect(rig.pausedBy("probe-1")).toBe(0);
});
