import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { type GateLimits, largestBody, leastServerFrameBytes } from "../../../runtime/gate/gate-options.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Bye, Hello, ResumeRefusal } from "../../../runtime/wire/generated/photinus/control.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { commands, pushes } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();

/** A client that can resume, and its session at the node. */
interface Player {
  readonly client: ResumingClient;
  readonly session: Session;
}

/** A gate with these limits, and a node whose players' sessions are pushed to one by one. */
async function table(limits: GateLimits) {
  const gate = await world.gate({ limits });
  const sessions: Session[] = [];
  const slow = latch();
  await world.node("probe-1", {
    echo: (body, ctx) => {
      sessions.push(ctx.session);
      return body;
    },
    async login(body, ctx) {
      await ctx.session.bind(BigInt(new TextDecoder().decode(body)));
      return body;
    },
    async ask(_, ctx) {
      await slow.passed;
      await ctx.session.bind(99n);
      return text("late");
    },
    async free(body) {
      await slow.passed;
      return new Uint8Array(Number(new TextDecoder().decode(body))).fill(65);
    },
  });
  const player = async (): Promise<Player> => {
    const client = new ResumingClient(gate);
    world.atEnd(() => client.end());
    await client.connect();
    await client.ask(commands.echo.id);
    return { client, session: sessions.at(-1)! };
  };
  return { gate, slow, player };
}

async function cut(gate: Gate, { client }: Player): Promise<void> {
  const { counters } = gate;
  const before = counters.get("session.suspended");
  client.cut();
  await eventually(() => counters.get("session.suspended") === before + 1);
}

function fill({ session }: Player, count: number, bytes: number): void {
  for (let n = 0; n < count; n++) session.pushBytes(pushes.reliable.id, new Uint8Array(bytes));
}

/** Lets a player come back; returns whether its session goes on, or why not. */
async function comeBack({ client }: Player): Promise<true | ResumeRefusal> {
  const { resumed, refusal } = await client.connect();
  return resumed || refusal;
}

test("a suspended session whose buffer gets full ends, and its client learns OVERRUN", async () => {
  const { gate, player } = await table({ resumeSessionBytes: 1_024 });
  const one = await player();
  await cut(gate, one);
  fill(one, 12, 100);
  await eventually(() => gate.status().sessions === 0);
  expect(gate.counters.get("session.overrun")).toBe(1);
  expect(gate.status()).toMatchObject({ suspended: 0, inFlight: 0 });
  expect(await comeBack(one)).toBe(ResumeRefusal.OVERRUN);
});

test("an answer of a suspended session that does not fit ends it, with its other requests", async () => {
  const { gate, slow, player } = await table({ resumeSessionBytes: 64, guestRate: false });
  const one = await player();
  for (let n = 0; n < 20; n++) void one.client.ask(commands.ask.id, `${n}`);
  await eventually(() => gate.status().inFlight === 20);
  await cut(gate, one);
  slow.open();
  await eventually(() => gate.status().sessions === 0);
  expect(gate.status()).toMatchObject({ suspended: 0, inFlight: 0, users: 0 });
  expect(gate.counters.get("session.overrun")).toBe(1);
});

test("a connected session whose buffer gets full stays, and resumes when its client lacks nothing", async () => {
  const { gate, player } = await table({ resumeSessionBytes: 1_024 });
  const one = await player();
  fill(one, 50, 100);
  await eventually(() => one.client.pushes.length === 50);
  await cut(gate, one);
  expect(await comeBack(one)).toBe(true);
  expect(gate.counters.get("session.overrun")).toBe(0);
});

test("latest pushes that wait for a suspended client count towards the bound of its buffer", async () => {
  const { gate, player } = await table({ resumeSessionBytes: 8_192 });
  const one = await player();
  await cut(gate, one);
  for (let n = 0; n < 30; n++) one.session.pushBytes(pushes.latest.id, new Uint8Array(1_024).fill(1));
  for (let n = 0; n < 5; n++) one.session.pushBytes(pushes.latest.id, new Uint8Array(1_024).fill(2 + n));
  await eventually(() => gate.counters.get("push.latest.waiting") === 35);
  expect(gate.status().suspended).toBe(1);
  for (let n = 0; n < 5; n++) one.session.pushBytes(pushes.latest.id, new Uint8Array(1_024).fill(20 + n));
  await eventually(() => gate.status().sessions === 0);
  expect(await comeBack(one)).toBe(ResumeRefusal.OVERRUN);
});

