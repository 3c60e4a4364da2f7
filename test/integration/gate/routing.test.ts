import { expect, test } from "vitest";
import { errorCodes, fail } from "../../../schema/errors.ts";
import { type RawClient, text } from "./raw-client.ts";
import { type CommandHandlers, commands } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();

/** Answers everything with the node's name. */
function named(name: string): CommandHandlers {
  const answer = () => text(name);
  return { echo: (body) => body, sticky: answer, hashed: answer, turn: answer, named: answer, free: answer };
}

async function threeNodes() {
  await world.gate();
  for (const name of ["probe-1", "probe-2", "probe-3"]) await world.node(name, named(name));
  return world.client();
}

test("a session's commands stay with the node that served it first", async () => {
  const client = await threeNodes();
  const first = await client.ask(commands.sticky.id);
  for (let n = 0; n < 5; n++) expect(await client.ask(commands.sticky.id)).toBe(first);
});

test("sessions are spread over the nodes of a role", async () => {
  await threeNodes();
  const seen = new Set<string>();
  for (let n = 0; n < 3; n++) seen.add(await (await world.client()).ask(commands.sticky.id));
  expect(seen.size).toBe(3);
});

test("a hash key goes to the same node from every session and every gate", async () => {
  await world.gate();
  await world.gate();
  for (const name of ["probe-1", "probe-2", "probe-3"]) await world.node(name, named(name));
  const [a, b] = [await world.client(world.gates[0]), await world.client(world.gates[1])];
  const seen = new Set<string>();
  for (let key = 0; key < 32; key++) {
    const node = await a.ask(commands.hashed.id, new Uint8Array([key]));
    expect(await b.ask(commands.hashed.id, new Uint8Array([key]))).toBe(node);
    seen.add(node);
  }
  expect(seen.size).toBe(3);
});

test("round robin gives each node its turn", async () => {
  const client = await threeNodes();
  const answers = [];
  for (let n = 0; n < 6; n++) answers.push(await client.ask(commands.turn.id));
  expect(new Set(answers.slice(0, 3)).size).toBe(3);
  expect(answers.slice(3)).toEqual(answers.slice(0, 3));
});

test("a named route goes to that node", async () => {
  const client = await threeNodes();
  expect(await client.ask(commands.named.id)).toBe("probe-2");
});

test("an assigned session goes where it was assigned", async () => {
  await world.gate();
  const move: CommandHandlers = {
    free(body, ctx) {
      ctx.session.assign("probe", new TextDecoder().decode(body));
      return text("");
    },
  };
  for (const name of ["probe-1", "probe-2"]) await world.node(name, { ...named(name), ...move });
  const client = await world.client();
  for (const name of ["probe-2", "probe-1", "probe-2"]) {
    await client.ask(commands.free.id, name);
    expect(await client.ask(commands.sticky.id)).toBe(name);
  }
});

test("empty bodies and empty answers are requests and answers", async () => {
  const client = await threeNodes();
  const answer = await client.request(commands.echo.id, new Uint8Array(0));
  expect(answer).toEqual(new Uint8Array(0));
});

test("a body near the frame limit arrives whole", async () => {
  const client = await threeNodes();
  const body = Uint8Array.from({ length: 60_000 }, (_, at) => at * 7);
  expect(await client.request(commands.echo.id, body)).toEqual(body);
});

test("a role without nodes is UNAVAILABLE at once", async () => {
  const client = await threeNodes();
  expect(await client.ask(commands.other.id)).toBe(`error ${errorCodes.UNAVAILABLE}`);
});

test("a command that nobody declared, and one that no node handles, are UNIMPLEMENTED", async () => {
  const client = await threeNodes();
  expect(await client.ask(9999)).toBe(`error ${errorCodes.UNIMPLEMENTED}`);
  expect(await client.ask(commands.ask.id, "x")).toBe(`error ${errorCodes.UNIMPLEMENTED}`);
});

/** How long the answers say that trying again may take, one for each of many requests of the same moment. */
async function retries(client: RawClient, command: number, count = 40): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => client.request(command, text(""))));
  return answers.map((answer) => {
    if (answer instanceof Uint8Array) throw new Error("the request was answered");
    expect(answer.code).toBe(errorCodes.UNAVAILABLE);
    return answer.retryAfterMs;
  });
}

function expectSpread(values: readonly number[], from: number, to: number): void {
  expect(Math.min(...values)).toBeGreaterThanOrEqual(from);
  expect(Math.max(...values)).toBeLessThanOrEqual(to);
  // Clients that all receive one retry delay would all retry at the same moment.
  expect(new Set(values).size).toBeGreaterThan(values.length / 4);
}

