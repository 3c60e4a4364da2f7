import { expect, test } from "vitest";
import type { MethodContext } from "../../../runtime/api/handler-context.ts";
import type { Failure } from "../../../runtime/wire/generated/photinus/control.ts";
import { isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import { Lines } from "../../setup/lines.ts";
import { type RawClient, text } from "./raw-client.ts";
import { commands, methodOf, methods } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
const double = methodOf(methods.double);

async function failureOf(client: RawClient, command: number, body = ""): Promise<Failure> {
  const answer = await client.request(command, text(body));
  if (answer instanceof Uint8Array) expect.fail("it was answered");
  return answer;
}

async function errorOf(call: Promise<unknown>): Promise<PhotinusError> {
  const error = await call.catch((caught: unknown) => caught);
  return isPhotinusError(error) ? error : expect.fail(`no PhotinusError: ${String(error)}`);
}

test("a call of another node that fails names the method, and the line that made it", async () => {
  await world.gate();
  const handlers = {
    double: (_: Uint8Array, ctx: MethodContext) => {
      if (ctx.remainingMs() < 1_000) return new Promise<Uint8Array>(() => {});
      throw new Error("a secret of the handler");
    },
  };
  await world.node("other-1", {}, handlers);
  const caller = await world.node("probe-1", {});
  const failures = [
    await errorOf(caller.call(double, text(""))),
    await errorOf(caller.call(double, text(""), { timeoutMs: 100 })),
    await errorOf(caller.call(double, text(""), { node: "nobody" })),
    await errorOf(caller.call(double, text(""), { timeoutMs: 0 })),
    await errorOf(caller.call(double, text(""), { signal: AbortSignal.abort() })),
    await errorOf(caller.call({ ...double, id: 77 }, text(""))),
  ];
  expect(failures.map(({ message }) => message)).toEqual([
    "INTERNAL: probe.Desk.Double: the handler failed",
    "DEADLINE_EXCEEDED: probe.Desk.Double: no answer in time",
    'UNAVAILABLE: probe.Desk.Double: the node "nobody" is not linked to this gate',
    "DEADLINE_EXCEEDED: probe.Desk.Double: the deadline passed before the call was sent",
    "CANCELLED: probe.Desk.Double: the caller gave up",
    "UNIMPLEMENTED: probe.Desk.Double: unknown method id 77",
  ]);
  for (const { call, stack } of failures) {
    expect(call).toBe("probe.Desk.Double");
    expect(stack).toContain("failed-calls.test.ts");
  }
});

test("a call of another node has no caller's stack where that is switched off, and its name all the same", async () => {
  await world.gate();
  const caller = await world.node("probe-1", {}, {}, { callStacks: false });
  const { call, stack } = await errorOf(caller.call(double, text("")));
  expect(call).toBe("probe.Desk.Double");
  expect(stack).not.toContain("failed-calls.test.ts");
});

test("a refusal says its limit: of the rate, of guests, of the size, of requests in flight", async () => {
  const limits = { guestRate: { count: 5, perMs: 30_000 }, inFlightCount: 2 };
  await world.gate({ limits });
  const { passed, open } = latch();
  await world.node("probe-1", { rare: (body) => body, echo: () => passed.then(() => text("")) });
  const client = await world.client();
  await client.ask(commands.rare.id);
  await client.ask(commands.rare.id);
  const { message, retryAfterMs } = await failureOf(client, commands.rare.id);
  expect(message).toBe(
    `rate limit exceeded: 2 calls of this command in 60000 ms; retry in ${retryAfterMs} ms`,
  );
  expect((await failureOf(client, commands.small.id, "12345")).message).toBe(
    "the body has 5 bytes; the command accepts at most 4",
  );
  const held = [client.request(commands.echo.id, text("")), client.request(commands.echo.id, text(""))];
  expect((await failureOf(client, commands.echo.id)).message).toBe(
    "too many requests in flight; the limit is 2",
  );
  open();
  await Promise.all(held);
  expect((await failureOf(client, commands.echo.id)).message).toMatch(
    /^rate limit exceeded: 5 commands of a session without a login in 30000 ms; retry in \d+ ms$/,
  );
});

test("a handler that never answers leaves a line with call, session and time at node and gate, and is counted", async () => {
  const [gateLog, nodeLog] = [new Lines(), new Lines()];
  const gate = await world.gate({ log: gateLog });
  const never = () => new Promise<Uint8Array>(() => {});
  const node = await world.node("probe-1", { short: never, free: (body) => body }, {}, { log: nodeLog });
  await world.node("other-1", {}, { double: never }, { log: nodeLog });
  const client = await world.client();
  expect(await client.ask(commands.short.id)).toBe("error 4");
  const line = "handler did not answer in time";
  await eventually(() => nodeLog.of(line).length === 1);
  expect(nodeLog.of(line)[0]).toMatchObject({
    call: "probe.Probe.Short",
    session: expect.any(String),
    gate: "gate-1",
    user: 0n,
  });
  expect(nodeLog.of(line)[0]!["afterMs"]).toBeGreaterThanOrEqual(50);
  expect(gateLog.of("node did not answer in time")).toMatchObject([
    { call: "probe.Probe.Short", session: expect.any(String), node: "probe-1" },
  ]);
  expect(new Map(node.status().counters).get("node.handler.unanswered")).toBe(1);
  expect(gate.counters.get("relay.unanswered")).toBe(1);

  await errorOf(node.call(double, text(""), { timeoutMs: 100 }));
  await eventually(() => nodeLog.of(line).length === 2);
  expect(nodeLog.of(line)[1]).toMatchObject({ call: "probe.Desk.Double", from: "probe-1" });
  await eventually(() => gateLog.of("node did not answer in time").length === 2);
  expect(gateLog.of("node did not answer in time")[1]).toMatchObject({
    call: "probe.Desk.Double",
    node: "other-1",
  });
});

test("a client that gives up, or goes, says nothing about the handler", async () => {
  const log = new Lines();
  const gate = await world.gate();
  const { passed, open } = latch();
  let running = 0;
  const waits = () => {
    running++;
    return passed.then(() => text(""));
  };
  const node = await world.node("probe-1", { free: waits, turn: waits }, {}, { log });
  const [client, other] = [await world.client(), await world.client()];
  void client.request(commands.free.id, text(""));
  void other.request(commands.turn.id, text(""));
  await eventually(() => running === 2);
  client.cancelLast();
  other.transport.destroy();
  await eventually(() => gate.status().sessions === 1);
  await client.ask(commands.rare.id);
  open();
  expect(log.of("handler did not answer in time")).toEqual([]);
  expect(new Map(node.status().counters).get("node.handler.unanswered")).toBeUndefined();
});
