import { expect, test } from "vitest";
import type { Gate } from "../../../runtime/gate/gate.ts";
import type { GateLimits } from "../../../runtime/gate/gate-options.ts";
import type { GameNode } from "../../../runtime/node/node.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Bye, Cancel, ResumeRefusal } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { type CommandHandlers, commands, pushes } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();

/** A client that says hello on a connection of this world. */
async function resuming(gate: Gate = world.gates[0]!): Promise<ResumingClient> {
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  await client.connect();
  return client;
}

/** A gate and a node that counts what it runs, with a client that has a session there. */
async function table(limits: GateLimits = {}, more: CommandHandlers = {}) {
  const gate = await world.gate({ limits });
  const runs: string[] = [];
  const slow = latch();
  const note = (body: Uint8Array) => {
    runs.push(new TextDecoder().decode(body));
  };
  const node = await world.node("probe-1", {
    echo: (body) => {
      note(body);
      return body;
    },
    free: async (body) => {
      note(body);
      await slow.passed;
      return body;
    },
    note,
    async login(_, ctx) {
      await ctx.session.bind(7n);
      return text("in");
    },
    ...more,
  });
  return { gate, node, runs, slow, client: await resuming(gate) };
}

function push(node: GameNode, id: number, body: string | Uint8Array): void {
  node.everyone().pushBytes(id, typeof body === "string" ? text(body) : body);
}

async function cut(gate: Gate, client: ResumingClient): Promise<void> {
  const before = gate.status().suspended;
  client.cut();
  await eventually(() => gate.status().suspended === before + 1);
}

/** Says hello with another client's state. */
async function refusalOf(gate: Gate, resumeToken: Uint8Array, more: object = {}) {
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  const { resumed, refusal } = await client.connect({ resumeToken, ...more });
  expect(resumed).toBe(false);
  expect(await client.ask(commands.echo.id, "a new session works")).toBe("a new session works");
  return refusal;
}

test("an answer that the client has not received is repeated, and its request does not run again", async () => {
  const { gate, client, runs } = await table();
  client.line.transport.pause();
  const asked = client.ask(commands.echo.id, "once");
  await eventually(() => runs.length === 1 && gate.status().inFlight === 0);
  await cut(gate, client);
  const { resumed, lastRequest } = await client.connect();
  expect({ resumed, lastRequest }).toEqual({ resumed: true, lastRequest: 1 });
  expect(await asked).toBe("once");
  expect(await client.ask(commands.echo.id, "next")).toBe("next");
  expect({ runs, answers: client.answers }).toEqual({ runs: ["once", "next"], answers: ["once", "next"] });
});

test("a request in flight at the cut is waited for, during the cut and after it", async () => {
  const { gate, client, runs, slow } = await table();
  const first = client.ask(commands.free.id, "first");
  await eventually(() => runs.length === 1);
  await cut(gate, client);
  await client.connect();
  const second = client.ask(commands.free.id, "second");
  await eventually(() => runs.length === 2);
  await cut(gate, client);
  slow.open();
  await eventually(() => gate.status().inFlight === 0);
  await client.connect();
  expect(await Promise.all([first, second])).toEqual(["first", "second"]);
  expect(runs).toEqual(["first", "second"]);
});

test("requests that have arrived are ignored when they are sent again, those that have not run", async () => {
  const { gate, client, runs, slow } = await table();
  const arrived = [client.ask(commands.free.id, "a"), client.ask(commands.free.id, "b")];
  await eventually(() => runs.length === 2);
  await cut(gate, client);
  // Written to a connection that is gone.
  const lost = client.ask(commands.echo.id, "lost");
  client.sendsAll = true;
  await client.connect();
  slow.open();
  expect(await Promise.all([...arrived, lost])).toEqual(["a", "b", "lost"]);
  expect(await client.ask(commands.echo.id, "end")).toBe("end");
  expect(runs).toEqual(["a", "b", "lost", "end"]);
  expect(client.strayAnswers).toBe(0);
});

