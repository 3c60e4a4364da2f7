import { expect, test } from "vitest";
import type { NodeLimits } from "../../../runtime/node/node-options.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { text } from "./raw-client.ts";
import { type CommandHandlers, commands } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();

/** Keys of the hashed commands that go to different nodes of two. */
async function twoNodes(handlers: (name: string) => CommandHandlers, limits: NodeLimits = {}) {
  await world.gate();
  for (const name of ["probe-1", "probe-2"]) {
    await world.node(name, { hashed: () => text(name), ...handlers(name) }, {}, { limits });
  }
  const client = await world.client();
  const keys: Record<string, number> = {};
  for (let key = 0; key < 64; key++) {
    keys[await client.ask(commands.hashed.id, new Uint8Array([key]))] ??= key;
  }
  const body = (node: string, tag: string) => new Uint8Array([keys[node]!, ...text(tag)]);
  return { client, body };
}

test("commands of a lane run one after another, those without a lane at once", async () => {
  await world.gate();
  const first = latch();
  const ran: string[] = [];
  await world.node("probe-1", {
    async sticky(body) {
      const tag = decoder.decode(body);
      ran.push(`begin ${tag}`);
      if (tag === "1") await first.passed;
      ran.push(`end ${tag}`);
      return body;
    },
    free: (body) => body,
  });
  const client = await world.client();
  const answers = ["1", "2", "3"].map((tag) => client.ask(commands.sticky.id, tag));
  expect(await client.ask(commands.free.id, "now")).toBe("now");
  expect(ran).toEqual(["begin 1"]);
  first.open();
  expect(await Promise.all(answers)).toEqual(["1", "2", "3"]);
  expect(ran).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
});

test("lanes of different sessions do not wait for each other", async () => {
  await world.gate();
  const never = latch();
  await world.node("probe-1", { sticky: (body) => (body.length > 0 ? never.passed : body) });
  const [a, b] = [await world.client(), await world.client()];
  void a.ask(commands.sticky.id, "stuck");
  expect(await b.ask(commands.sticky.id)).toBe("");
});

test("a lane that moves to another node waits there until the former node is done, notifies included", async () => {
  const slow = latch();
  const ran: string[] = [];
  const { client, body } = await twoNodes((name) => ({
    async note(bytes) {
      const tag = decoder.decode(bytes.subarray(1));
      if (tag === "slow") await slow.passed;
      ran.push(`${name} ${tag}`);
    },
    ask(bytes) {
      ran.push(`${name} ${decoder.decode(bytes.subarray(1))}`);
      return bytes;
    },
  }));
  client.notify(commands.note.id, body("probe-1", "slow"));
  const second = client.request(commands.ask.id, body("probe-2", "second"));
  client.notify(commands.note.id, body("probe-1", "third"));
  const fourth = client.request(commands.ask.id, body("probe-2", "fourth"));
  await eventually(() => world.gates[0]!.counters.get("relay.lane.handover") >= 1);
  expect(ran).toEqual([]);
  slow.open();
  await Promise.all([second, fourth]);
  expect(ran).toEqual(["probe-1 slow", "probe-2 second", "probe-1 third", "probe-2 fourth"]);
});

test("a command that its node refused does not let the next node begin before the others are done", async () => {
  const slow = latch();
  const ran: string[] = [];
  const { client, body } = await twoNodes(
    (name) => ({
      async ask(bytes) {
        const tag = decoder.decode(bytes.subarray(1));
        if (tag === "slow") await slow.passed;
        ran.push(`${name} ${tag}`);
        return bytes;
      },
    }),
    { laneCount: 1 },
  );
  const [first, second, refused] = ["slow", "second", "refused"].map((tag) =>
    client.request(commands.ask.id, body("probe-1", tag)),
  );
  expect(await refused).toMatchObject({ code: errorCodes.RESOURCE_EXHAUSTED });
  const next = client.request(commands.ask.id, body("probe-2", "next"));
  await Promise.race([next, eventually(() => world.gates[0]!.counters.get("relay.lane.handover") === 1)]);
  expect(ran).toEqual([]);
  slow.open();
  await Promise.all([first, second, next]);
  expect(ran).toEqual(["probe-1 slow", "probe-1 second", "probe-2 next"]);
});

