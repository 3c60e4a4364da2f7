import { expect, test } from "vitest";
import type { Logger } from "../../../runtime/log/logger.ts";
import type { Failure } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes, isPhotinusError } from "../../../schema/errors.ts";
import { commands, reliable } from "./schema.ts";
import { useWorld } from "./world.ts";

const world = useWorld();
/** Of a frame length: command and envelope. */
const overhead = 9;

/** Keeps the errors that are logged. */
function recording(): { log: Logger; errors: { details: object; message: string }[] } {
  const errors: { details: object; message: string }[] = [];
  const log: Logger = {
    debug() {},
    info() {},
    warn() {},
    error: (details, message) => void errors.push({ details, message }),
    child: () => log,
  };
  return { log, errors };
}

test("the largest legal reply reaches a client that reads, again and again, and nobody is closed", async () => {
  const gate = await world.gate();
  const largest = 1_048_576 - overhead;
  await world.node("probe-1", { free: () => new Uint8Array(largest) });
  const client = await world.client();
  expect(client.welcome?.maxServerFrameBytes).toBe(1_048_576);
  for (let n = 0; n < 3; n++) {
    const answer = await client.request(commands.free.id, new Uint8Array(0));
    expect((answer as Uint8Array).length).toBe(largest);
  }
  expect(client.kicked).toBeUndefined();
  expect(gate.counters.get("client.closed.slow")).toBe(0);
});

test("a larger reply is a typed error for the client, and a line in the node's log with command and size", async () => {
  const limits = { maxServerFrameBytes: 2_048 };
  await world.gate({ limits });
  const { log, errors } = recording();
  const largest = 2_048 - overhead;
  const node = await world.node(
    "probe-1",
    { free: (body) => new Uint8Array(largest + body.length) },
    {},
    { log },
  );
  const client = await world.client();
  expect(((await client.request(commands.free.id, new Uint8Array(0))) as Uint8Array).length).toBe(largest);
  const failure = (await client.request(commands.free.id, new Uint8Array(1))) as Failure;
  expect(failure).toMatchObject({ code: errorCodes.RESOURCE_EXHAUSTED });
  expect(failure.message).toContain(String(largest + 1));
  expect(errors).toContainEqual({
    details: { reply: "probe.Probe.Free", size: largest + 1, limit: largest, count: 1 },
    message: "a reply is larger than clients take",
  });
  expect(node.status().counters).toContainEqual(["node.reply.too-large", 1]);
  expect(client.kicked).toBeUndefined();
});

test("a larger push is a typed error for whoever pushes, to one session or to many", async () => {
  await world.gate({ limits: { maxServerFrameBytes: 2_048 } });
  const { log, errors } = recording();
  const large = new Uint8Array(4_000);
  const codes: string[] = [];
  const attempt = (push: () => void): void => {
    try {
      push();
    } catch (error) {
      codes.push(isPhotinusError(error) ? error.code : "untyped");
    }
  };
  const handlers = {
    free: (_body: Uint8Array, ctx: Parameters<Parameters<typeof world.node>[1][string]>[1]) => {
      attempt(() => ctx.session.push(reliable, large));
      attempt(() => ctx.session.pushBytes(reliable.id, large));
      attempt(() => ctx.everyone().push(reliable, large));
      attempt(() => ctx.session.push(reliable, large.subarray(0, 100)));
      return new Uint8Array(0);
    },
  };
  await world.node("probe-1", handlers, {}, { log });
  const client = await world.client();
  await client.request(commands.free.id, new Uint8Array(0));
  await client.until(() => client.pushes.length === 1);
  expect(codes).toEqual(["RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED"]);
  expect(errors[0]).toMatchObject({ details: { push: reliable.name, size: 4_000 } });
});

test("a node that does not look at the limit cannot get a client closed", async () => {
  const { log, errors } = recording();
  const gate = await world.gate({ log, limits: { maxServerFrameBytes: 2_048 } });
  const node = await world.node("probe-1", { free: () => new Uint8Array(4_000) });
  // As a node of another language, which was not told.
  for (const link of node.liveGates()) Object.assign(link, { maxBodyBytes: Number.POSITIVE_INFINITY });
  const client = await world.client();
  const failure = (await client.request(commands.free.id, new Uint8Array(0))) as Failure;
  expect(failure).toMatchObject({ code: errorCodes.RESOURCE_EXHAUSTED });
  expect(gate.counters.get("relay.reply.too-large")).toBe(1);
  expect(errors).toContainEqual({
    details: { reply: "probe.Probe.Free", size: 4_000, limit: 2_048 - overhead, node: "probe-1", count: 1 },
    message: "a reply is larger than clients take",
  });
  expect(client.kicked).toBeUndefined();
});