test("the welcome of a resumed session has the numbers of requests and notifies that have arrived", async () => {
  const { gate, client, runs } = await table();
  for (const body of ["x", "y", "z"]) client.line.notify(commands.note.id, body);
  await client.ask(commands.echo.id, "1");
  await client.ask(commands.echo.id, "2");
  await cut(gate, client);
  expect(await client.connect()).toMatchObject({ resumed: true, lastRequest: 2, notifyCount: 3 });
  client.line.notify(commands.note.id, "w");
  await eventually(() => runs.length === 6);
  await cut(gate, client);
  expect(await client.connect()).toMatchObject({ resumed: true, lastRequest: 2, notifyCount: 4 });
});

test("a request is cancelled on the new connection", async () => {
  const aborted: string[] = [];
  const { gate, client } = await table(
    {},
    {
      free: (_, ctx) => {
        ctx.signal.addEventListener("abort", () => aborted.push("free"));
        return new Promise(() => {});
      },
    },
  );
  void client.ask(commands.free.id);
  await eventually(() => gate.status().inFlight === 1);
  await cut(gate, client);
  await client.connect();
  client.line.control(control.cancel, Cancel, { sequence: 1 });
  await eventually(() => aborted.length === 1 && gate.status().inFlight === 0);
});

test("reliable pushes come in order and without a gap over a cut, also those that were lost under way", async () => {
  const { gate, node, client } = await table();
  await client.ask(commands.echo.id);
  push(node, pushes.reliable.id, "1");
  await eventually(() => client.pushes.length === 1);
  client.line.transport.pause();
  push(node, pushes.reliable.id, "2");
  await cut(gate, client);
  push(node, pushes.reliable.id, "3");
  push(node, pushes.reliable.id, "4");
  await client.connect();
  push(node, pushes.reliable.id, "5");
  await eventually(() => client.pushes.length === 5);
  expect(client.pushes).toEqual(["1", "2", "3", "4", "5"]);
  expect(client.pushNumbers).toEqual([1, 2, 3, 4, 5]);
});

test("answers and pushes are repeated in the order in which they were sent first", async () => {
  const { gate, node, client } = await table();
  await client.ask(commands.echo.id);
  const { journal } = client;
  client.deaf = true;
  for (let n = 0; n < 20; n++) {
    if (n % 3 === 0) push(node, pushes.reliable.id, `push ${n}`);
    else void client.ask(commands.echo.id, `answer ${n}`);
  }
  await eventually(() => journal.length === 21);
  await cut(gate, client);
  client.deaf = false;
  expect(await client.connect()).toMatchObject({ resumed: true, lastRequest: 14 });
  await eventually(() => journal.length === 41);
  expect(journal.slice(21)).toEqual(journal.slice(1, 21));
});

test("of latest pushes a suspended client gets the newest of each key, of droppable ones none", async () => {
  const { gate, node, client } = await table();
  await client.ask(commands.echo.id);
  await cut(gate, client);
  for (const body of ["a1", "b1", "a2", "a3"]) push(node, pushes.latest.id, body);
  push(node, pushes.droppable.id, "gone");
  push(node, pushes.reliable.id, "kept");
  await eventually(() => gate.counters.get("push.latest.waiting") === 4);
  await eventually(() => gate.counters.get("push.dropped") === 1);
  await client.connect();
  push(node, pushes.reliable.id, "end");
  await eventually(() => client.pushes.includes("end"));
  expect(client.pushes).toEqual(["kept", "a3", "b1", "end"]);
});

test("a client whose welcome was lost resumes with the token that it has, several times", async () => {
  const { gate, client } = await table();
  const { token } = client;
  const session = client.welcome.session;
  for (let round = 0; round < 3; round++) {
    await cut(gate, client);
    client.token = token;
    expect(await client.connect()).toMatchObject({ resumed: true, session });
  }
  expect(gate.counters.get("resume.refused.token")).toBe(0);
});