test("the buffers of sessions that have ended are free for others, however they ended", async () => {
  const { gate, player } = await table({ resumeGateBytes: 8_192 });
  const ends: ((one: Player) => unknown)[] = [
    ({ client }) => client.line.control(control.bye, Bye, {}),
    ({ session }) => session.kick("out"),
    ({ client }) => client.connect({ schema: "fedcba9876543210" }),
    async (one) => {
      await cut(gate, one);
      one.session.kick("out");
    },
  ];
  for (let n = 0; n < 12; n++) {
    const one = await player();
    fill(one, 3, 1_000);
    await eventually(() => one.client.pushes.length === 3);
    await ends[n % ends.length]!(one);
    await eventually(() => one.session.ended);
    one.client.end();
    await eventually(() => gate.status().sessions === gate.status().suspended);
  }
  const last = await player();
  await cut(gate, last);
  fill(last, 3, 1_000);
  await comeBack(last);
  await eventually(() => last.client.pushes.length === 3);
  expect(gate.counters.get("session.overrun")).toBe(0);
});

test("of too many suspended sessions guests end before users, the first one first", async () => {
  const { gate, slow, player } = await table({ suspendedCount: 3 });
  const [user, binding, first, second, third] = [
    await player(),
    await player(),
    await player(),
    await player(),
    await player(),
  ];
  await user.client.ask(commands.login.id, "5");
  void binding.client.ask(commands.ask.id);
  await eventually(() => gate.status().inFlight === 1);
  await cut(gate, user);
  await cut(gate, binding);
  await cut(gate, first);
  slow.open();
  await eventually(() => gate.status().users === 2);
  await cut(gate, second);
  await cut(gate, third);
  expect(gate.status().suspended).toBe(3);
  expect(gate.counters.get("session.crowded-out")).toBe(2);
  for (const one of [user, binding, third]) expect(await comeBack(one)).toBe(true);
  for (const one of [first, second]) expect(await comeBack(one)).toBe(ResumeRefusal.ENDED);
});

test("a suspended session with too many subjects of latest pushes ends as OVERRUN, and is not counted as slow", async () => {
  const { gate, player } = await table({ latestPushCount: 10 });
  const one = await player();
  await cut(gate, one);
  for (let n = 0; n < 11; n++) one.session.pushBytes(pushes.latest.id, new Uint8Array(4).fill(n));
  await eventually(() => gate.status().sessions === 0);
  expect(gate.counters.get("session.overrun")).toBe(1);
  expect(gate.counters.get("client.closed.slow")).toBe(0);
  expect(await comeBack(one)).toBe(ResumeRefusal.OVERRUN);
});

test("a client is not too slow for what its resume repeats, at the largest buffer", async () => {
  const hardBufferBytes = 8_388_608;
  const { gate, player } = await table({ hardBufferBytes, resumeSessionBytes: hardBufferBytes / 2 });
  const one = await player();
  const other = await player();
  await cut(gate, one);
  // The answer is in the window, too.
  const count = Math.floor(hardBufferBytes / 2 / 22) - 2;
  for (let n = 0; n < count; n += 10_000) {
    fill(one, Math.min(10_000, count - n), 0);
    await new Promise((resolve) => setImmediate(resolve));
  }
  // The gate has all pushes: they came before this answer on one link.
  await other.client.ask(commands.echo.id);
  await one.client.dial();
  one.client.line.transport.pause();
  one.client.line.control(control.hello, Hello, Hello.create(one.client.hello()));
  await eventually(() => gate.counters.get("session.resumed") === 1);
  fill(one, 1, 10);
  one.client.line.transport.resume();
  await eventually(() => one.client.pushes.length === count + 1);
  expect(gate.counters.get("client.closed.slow")).toBe(0);
  expect(gate.counters.get("session.overrun")).toBe(0);
});

test("a suspended session keeps the largest answers, with the smallest hard buffer", async () => {
  const { gate, slow, player } = await table({ softBufferBytes: 65_536, hardBufferBytes: 65_536 + 4_112 });
  const one = await player();
  const late = one.client.ask(commands.free.id, `${largestBody(leastServerFrameBytes)}`);
  await eventually(() => gate.status().inFlight === 1);
  await cut(gate, one);
  slow.open();
  await eventually(() => gate.status().inFlight === 0);
  expect(await comeBack(one)).toBe(true);
  expect(await late).toHaveLength(largestBody(leastServerFrameBytes));
});
