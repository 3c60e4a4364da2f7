import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { commands, protocol as plain, pushes } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
/** Pushes that wait for the tick of their group. */
const reliable = { ...pushes.reliable, id: 504, name: "probe.Probe.Ticked", tickMs: 20 };
const another = { ...pushes.reliable, id: 505, name: "probe.Probe.OtherTicked", tickMs: 20 };
const droppable = { ...pushes.droppable, tickMs: 20 };
const protocol = { ...plain, pushes: [reliable, another, droppable] };

/** Gates, their node, and clients of the first one that have joined the group "table". */
async function open({ clientCount = 1, gateCount = 1, canResume = true } = {}) {
  while (world.gates.length < gateCount) await world.gate({ protocol });
  const sessions: Session[] = [];
  const node = await world.node("probe-1", {
    login(body, ctx) {
      sessions.push(ctx.session);
      ctx.session.join("table");
      return body;
    },
    echo: (body) => body,
  });
  await eventually(() => world.gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
  const clients: ResumingClient[] = [];
  for (let number = 0; number < clientCount; number++) {
    const client = new ResumingClient(world.gates[0]!);
    client.takesBatches = true;
    world.atEnd(() => client.end());
    await client.connect({ canResume });
    await client.ask(commands.login.id, "");
    clients.push(client);
  }
  /** Pushes to the group within one tick. */
  const push = (bodies: readonly (number | string)[], id = reliable.id) => {
    for (const body of bodies) node.group("table").pushBytes(id, text(String(body)));
  };
  return { node, clients, sessions, push };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const words = (from: number, to: number) => numbers(from, to).map(String);

/** Resolves when the newest connections of all clients have this many pushes. */
function came(clients: readonly ResumingClient[], count: number): Promise<void> {
  return eventually(() => clients.every(({ line }) => line.pushes.length >= count));
}

/** Windows of many members share their copies, and those of few have their own. */
const memberCounts = [1, 12];

test.each([
  [1, true],
  [12, true],
  [12, false],
])(
  "reliable pushes of a tick come to each of %i clients in one batch with numbers; resumable: %s",
  async (clientCount, canResume) => {
    const { clients, push } = await open({ clientCount, canResume });
    push(words(1, 3));
    await came(clients, 3);
    push(words(4, 5));
    await came(clients, 5);
    for (const { pushes: got, pushNumbers, line } of clients)
      expect([got, pushNumbers, line.batches]).toEqual([words(1, 5), numbers(1, 5), 2]);
  },
);

test.each(memberCounts)(
  "pushes of several kinds keep their order and numbers for %i clients",
  async (clientCount) => {
    const { node, clients, sessions, push } = await open({ clientCount });
    push([1, 2]);
    push(["a", "b"], droppable.id);
    push([3]);
    push([4, 5], another.id);
    node.group("table").except(sessions[0]!).pushBytes(another.id, text("others"));
    push([6], another.id);
    push([7]);
    sessions[0]!.pushBytes(reliable.id, text("8"));
    await came(clients, 9);
    const [first, ...others] = clients.map(({ line }) => line.pushes);
    const shown = (got = first!) =>
      got.map(({ sequence, body }) => [new TextDecoder().decode(body), sequence]);
    const before = [
      ["1", 1],
      ["2", 2],
      ["a", 0],
      ["b", 0],
      ["3", 3],
      ["4", 4],
      ["5", 5],
    ];
    expect(shown()).toEqual([...before, ["6", 6], ["7", 7], ["8", 8]]);
    for (const got of others) expect(shown(got)).toEqual([...before, ["others", 6], ["6", 7], ["7", 8]]);
  },
);

test.each(memberCounts)(
  "each of %i clients gets what it lacks of its batches after a resume, once and in order",
  async (clientCount) => {
    const { clients, push } = await open({ clientCount });
    const [gate] = world.gates;
    push(words(1, 6));
    await came(clients, 6);
    // One client has the first pushes of a batch, and one has none of it.
    clients[0]!.lastPush = 4;
    clients[0]!.pushes.length = 4;
    clients[0]!.acknowledge();
    for (const client of clients) client.deaf = true;
    push(words(7, 10));
    await came(clients, 10);
    for (const client of clients) client.cut();
    await eventually(() => gate!.status().suspended === clientCount);
    push(words(11, 13));
    await new Promise((resolve) => setTimeout(resolve, 2 * reliable.tickMs));
    for (const client of clients) {
      client.deaf = false;
      expect(await client.connect()).toMatchObject({ resumed: true });
    }
    push(words(14, 15));
    await eventually(() => clients.every(({ pushes: got }) => got.at(-1) === "15"));
    for (const { pushes: got, lastPush, line } of clients)
      expect([got, lastPush, line.batches]).toEqual([words(1, 15), 15, 1]);
  },
);

test.each(memberCounts)(
  "unacknowledged batches of %i clients move with their sessions",
  async (clientCount) => {
    const { clients, push } = await open({ clientCount, gateCount: 2 });
    push(words(1, 4));
    await came(clients, 4);
    for (const client of clients) client.deaf = true;
    push(words(5, 7));
    await came(clients, 7);
    for (const client of clients) client.deaf = false;
    const closed = world.gates[0]!.close({ graceMs: 5_000 });
    await Promise.all(clients.map((client) => client.follow(world.gates)));
    await closed;
    push(words(8, 9));
    await eventually(() => clients.every(({ pushes: got }) => got.at(-1) === "9"));
    for (const { pushes: got, lastPush } of clients) expect([got, lastPush]).toEqual([words(1, 9), 9]);
  },
);
