import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Bye, ResumeRefusal } from "../../../runtime/wire/generated/photinus/control.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { type CommandHandlers, commands, reliable } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();

async function open(handlers: CommandHandlers = {}, count = 2) {
  const gates: Gate[] = [];
  while (gates.length < count) gates.push(await world.gate());
  const sessions: Session[] = [];
  const node = await world.node("probe-1", {
    async login(body, ctx) {
      sessions.push(ctx.session);
      await ctx.session.bind(BigInt(decoder.decode(body)));
      ctx.session.join("table");
      return text("in");
    },
    echo: (body) => body,
    ...handlers,
  });
  await eventually(() => gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
  return { gates, node, sessions };
}

async function player(gate: Gate, user = "7"): Promise<ResumingClient> {
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  await client.connect();
  await client.ask(commands.login.id, user);
  return client;
}

test("a client that comes to another gate resumes its session there", async () => {
  const { gates, node, sessions } = await open();
  const client = await player(gates[0]!);
  node.group("table").push(reliable, text("one"));
  await eventually(() => client.pushes.length === 1);
  client.cut();
  node.group("table").push(reliable, text("two"));
  client.move(gates[1]!);
  expect(await client.connect()).toMatchObject({ resumed: true });
  node.user(7n).push(reliable, text("three"));
  await eventually(() => client.pushes.length === 3);
  expect(client.pushes).toEqual(["one", "two", "three"]);
  expect(await client.ask(commands.echo.id, "here")).toBe("here");
  expect(sessions[0]!.gate).toBe("gate-2");
  expect(gates.map((gate) => gate.status().sessions)).toEqual([0, 1]);
  expect(await node.group("table").count()).toBe(1);
  // And back.
  client.cut();
  client.move(gates[0]!);
  expect(await client.connect()).toMatchObject({ resumed: true });
  expect(await client.ask(commands.echo.id, "back")).toBe("back");
});

test("requests in flight are waited for, and run once", async () => {
  const gate = latch();
  const runs: string[] = [];
  const { gates } = await open({
    async sticky(body) {
      runs.push(decoder.decode(body));
      await gate.passed;
      return body;
    },
  });
  const client = await player(gates[0]!);
  const slow = client.ask(commands.sticky.id, "slow");
  await eventually(() => runs.length === 1);
  client.cut();
  client.move(gates[1]!);
  const resumed = client.connect();
  await eventually(() => gates[1]!.status().sessions === 1);
  gate.open();
  expect(await resumed).toMatchObject({ resumed: true });
  expect(await slow).toBe("slow");
  expect(runs).toEqual(["slow"]);
});

test("the connection that the client has left behind is told, and does not get the session back", async () => {
  const { gates } = await open();
  const client = await player(gates[0]!);
  const former = client.line;
  client.move(gates[1]!);
  expect(await client.connect()).toMatchObject({ resumed: true });
  await former.closed;
  expect(former.kicked).toMatchObject({ reconnect: false });
});

test("a token that no gate knows, or with another secret, begins a new session and moves none", async () => {
  const { gates } = await open();
  const client = await player(gates[0]!);
  const { token } = client;
  for (const at of [0, 9, 20]) {
    const wrong = new Uint8Array(token);
    wrong[at]! ^= 1;
    const other = new ResumingClient(gates[1]!);
    world.atEnd(() => other.end());
    other.token = wrong;
    expect(await other.connect()).toMatchObject({ resumed: false, refusal: ResumeRefusal.FOREIGN });
  }
  expect(gates[0]!.status()).toMatchObject({ sessions: 1, suspended: 0 });
  expect(await client.ask(commands.echo.id, "mine")).toBe("mine");
});

test("a session whose gate is not linked stays there", async () => {
  const { gates } = await open();
  const client = await player(gates[0]!);
  gates[1]!.setPeers([]);
  client.cut();
  client.move(gates[1]!);
  expect(await client.connect()).toMatchObject({ resumed: false });
  expect(gates[0]!.status().sessions).toBe(1);
});

test("of a client that comes to two gates at once, one has the session, and the other sends it away or begins anew", async () => {
  const { gates } = await open({}, 3);
  const client = await player(gates[0]!);
  client.cut();
  const tabs = [1, 2].map((at) => {
    const tab = new ResumingClient(gates[at]!);
    world.atEnd(() => tab.end());
    tab.token = client.token;
    tab.answerCount = client.answerCount;
    return tab;
  });
  const outcomes = await Promise.allSettled(tabs.map((tab) => tab.connect()));
  const resumed = outcomes.filter((outcome) => outcome.status === "fulfilled" && outcome.value.resumed);
  expect(resumed).toHaveLength(1);
  for (const [at, { status }] of outcomes.entries()) {
    if (status === "rejected") expect(tabs[at]!.line.kicked).toMatchObject({ reconnect: true });
  }
  await eventually(() => gates.reduce((sum, gate) => sum + gate.status().users, 0) === 1);
});

test("clients that change gates at random under load lose nothing, and get nothing twice or out of order", async () => {
  const runs: string[] = [];
  const sent = new Map<string, string[]>();
  const { gates, node } = await open(
    {
      async free(body, ctx) {
        const said = decoder.decode(body);
        runs.push(said);
        sent.get(said.split(" ")[0]!)!.push(said);
        ctx.session.push(reliable, text(said));
        if (Math.random() < 0.3) await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
        return body;
      },
    },
    3,
  );
  const players = await Promise.all(
    Array.from({ length: 20 }, async (_, at) => {
      const name = String(at + 1);
      sent.set(name, []);
      return {
        name,
        client: await player(gates[at % 3]!, name),
        answered: [] as string[],
        wrong: [] as string[],
      };
    }),
  );
  let isOver = false;
  const asking = players.map(async ({ name, client, answered, wrong }) => {
    for (let n = 0; !isOver; n++) {
      const body = `${name} ${n}`;
      const answer = await client.ask(commands.free.id, body);
      (answer === body ? answered : wrong).push(body);
    }
  });
  const roaming = players.map(async ({ client, wrong }) => {
    for (let moves = 0; moves < 8; moves++) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
      if (Math.random() < 0.7) client.cut();
      client.move(gates[Math.floor(Math.random() * 3)]!);
      const { resumed } = await client.connect();
      if (!resumed) wrong.push("a new session");
    }
  });
  const pushing = setInterval(() => {
    for (const list of sent.values()) list.push("all");
    node.group("table").push(reliable, text("all"));
  }, 3);
  await Promise.all(roaming);
  clearInterval(pushing);
  isOver = true;
  await Promise.all(asking);
  for (const { name, client, wrong } of players) {
    expect(wrong).toEqual([]);
    await eventually(() => client.pushes.length >= sent.get(name)!.length);
    expect(client.pushes).toEqual(sent.get(name));
    expect(client.strayAnswers).toBe(0);
  }
  expect(new Set(runs).size).toBe(runs.length);
  expect(runs.length).toBe(players.reduce((sum, { answered }) => sum + answered.length, 0));
  for (const { client } of players) client.line.control(control.bye, Bye, {});
  const isEmpty = (gate: Gate): boolean => {
    const { sessions, suspended, users, groups, inFlight, resumeBytes } = gate.status();
    return sessions + suspended + users + groups + inFlight + resumeBytes === 0;
  };
  await eventually(() => gates.every(isEmpty) && node.sessions().length === 0);
}, 60_000);