test("the former token is dead once the client has sent a frame on the new connection, and its use is counted", async () => {
  const { gate, client } = await table();
  const former = client.token;
  await cut(gate, client);
  await client.connect();
  await client.ask(commands.echo.id, "proof");
  expect(await refusalOf(gate, former)).toBe(ResumeRefusal.ENDED);
  expect(gate.counters.get("resume.refused.token")).toBe(1);
  // The session of the dead token is untouched.
  expect(await client.ask(commands.echo.id, "still here")).toBe("still here");
});

test("the token of a session that has ended, was kicked, has expired or was bound elsewhere is refused as ENDED", async () => {
  const { gate, node, client: left } = await table({ resumeMs: 300 });
  left.line.control(control.bye, Bye, {});
  await left.line.closed;
  expect(await refusalOf(gate, left.token)).toBe(ResumeRefusal.ENDED);

  const kicked = await resuming();
  await kicked.ask(commands.login.id);
  node
    .sessions()
    .find(({ userId }) => userId === 7n)!
    .kick("out");
  await kicked.line.closed;
  expect(await refusalOf(gate, kicked.token)).toBe(ResumeRefusal.ENDED);

  const [former, next] = [await resuming(), await resuming()];
  await former.ask(commands.login.id);
  await next.ask(commands.login.id);
  await former.line.closed;
  expect(former.line.kicked?.code).toBe(errorCodes.ALREADY_EXISTS);
  expect(await refusalOf(gate, former.token)).toBe(ResumeRefusal.ENDED);

  const { token } = next;
  await cut(gate, next);
  await eventually(() => gate.counters.get("session.expired") === 1);
  expect(await refusalOf(gate, token)).toBe(ResumeRefusal.ENDED);
});

test("a suspended session ends when its user logs in on another connection, or is kicked", async () => {
  const { gate, node, client } = await table();
  await client.ask(commands.login.id);
  await cut(gate, client);
  const next = await resuming();
  await next.ask(commands.login.id);
  expect(gate.status()).toMatchObject({ sessions: 1, suspended: 0, users: 1 });
  expect(await refusalOf(gate, client.token)).toBe(ResumeRefusal.ENDED);
  await cut(gate, next);
  node
    .sessions()
    .find(({ userId }) => userId === 7n)!
    .kick("out");
  await eventually(() => gate.status().suspended === 0);
  expect(await refusalOf(gate, next.token)).toBe(ResumeRefusal.ENDED);
});

test("a token of another gate, of another length or of random bytes is refused as FOREIGN", async () => {
  const { gate, client } = await table();
  const other = await world.gate();
  const elsewhere = await resuming(other);
  // Gates that know each other find the session.
  for (const one of [gate, other]) one.setPeers([]);
  const changed = new Uint8Array(client.token);
  changed[0]! ^= 1;
  for (const token of [elsewhere.token, text("x"), new Uint8Array(28), client.token.subarray(1), changed]) {
    expect(await refusalOf(gate, token)).toBe(ResumeRefusal.FOREIGN);
  }
  const secret = new Uint8Array(client.token);
  secret[27]! ^= 1;
  expect(await refusalOf(gate, secret)).toBe(ResumeRefusal.ENDED);
  expect(await client.ask(commands.echo.id, "untouched")).toBe("untouched");
});

test("a client that comes back with another schema begins anew, and learns SCHEMA", async () => {
  const { gate, client } = await table();
  await cut(gate, client);
  expect(await refusalOf(gate, client.token, { schema: "fedcba9876543210" })).toBe(ResumeRefusal.SCHEMA);
  expect(gate.status().suspended).toBe(0);
});

test("a client that lacks what the buffer has dropped begins anew, and learns OVERRUN", async () => {
  const { gate, client } = await table({ resumeSessionBytes: 1_024 });
  for (let n = 0; n < 4; n++) await client.ask(commands.echo.id, "x".repeat(400));
  await cut(gate, client);
  expect(await refusalOf(gate, client.token, { answerCount: 1 })).toBe(ResumeRefusal.OVERRUN);
  expect(gate.counters.get("session.overrun")).toBe(1);
  expect(gate.status().suspended).toBe(0);
});

