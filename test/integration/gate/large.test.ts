import { expect, test } from "vitest";
import type { Logger } from "../../../runtime/log/logger.ts";
import type { Failure } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes, fail, isPhotinusError } from "../../../schema/errors.ts";
import { frame, framesIn, sendAndEnd } from "./raw-bytes.ts";
import { commands, reliable } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
/** Part of a frame length: command and envelope. */
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

test("a client that asks for more at a time than it reads at once gets errors for the rest, and is not closed", async () => {
  const gate = await world.gate();
  await world.node("probe-1", { free: () => new Uint8Array(1_000_000) });
  const client = await world.client();
  client.transport.pause();
  const asked = Array.from({ length: 40 }, () => client.request(commands.free.id, new Uint8Array(0)));
  await eventually(() => gate.counters.get("relay.reply.no-room") > 0);
  client.transport.resume();
  const failures = (await Promise.all(asked)).filter((answer) => !(answer instanceof Uint8Array));
  // The node itself refuses some of so many: its link has a bound as well.
  expect(failures.length).toBeGreaterThanOrEqual(gate.counters.get("relay.reply.no-room"));
  for (const failure of failures) {
    expect(failure).toMatchObject({ code: errorCodes.RESOURCE_EXHAUSTED });
    expect((failure as Failure).retryAfterMs).toBeGreaterThan(0);
  }
  expect(client.kicked).toBeUndefined();
  expect(await client.request(commands.free.id, new Uint8Array(0))).toHaveLength(1_000_000);
});

test("answers that wait for the first one of a classic connection are errors where there is no room for them", async () => {
  const gate = await world.gate();
  const first = latch();
  await world.node("probe-1", {
    free: async ([which]) => {
      if (which === 0x30) await first.passed;
      return new Uint8Array(900_000);
    },
  });
  const answered = sendAndEnd(
    gate.clientAddress!.port,
    ...["0", "1", "2", "3"].map((which) => frame(0, commands.free.id, which)),
  );
  await eventually(() => gate.counters.get("relay.reply.no-room") === 1);
  first.open();
  const commandsOf = framesIn(await answered, 0).map(({ command }) => command);
  const { id } = commands.free;
  expect(commandsOf.filter((command) => command === id).length).toBeGreaterThanOrEqual(2);
  expect(commandsOf).toHaveLength(4);
  expect(gate.counters.get("client.closed.slow")).toBe(0);
});

test("a larger reply is a typed error for the client, and a line in the node's log with command and size", async () => {
  const limits = { maxServerFrameBytes: 4_096 };
  await world.gate({ limits });
  const { log, errors } = recording();
  const largest = 4_096 - overhead;
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
    message: "reply too large for clients",
  });
  expect(node.status().counters).toContainEqual(["node.reply.too-large", 1]);
  expect(client.kicked).toBeUndefined();
});

test("a larger push is a typed error for whoever pushes, to one session or to many", async () => {
  await world.gate({ limits: { maxServerFrameBytes: 4_096 } });
  const { log, errors } = recording();
  const large = new Uint8Array(8_000);
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
  expect(errors[0]).toMatchObject({ details: { push: reliable.name, size: 8_000 } });
});

test("a node that does not look at the limit cannot get a client closed", async () => {
  const { log, errors } = recording();
  const gate = await world.gate({ log, limits: { maxServerFrameBytes: 4_096 } });
  const node = await world.node("probe-1", { free: () => new Uint8Array(8_000) });
  // As a node of another language, which was not told.
  for (const link of node.liveGates()) Object.assign(link, { maxBodyBytes: Number.POSITIVE_INFINITY });
  const client = await world.client();
  const failure = (await client.request(commands.free.id, new Uint8Array(0))) as Failure;
  expect(failure).toMatchObject({ code: errorCodes.RESOURCE_EXHAUSTED });
  expect(gate.counters.get("relay.reply.too-large")).toBe(1);
  expect(errors).toContainEqual({
    details: { reply: "probe.Probe.Free", size: 8_000, limit: 4_096 - overhead, node: "probe-1", count: 1 },
    message: "reply too large for clients",
  });
  expect(client.kicked).toBeUndefined();
});

test("a reason or an error's text of any length reaches a client in a frame that it takes", async () => {
  const most = 4_096;
  await world.gate({ limits: { maxServerFrameBytes: most } });
  const long = "世".repeat(100_000);
  await world.node("probe-1", {
    free: () => {
      throw fail("NOT_FOUND", long);
    },
    sticky: (_body, ctx) => ctx.session.kick(long),
  });
  const client = await world.client();
  const { message } = (await client.request(commands.free.id, new Uint8Array(0))) as Failure;
  void client.request(commands.sticky.id, new Uint8Array(0));
  await client.closed;
  for (const text of [message, client.kicked?.reason ?? ""]) {
    expect(text.startsWith("世世")).toBe(true);
    expect(Buffer.byteLength(text)).toBeLessThan(most);
  }
});