test("a lane whose former node is lost goes on at the next", async () => {
  const never = latch();
  const { client, body } = await twoNodes(() => ({
    note: () => never.passed,
    ask: (bytes) => bytes,
  }));
  client.notify(commands.note.id, body("probe-1", "stuck"));
  const waiting = client.request(commands.ask.id, body("probe-2", "next"));
  const gate = world.gates[0]!;
  await eventually(() => gate.counters.get("relay.lane.handover") >= 1);
  await world.node("probe-1", {}); // a new link of that name replaces the old one
  expect(await waiting).toEqual(body("probe-2", "next"));
});

test("a command that waits for its lane is answered when its time is over, and not run", async () => {
  await world.gate();
  const first = latch();
  const ran: string[] = [];
  await world.node("probe-1", {
    sticky: () => first.passed.then(() => text("done")),
    short: (body) => {
      ran.push(decoder.decode(body));
      return body;
    },
  });
  const client = await world.client();
  const before = client.ask(commands.sticky.id);
  expect(await client.ask(commands.short.id, "late")).toBe(`error ${errorCodes.DEADLINE_EXCEEDED}`);
  first.open();
  expect(await before).toBe("done");
  expect(await client.ask(commands.short.id, "in time")).toBe("in time");
  expect(ran).toEqual(["in time"]);
});

test("a full lane and too many requests in flight are RESOURCE_EXHAUSTED", async () => {
  await world.gate({ limits: { inFlightCount: 5 } });
  const first = latch();
  await world.node(
    "probe-1",
    { sticky: (body) => first.passed.then(() => body) },
    {},
    { limits: { laneCount: 2 } },
  );
  const client = await world.client();
  const answers = ["1", "2", "3", "4", "5", "6"].map((tag) => client.ask(commands.sticky.id, tag));
  const full = `error ${errorCodes.RESOURCE_EXHAUSTED}`;
  expect(await Promise.all(answers.slice(3))).toEqual([full, full, full]);
  first.open();
  expect(await Promise.all(answers.slice(0, 3))).toEqual(["1", "2", "3"]);
});

test("too many commands that wait for a lane are RESOURCE_EXHAUSTED", async () => {
  await world.gate({ limits: { laneQueueCount: 1 } });
  const slow = latch();
  for (const name of ["probe-1", "probe-2"]) {
    await world.node(name, {
      hashed: () => text(name),
      note: () => slow.passed,
      ask: (bytes) => bytes,
    });
  }
  const client = await world.client();
  const keys = new Map<string, number>();
  for (let key = 0; key < 64; key++)
    keys.set(await client.ask(commands.hashed.id, new Uint8Array([key])), key);
  client.notify(commands.note.id, new Uint8Array([keys.get("probe-1")!]));
  const other = new Uint8Array([keys.get("probe-2")!]);
  const held = client.request(commands.ask.id, other);
  expect(await client.ask(commands.ask.id, other)).toBe(`error ${errorCodes.RESOURCE_EXHAUSTED}`);
  slow.open();
  expect(await held).toEqual(other);
});

test("a request that the client cancels aborts its handler, or is not run when it still waits", async () => {
  await world.gate();
  const ran: string[] = [];
  const aborted = latch();
  await world.node("probe-1", {
    sticky(body, ctx) {
      ran.push(decoder.decode(body));
      return new Promise((_, reject) => {
        ctx.signal.addEventListener("abort", () => {
          aborted.open();
          reject(ctx.signal.reason);
        });
      });
    },
  });
  const client = await world.client();
  void client.request(commands.sticky.id, text("first"));
  await eventually(() => ran.length === 1);
  const first = client.cancelLast.bind(client);
  first();
  await aborted.passed;
  void client.request(commands.sticky.id, text("second"));
  await eventually(() => ran.length === 2);
  void client.request(commands.sticky.id, text("third"));
  client.cancelLast();
  await eventually(() => world.gates[0]!.status().inFlight === 1);
  client.transport.destroy();
  await eventually(() => world.gates[0]!.status().inFlight === 0);
  expect(ran).toEqual(["first", "second"]);
});