test("UNAVAILABLE says when to try again: spread, and later where nobody is expected back", async () => {
  await world.gate();
  const client = await world.client();
  expectSpread(await retries(client, commands.other.id), 1_000, 4_000);
  const node = await world.node("other-1", { other: () => new Promise(() => {}) });
  const lost = retries(client, commands.other.id);
  await eventually(() => world.gates[0]!.status().nodes[0]?.pending === 40);
  for (const { link } of node.liveGates()) link.destroy();
  expectSpread(await lost, 250, 1_250);
});

test("UNAVAILABLE of a handler that does not say when gets a value from the gate; another code stays as it is", async () => {
  await world.gate();
  await world.node("probe-1", {
    free: (body) => {
      throw fail(body.length > 0 ? "ABORTED" : "UNAVAILABLE", "no store");
    },
  });
  const client = await world.client();
  expectSpread(await retries(client, commands.free.id), 250, 1_250);
  expect(await client.request(commands.free.id, text("x"))).toMatchObject({ retryAfterMs: 0 });
});

test("requests over the limit of those in flight are told to come back soon, spread", async () => {
  await world.gate({ limits: { inFlightCount: 1 } });
  await world.node("probe-1", { free: () => new Promise(() => {}) });
  const client = await world.client();
  void client.request(commands.free.id, text(""));
  const refused = await Promise.all(
    Array.from({ length: 40 }, () => client.request(commands.free.id, text(""))),
  );
  const told = refused.map((answer) => (answer instanceof Uint8Array ? 0 : answer.retryAfterMs));
  expectSpread(told, 50, 250);
});

test("those who are kicked and may come back are told when, spread", async () => {
  await world.gate();
  const node = await world.node("probe-1", {
    free: (_, ctx) => {
      ctx.session.kick("restart", { code: "UNAVAILABLE", reconnect: true });
      return text("");
    },
  });
  const clients = await Promise.all(Array.from({ length: 12 }, () => world.client()));
  for (const client of clients) void client.request(commands.free.id, text(""));
  await Promise.all(clients.map((client) => client.closed));
  expectSpread(
    clients.map((client) => client.kicked?.retryAfterMs ?? 0),
    250,
    1_250,
  );
  expect(node.liveGates()).toHaveLength(1);
});

test("a node that comes back within its grace keeps its keys, and is UNAVAILABLE meanwhile", async () => {
  await world.gate();
  await world.node("probe-1", named("probe-1"));
  const second = await world.node("probe-2", named("probe-2"));
  const client = await world.client();
  const keys = Array.from({ length: 32 }, (_, key) => new Uint8Array([key]));
  const before = await Promise.all(keys.map((key) => client.ask(commands.hashed.id, key)));
  expect(new Set(before).size).toBe(2);
  await second.close({ graceMs: 0 });
  await eventually(() => world.gates[0]!.status().nodes.some(({ state }) => state === "away"));
  const meanwhile = await Promise.all(keys.map((key) => client.ask(commands.hashed.id, key)));
  expect(meanwhile).toEqual(
    before.map((node) => (node === "probe-2" ? `error ${errorCodes.UNAVAILABLE}` : node)),
  );
  await world.node("probe-2", named("probe-2"));
  expect(await Promise.all(keys.map((key) => client.ask(commands.hashed.id, key)))).toEqual(before);
});

test("a node that stays away longer loses its keys to the others", async () => {
  await world.gate({ limits: { rejoinMs: 50 } });
  await world.node("probe-1", named("probe-1"));
  const second = await world.node("probe-2", named("probe-2"));
  const client = await world.client();
  await second.close({ graceMs: 0 });
  await eventually(() => world.gates[0]!.status().nodes.length === 1);
  for (let key = 0; key < 16; key++) {
    expect(await client.ask(commands.hashed.id, new Uint8Array([key]))).toBe("probe-1");
  }
});

test("the requests that wait for a node fail at once when its link is cut, and the client stays", async () => {
  await world.gate();
  const never = latch();
  const node = await world.node("probe-1", { free: () => never.passed, echo: (body) => body });
  const client = await world.client();
  const waiting = [client.ask(commands.free.id), client.ask(commands.free.id)];
  await eventually(() => node.status().inFlight === 2);
  void node.close({ graceMs: 0 });
  const unavailable = `error ${errorCodes.UNAVAILABLE}`;
  expect(await Promise.all(waiting)).toEqual([unavailable, unavailable]);
  await world.node("probe-1", { echo: (body) => body });
  expect(await client.ask(commands.echo.id, "still here")).toBe("still here");
});
