import { expect, test } from "vitest";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Ack, Hello, ResumeRefusal } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { commands, pushes } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();

async function table() {
  const gate = await world.gate();
  const slow = latch();
  const node = await world.node("probe-1", {
    echo: (body) => body,
    free: (body) => slow.passed.then(() => body),
  });
  return { gate, node, slow, client: await resuming(gate) };
}

async function resuming(gate: Gate): Promise<ResumingClient> {
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  await client.connect();
  return client;
}

async function cut(gate: Gate, client: ResumingClient): Promise<void> {
  const before = gate.status().suspended;
  client.cut();
  await eventually(() => gate.status().suspended === before + 1);
}

const absurd = [1, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 3];

test("an Ack of what was never sent makes the gate forget nothing", async () => {
  const { gate, node, client } = await table();
  await client.ask(commands.echo.id);
  client.acknowledge();
  client.deaf = true;
  const asked = client.ask(commands.echo.id, "answer");
  node.everyone().pushBytes(pushes.reliable.id, text("push"));
  await eventually(() => client.journal.length === 3);
  for (const more of absurd) {
    const [push, answerCount] = [(1 + more) >>> 0, (2 + more) >>> 0];
    client.line.control(control.ack, Ack, { push, answerCount });
    client.line.control(control.ack, Ack, { push: 1, answerCount });
    client.line.control(control.ack, Ack, { push, answerCount: 2 });
  }
  client.line.ping();
  await eventually(() => client.line.pongs === 1);
  await cut(gate, client);
  client.deaf = false;
  await client.connect();
  expect(await asked).toBe("answer");
  await eventually(() => client.pushes.length === 1);
});

test("a client that says it has received more than was sent, or less than it acknowledged, begins anew", async () => {
  const { gate, node } = await table();
  const claims = [
    ...absurd.map((more) => ({ lastPush: (1 + more) >>> 0 })),
    ...absurd.map((more) => ({ answerCount: (1 + more) >>> 0 })),
    { lastPush: 0 },
    { answerCount: 0 },
  ];
  for (const claim of claims) {
    const client = await resuming(gate);
    await client.ask(commands.echo.id);
    node.sessions().at(-1)!.pushBytes(pushes.reliable.id, text("push"));
    await eventually(() => client.pushes.length === 1);
    client.acknowledge();
    client.line.ping();
    await eventually(() => client.line.pongs === 1);
    const { resumed, refusal } = await client.connect(claim);
    expect({ claim, resumed, refusal }).toEqual({ claim, resumed: false, refusal: ResumeRefusal.OVERRUN });
  }
  expect(gate.status().suspended).toBe(0);
});

test("a token of a megabyte is refused as FOREIGN or closes the connection, and the gate serves others", async () => {
  const { gate, client } = await table();
  const hostile = new ResumingClient(gate);
  world.atEnd(() => hostile.end());
  expect(await hostile.connect({ resumeToken: new Uint8Array(30_000).fill(7) })).toMatchObject({
    resumed: false,
    refusal: ResumeRefusal.FOREIGN,
  });
  const line = await world.silent();
  await line.open({ canResume: true, resumeToken: new Uint8Array(2 ** 20) });
  await line.closed;
  expect(line.welcome).toBeUndefined();
  expect(await client.ask(commands.echo.id, "served")).toBe("served");
});

test("of connections that claim one session at once the last has it, and each other is told", async () => {
  const { gate, client } = await table();
  await client.ask(commands.echo.id);
  const lines = await Promise.all(Array.from({ length: 8 }, () => world.silent()));
  const { lastPush, answerCount, token } = client;
  for (const line of lines) {
    const hello = { canResume: true, resumeToken: token, lastPush, answerCount };
    line.control(control.hello, Hello, Hello.create(hello));
  }
  await eventually(() => lines.every(({ welcome }) => welcome !== undefined));
  await eventually(() => gate.status().connections === 1);
  expect(gate.status()).toMatchObject({ sessions: 1, suspended: 0 });
  const out = lines.filter(({ kicked }) => kicked !== undefined);
  expect(out).toHaveLength(7);
  for (const { kicked } of out) {
    expect(kicked).toMatchObject({ code: errorCodes.ALREADY_EXISTS });
  }
  const owner = lines.find(({ kicked }) => kicked === undefined)!;
  expect(await owner.request(commands.echo.id, text("mine"), undefined, 2)).toEqual(text("mine"));
});

test("a second Hello on a resumed connection ends the session", async () => {
  const { gate, client } = await table();
  await cut(gate, client);
  await client.connect();
  client.line.control(control.hello, Hello, Hello.create(client.hello()));
  await client.line.closed;
  expect(client.line.kicked?.code).toBe(errorCodes.INVALID_ARGUMENT);
  expect(gate.status()).toMatchObject({ sessions: 0, suspended: 0 });
});

test("a token without canResume begins a session that cannot be resumed, and touches no other", async () => {
  const { gate, client } = await table();
  await cut(gate, client);
  const line = await (await world.silent()).open({ resumeToken: client.token });
  expect(line.welcome).toMatchObject({ resumed: false, resumeWindowMs: 0 });
  expect(gate.status()).toMatchObject({ sessions: 2, suspended: 1 });
  expect(await client.connect()).toMatchObject({ resumed: true });
});

test("a client that resumes while the gate closes does not keep it open", async () => {
  const { gate, client } = await table();
  void client.ask(commands.free.id, "never");
  await eventually(() => gate.status().inFlight === 1);
  const line = await world.silent();
  await eventually(() => gate.status().connections === 2);
  await cut(gate, client);
  const closing = gate.close({ graceMs: 300 });
  await line.open(client.hello());
  await Promise.all([closing, line.closed]);
  expect(gate.status()).toMatchObject({ sessions: 0, suspended: 0, connections: 0, inFlight: 0 });
});

test("a client that resumes a thousand times on open connections leaves one session and one connection", async () => {
  const { gate, client } = await table();
  for (let n = 0; n < 1_000; n++) expect((await client.connect()).resumed).toBe(true);
  expect(await client.ask(commands.echo.id, "still here")).toBe("still here");
  expect(client.line.kicked).toBeUndefined();
  await eventually(() => gate.status().connections === 1);
  expect(gate.status()).toMatchObject({ sessions: 1, suspended: 0, inFlight: 0 });
  expect(gate.counters.get("session.taken-over")).toBe(1_000);
});
