import { describe, expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { candidatesOf, ownerAmong } from "../../../runtime/gate/users/user-owner.ts";
import type { GameNode } from "../../../runtime/node/node.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { type CommandHandlers, commands, pushes, reliable } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();
const latest = { ...reliable, ...pushes.latest, body: reliable.body };

/** Binds the session to the user of the body, and joins the group "table". */
const login: CommandHandlers = {
  async login(body, ctx) {
    await ctx.session.bind(BigInt(decoder.decode(body)));
    ctx.session.join("table");
    return text("in");
  },
  echo: (body) => body,
};

/** Two gates and a node that notes the events of its sessions. */
async function open(handlers: CommandHandlers = {}) {
  const gates = [await world.gate(), await world.gate()];
  const node = await world.node("probe-1", { ...login, ...handlers });
  const events: string[] = [];
  const note = (event: string) => (session: Session) => events.push(`${event} ${session.userId}`);
  node.onSessionSuspended(note("lost"));
  node.onSessionResumed(note("back"));
  node.onSessionEnd(note("end"));
  await eventually(() => gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
  return { gates, node, events };
}

async function player(gate: Gate, user = "7"): Promise<ResumingClient> {
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  await client.connect();
  await client.ask(commands.login.id, user);
  return client;
}

/** Returns a user that a gate owns. */
function userOf(gate: string): bigint {
  let userId = 7n;
  while (ownerAmong(candidatesOf(["gate-1", "gate-2"]), userId) !== gate) userId++;
  return userId;
}

function push(node: GameNode, body: string): void {
  node.group("table").push(reliable, text(body));
}

describe("a session of a gate that stops", () => {
  test("continues at another gate, with its user, its groups and its pushes", async () => {
    const { gates, node, events } = await open();
    const [one, two] = gates as [Gate, Gate];
    const client = await player(one);
    push(node, "before");
    const closed = one.close({ graceMs: 5_000 });
    for (let n = 0; n < 20; n++) push(node, `meanwhile ${n}`);
    const welcome = await client.follow(gates);
    expect(welcome.resumed).toBe(true);
    push(node, "after");
    node.user(7n).push(reliable, text("user"));
    await eventually(() => client.pushes.at(-1) === "user");
    const meanwhile = Array.from({ length: 20 }, (_, n) => `meanwhile ${n}`);
    expect(client.pushes).toEqual(["before", ...meanwhile, "after", "user"]);
    expect(client.pushNumbers).toEqual(client.pushNumbers.map((_, at) => at + 1));
    expect(await client.ask(commands.echo.id, "hello")).toBe("hello");
    await closed;
    expect(events).toEqual(["lost 7", "back 7"]);
    expect(two.status()).toMatchObject({ sessions: 1, users: 1, suspended: 0, groups: 1 });
    expect(await node.group("table").count()).toBe(1);
  });

  test("is the same object for its node, whose pushes and calls reach the client before and after", async () => {
    const sessions: Session[] = [];
    const { gates, node } = await open({
      sticky(_, ctx) {
        sessions.push(ctx.session);
        return text(ctx.session.gate);
      },
    });
    const client = await player(gates[0]!);
    expect(await client.ask(commands.sticky.id)).toBe("gate-1");
    void gates[0]!.close({ graceMs: 5_000 });
    await client.follow(gates);
    sessions[0]!.push(reliable, text("to the session"));
    expect(await client.ask(commands.sticky.id)).toBe("gate-2");
    expect(sessions[1]).toBe(sessions[0]);
    expect(client.pushes).toEqual(["to the session"]);
    expect([...node.sessions()]).toEqual([sessions[0]]);
  });

  test("waits for its requests in flight, whose answers the client gets at the other gate", async () => {
    const gate = latch();
    const { gates } = await open({
      async sticky(body) {
        await gate.passed;
        return body;
      },
    });
    const client = await player(gates[0]!);
    const slow = client.ask(commands.sticky.id, "slow");
    await eventually(() => gates[0]!.status().inFlight === 1);
    void gates[0]!.close({ graceMs: 5_000 });
    const following = client.follow(gates);
    await eventually(() => client.line.goAway !== undefined || client.lines.length > 1);
    gate.open();
    expect((await following).resumed).toBe(true);
    expect(await slow).toBe("slow");
    expect(client.strayAnswers).toBe(0);
  });

  test("fails what is still running when its time is over, and goes on", async () => {
    const { gates } = await open({ sticky: () => new Promise(() => {}) });
    const client = await player(gates[0]!);
    const never = client.ask(commands.sticky.id);
    await eventually(() => gates[0]!.status().inFlight === 1);
    void gates[0]!.close({ graceMs: 400 });
    expect((await client.follow(gates)).resumed).toBe(true);
    expect(await never).toBe("error");
    expect(await client.ask(commands.echo.id, "on")).toBe("on");
  });

  test("without a connection is found at the other gate, by the token of the first", async () => {
    const { gates, node } = await open();
    const client = await player(gates[0]!);
    client.cut();
    await eventually(() => gates[0]!.status().suspended === 1);
    push(node, "while away");
    await gates[0]!.close({ graceMs: 5_000 });
    client.move(gates[1]!);
    expect((await client.connect()).resumed).toBe(true);
    await eventually(() => client.pushes.length === 1);
    expect(client.pushes).toEqual(["while away"]);
  });

  test("keeps the newest of its held-back pushes", async () => {
    const { gates, node } = await open();
    const client = await player(gates[0]!);
    client.cut();
    await eventually(() => gates[0]!.status().suspended === 1);
    for (let n = 0; n < 5; n++) node.user(7n).push(latest, new Uint8Array([1, n]));
    await gates[0]!.close({ graceMs: 5_000 });
    node.user(7n).push(latest, new Uint8Array([2, 9]));
    node.user(7n).push(latest, new Uint8Array([1, 8]));
    await eventually(() => gates[1]!.counters.get("push.latest.waiting") === 2);
    client.move(gates[1]!);
    await client.connect();
    await eventually(() => client.pushes.length === 2);
    expect(client.pushes.sort()).toEqual(["\u0001\u0008", "\u0002\u0009"]);
  });

  test("whose user logs in elsewhere ends, and does not come back", async () => {
    const { gates } = await open();
    const user = String(userOf("gate-2"));
    const client = await player(gates[0]!, user);
    client.cut();
    await eventually(() => gates[0]!.status().suspended === 1);
    await gates[0]!.close({ graceMs: 5_000 });
    await player(gates[1]!, user);
    client.move(gates[1]!);
    expect(await client.connect()).toMatchObject({ resumed: false });
    expect(gates[1]!.status()).toMatchObject({ users: 1, sessions: 2 });
  });

  test("joins and leaves groups on the way", async () => {
    const { gates, node } = await open();
    const client = await player(gates[0]!);
    const [session] = node.sessions();
    const closed = gates[0]!.close({ graceMs: 5_000 });
    session!.leave("table");
    session!.join("garden");
    await client.follow(gates);
    push(node, "table");
    node.group("garden").push(reliable, text("garden"));
    await eventually(() => client.pushes.length > 0);
    expect(client.pushes).toEqual(["garden"]);
    await closed;
    expect(await node.group("table").count()).toBe(0);
  });
});
