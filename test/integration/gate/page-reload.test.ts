import { expect, test } from "vitest";
import {
  type Connection,
  type ConnectOptions,
  connect,
  dial,
} from "../../../clients/typescript/src/node/index.ts";
import type { Session } from "../../../runtime/api/handler-context.ts";
import type { GameNode } from "../../../runtime/node/node.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { text } from "./raw-client.ts";
import { commands, pushes, reliable } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();
const login = { ...commands.login, request: raw, reply: raw };
const act = { ...commands.act, request: raw, reply: raw };
const free = { ...commands.free, request: raw, reply: raw };
const note = { ...commands.note, request: raw, reply: undefined };
const said = { ...pushes.reliable, body: raw };

/** Stands for a page: its connection breaks without a word when the page goes, and never reconnects. */
async function page(scheme: string, options: ConnectOptions = {}) {
  const { host, port } = world.gates[0]!.clientAddress!;
  let transport: Transport | undefined;
  const connection = await connect(`${scheme}://${host}:${port}`, {
    reconnect: false,
    dial: async (url, how) => {
      transport = await dial(url, how);
      return transport;
    },
    ...options,
  });
  world.atEnd(() => connection.destroy());
  const heard: string[] = [];
  connection.onPush(said, (body) => heard.push(decoder.decode(body)));
  return { connection, heard, unload: () => transport!.destroy("the page goes") };
}

/** Opens a gate and a node that counts the runs of its handlers, and the events of its sessions. */
async function game() {
  await world.gate();
  const runs: string[] = [];
  const events: string[] = [];
  const held = latch();
  const node = await world.node("probe-1", {
    async login(_, ctx) {
      await ctx.session.bind(7n);
      return text("");
    },
    act(body) {
      runs.push(decoder.decode(body));
      return body;
    },
    async free(body) {
      runs.push(decoder.decode(body));
      await held.passed;
      return body;
    },
    note(body) {
      runs.push(decoder.decode(body));
    },
  });
  const named = (event: string) => (session: Session) => void events.push(`${event} ${session.userId}`);
  node.onSessionSuspended(named("lost"));
  node.onSessionResumed(named("back"));
  node.onSessionEnd(named("end"));
  return { node, runs, events, held };
}

const push = (node: GameNode, body: string) => node.user(7n).push(reliable, text(body));

/** Logs in and sends a request, which is answered. */
async function play(connection: Connection): Promise<void> {
  await connection.request(login, text(""));
  await connection.request(act, text("first"));
}

test.each(["tcp", "ws"])(
  "a reloaded page over %s goes on: logged in, no push lost or repeated, each request run once",
  async (scheme) => {
    const { node, runs, events, held } = await game();
    const before = await page(scheme);
    await play(before.connection);
    before.connection.notify(note, text("noted"));
    push(node, "one");
    await eventually(() => before.heard.length === 1);
    before.connection.request(free, text("held")).catch(() => {});
    await eventually(() => runs.includes("held"));
    const resumeFrom = before.connection.resumeState();
    before.unload();
    await eventually(() => events.length === 1);
    push(node, "two");
    held.open();

    const after = await page(scheme, { resumeFrom });
    expect(after.connection.resumed).toBe(true);
    for (const body of ["second", "third"]) {
      expect(decoder.decode(await after.connection.request(act, text(body)))).toBe(body);
    }
    push(node, "three");
    await eventually(() => after.heard.length === 2);
    expect([before.heard, after.heard]).toEqual([["one"], ["two", "three"]]);
    expect(runs).toEqual(["first", "noted", "held", "second", "third"]);
    await eventually(() => after.connection.counters.get("replies.late") === 1);
    expect(after.connection.counters.get("notifies.lost")).toBe(0);
    expect(events).toEqual(["lost 7", "back 7"]);
  },
);

test("requests that a page sent after it had stored its state do not lend their answers to the next page", async () => {
  const { runs } = await game();
  const before = await page("ws");
  await play(before.connection);
  const resumeFrom = before.connection.resumeState();
  await before.connection.request(act, text("late"));
  before.unload();
  const after = await page("ws", { resumeFrom });
  expect(after.connection.resumed).toBe(true);
  expect(decoder.decode(await after.connection.request(act, text("own")))).toBe("own");
  expect(runs).toEqual(["first", "late", "own"]);
});

test("of a duplicated tab the later one has the session; the other is closed, and does not come back", async () => {
  await game();
  const first = await page("ws", { reconnect: true });
  await play(first.connection);
  const causes: string[] = [];
  first.connection.onState(({ state, cause, code }) => causes.push(`${state} ${cause} ${code}`));
  const second = await page("ws", { reconnect: true, resumeFrom: first.connection.resumeState() });
  expect(second.connection.resumed).toBe(true);
  await eventually(() => first.connection.state === "closed");
  expect(causes).toEqual(["closed kick ALREADY_EXISTS"]);
  expect(decoder.decode(await second.connection.request(act, text("mine")))).toBe("mine");
});

test("a stored state that was used before begins a new session, and leaves the other one alone", async () => {
  await game();
  const first = await page("ws");
  await play(first.connection);
  const resumeFrom = first.connection.resumeState();
  first.unload();
  const second = await page("ws", { resumeFrom });
  await second.connection.request(act, text("shows that it holds the new token"));
  const third = await page("ws", { resumeFrom });
  expect([second.connection.resumed, third.connection.resumed]).toEqual([true, false]);
  await expect(third.connection.request(act, text(""))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  expect(decoder.decode(await second.connection.request(act, text("still")))).toBe("still");
});

test.each(["tcp", "ws"])("a client over %s that is destroyed ends its session at once", async (scheme) => {
  const { events } = await game();
  const { connection } = await page(scheme);
  await play(connection);
  connection.destroy();
  await eventually(() => events.length > 0);
  expect(events).toEqual(["end 7"]);
});