test("the later of two connections has the session, the former is told and does not come back", async () => {
  const { gate, client, runs, slow } = await table();
  const asked = client.ask(commands.free.id, "slow");
  await eventually(() => runs.length === 1);
  const former = client.line;
  expect(await client.connect()).toMatchObject({ resumed: true, lastRequest: 1 });
  await former.closed;
  expect(former.kicked).toMatchObject({ code: errorCodes.ALREADY_EXISTS, reconnect: false });
  slow.open();
  expect(await asked).toBe("slow");
  expect(gate.status()).toMatchObject({ sessions: 1, suspended: 0, connections: 1 });
  expect(gate.counters.get("session.taken-over")).toBe(1);
});

test("a former connection is closed when a resume of its session is refused and ends the session", async () => {
  const { gate, client } = await table({ resumeSessionBytes: 1_024 });
  await client.ask(commands.echo.id, "x".repeat(2_000));
  expect(await refusalOf(gate, client.token)).toBe(ResumeRefusal.OVERRUN);
  await client.line.closed;
  const other = await resuming();
  expect(await refusalOf(gate, other.token, { schema: "fedcba9876543210" })).toBe(ResumeRefusal.SCHEMA);
  await other.line.closed;
  expect(other.line.kicked).toMatchObject({ reconnect: false });
});

test("Bye ends a session at once, also one with requests in flight", async () => {
  const { gate, client, runs } = await table();
  void client.ask(commands.free.id, "never answered");
  await eventually(() => runs.length === 1);
  client.line.control(control.bye, Bye, {});
  await client.line.closed;
  expect(gate.status()).toMatchObject({ sessions: 0, suspended: 0, inFlight: 0 });
});

test("the session of a silent client is suspended, and the client continues", async () => {
  const gate = await world.gate({ heartbeatMs: 100 });
  await world.node("probe-1", { echo: (body) => body });
  const client = await resuming();
  await eventually(() => gate.status().suspended === 1);
  expect(gate.counters.get("client.closed.dead")).toBe(1);
  expect(await client.connect()).toMatchObject({ resumed: true });
  expect(await client.ask(commands.echo.id, "awake")).toBe("awake");
});

test("a session whose client has ended its side is suspended once its requests are answered", async () => {
  const { gate, client, slow, runs } = await table();
  const asked = client.ask(commands.free.id, "late");
  await eventually(() => runs.length === 1);
  await client.line.transport.close({ graceMs: 0 });
  await client.line.closed;
  slow.open();
  await eventually(() => gate.status().suspended === 1);
  await client.connect();
  expect(await asked).toBe("late");
  expect(runs).toEqual(["late"]);
});

test("a gate closes with suspended sessions and requests in flight", async () => {
  const { gate, client, runs } = await table();
  void client.ask(commands.free.id, "slow");
  await eventually(() => runs.length === 1);
  await cut(gate, client);
  await cut(gate, await resuming());
  await gate.close({ graceMs: 0 });
  expect(gate.status()).toMatchObject({ sessions: 0, suspended: 0, inFlight: 0 });
});

test("the session of a client that cannot resume ends with its connection", async () => {
  const { gate } = await table();
  const client = await (await world.silent()).open();
  expect(client.welcome).toMatchObject({ resumeWindowMs: 0 });
  expect(client.welcome!.resumeToken).toHaveLength(0);
  client.transport.destroy();
  await eventually(() => gate.status().sessions === 1);
  expect(gate.status().suspended).toBe(0);
});

test("a request whose node is lost during the cut fails once, and its client learns so when it comes back", async () => {
  const { gate, node, runs, client } = await table();
  const asked = client.ask(commands.free.id, "lost");
  await eventually(() => runs.length === 1);
  await cut(gate, client);
  await node.close({ graceMs: 0 });
  await eventually(() => gate.status().inFlight === 0);
  expect(gate.status()).toMatchObject({ sessions: 1, suspended: 1 });
  client.sendsAll = true;
  expect((await client.connect()).resumed).toBe(true);
  expect(await asked).toBe("error");
  expect(client).toMatchObject({ answerCount: 1, strayAnswers: 0 });
  expect(runs).toEqual(["lost"]);
});
