import { expect, test } from "vitest";
import type { GameNode } from "../../../runtime/node/node.ts";
import { fail } from "../../../schema/errors.ts";
import { text } from "./raw-client.ts";
import { commands, methodOf, methods } from "./schema.ts";
import { eventually, kill, latch, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();
const double = methodOf(methods.double);
const where = methodOf(methods.where);

async function callerAndDesks(): Promise<GameNode> {
  await world.gate();
  for (const name of ["other-1", "other-2"]) {
    await world.node(
      name,
      {},
      { where: () => text(name), double: (body) => new Uint8Array([...body, ...body]) },
    );
  }
  return world.node("probe-1", {});
}

test("a node calls a method of another role through the gate", async () => {
  const caller = await callerAndDesks();
  expect(await caller.call(double, new Uint8Array([1, 2]))).toEqual(new Uint8Array([1, 2, 1, 2]));
  expect(await caller.call(double, new Uint8Array(0))).toEqual(new Uint8Array(0));
});

test("a call goes by the schema's route, to a named node, or by a hash key of the caller's", async () => {
  const caller = await callerAndDesks();
  const ask = async (body: number, options = {}) =>
    decoder.decode(await caller.call(where, new Uint8Array([body]), options));
  expect(await ask(0, { node: "other-2" })).toBe("other-2");
  expect(await ask(0, { node: "other-1" })).toBe("other-1");
  const byBody = await Promise.all(Array.from({ length: 32 }, (_, key) => ask(key)));
  expect(new Set(byBody).size).toBe(2);
  expect(await Promise.all(Array.from({ length: 32 }, (_, key) => ask(key)))).toEqual(byBody);
  const byKey = await Promise.all(Array.from({ length: 32 }, (_, hashKey) => ask(0, { hashKey })));
  expect(new Set(byKey).size).toBe(2);
});

test("the callee knows who calls, and the handler of a client's command can call", async () => {
  await world.gate();
  await world.node("other-1", {}, { double: (_, ctx) => text(`from ${ctx.from}`) });
  await world.node("probe-1", { free: (body, ctx) => ctx.call(double, body) });
  const client = await world.client();
  expect(await client.ask(commands.free.id)).toBe("from probe-1");
});

test("a one-way call arrives and is not answered", async () => {
  await world.gate();
  const heard: string[] = [];
  await world.node("other-1", {}, { hint: (body) => void heard.push(decoder.decode(body)) });
  const caller = await world.node("probe-1", {});
  caller.notice(methodOf(methods.hint), text("psst"));
  await eventually(() => heard.length === 1);
  expect(heard).toEqual(["psst"]);
});

test("the callee's own error arrives as itself, any other as INTERNAL", async () => {
  await world.gate();
  await world.node(
    "other-1",
    {},
    {
      double() {
        throw fail("OUT_OF_RANGE", "too much", { retryAfterMs: 7 });
      },
      where() {
        throw new Error("secret");
      },
    },
  );
  const caller = await world.node("probe-1", {});
  const told = { code: "OUT_OF_RANGE", reason: "too much", retryAfterMs: 7 };
  await expect(caller.call(double, text(""))).rejects.toMatchObject(told);
  await expect(caller.call(where, text(""))).rejects.toMatchObject({
    code: "INTERNAL",
    reason: "the handler failed",
  });
});

test("without a node, and with a wrong name, a call is UNAVAILABLE at once", async () => {
  await world.gate();
  const caller = await world.node("probe-1", {});
  await expect(caller.call(double, text(""))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await expect(caller.call(double, text(""), { node: "other-9" })).rejects.toMatchObject({
    code: "UNAVAILABLE",
  });
});

test("without a gate a call is UNAVAILABLE at once", async () => {
  const gate = await world.gate();
  const caller = await world.node("probe-1", {});
  await gate.close({ graceMs: 0 });
  await eventually(() => caller.liveGates().length === 0);
  await expect(caller.call(double, text(""))).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

test("a call that takes too long, and one that is given up, end at both sides", async () => {
  await world.gate();
  const reasons: unknown[] = [];
  await world.node(
    "other-1",
    {},
    {
      double: (_, ctx) =>
        new Promise((_resolve, reject) => {
          ctx.signal.addEventListener("abort", () => {
            reasons.push(ctx.signal.reason.code);
            reject(ctx.signal.reason);
          });
        }),
    },
  );
  const caller = await world.node("probe-1", {});
  await expect(caller.call(double, text(""), { timeoutMs: 80 })).rejects.toMatchObject({
    code: "DEADLINE_EXCEEDED",
  });
  const controller = new AbortController();
  const given = caller.call(double, text(""), { signal: controller.signal });
  setImmediate(() => controller.abort());
  await expect(given).rejects.toMatchObject({ code: "CANCELLED" });
  await eventually(() => reasons.length === 2);
  expect(reasons[1]).toBe("CANCELLED");
});

test("when a gate is lost, an idempotent call goes on through another, any other fails", async () => {
  const gates = [await world.gate(), await world.gate()];
  const calls = new Map<string, number>();
  const held = latch();
  const stay = async (name: string, body: Uint8Array) => {
    calls.set(name, (calls.get(name) ?? 0) + 1);
    if (calls.get(name) === 1) await held.passed;
    return body;
  };
  await world.node(
    "other-1",
    {},
    {
      double: (body) => stay("double", body),
      where: (body) => stay("where", body),
    },
  );
  const caller = await world.node("probe-1", {});
  const safe = caller.call(methodOf(methods.double, true), text("again"));
  await eventually(() => calls.get("double") === 1);
  const through = gates.find((gate) => gate.status().nodes.some(({ pending }) => pending > 0))!;
  through.destroy();
  expect(decoder.decode(await safe)).toBe("again");
  const unsafe = caller.call(where, text("once"));
  await eventually(() => calls.get("where") === 1);
  gates.find((gate) => gate !== through)!.destroy();
  await expect(unsafe).rejects.toMatchObject({ code: "UNAVAILABLE" });
  held.open();
});

test("when the only gate is lost, an idempotent call fails, and says that it may have run", async () => {
  const gate = await world.gate();
  const held = latch();
  let calls = 0;
  const stay = (body: Uint8Array) => {
    calls++;
    return held.passed.then(() => body);
  };
  await world.node("other-1", {}, { double: stay });
  const caller = await world.node("probe-1", {});
  const given = caller.call(methodOf(methods.double, true), text("once"));
  await eventually(() => calls === 1);
  gate.destroy();
  await expect(given).rejects.toMatchObject({ code: "UNAVAILABLE", outcome: "may have run" });
  held.open();
});

test("a call that was not run because its node is away is made again when the node is back", async () => {
  const gate = await world.gate();
  const caller = await world.node("probe-1", {});
  await kill(await world.node("other-1", {}, {}));
  await eventually(() => gate.status().nodes.some(({ state }) => state === "away"));
  const waiting = [caller.call(double, text("a")), caller.call(where, text("b"), { node: "other-1" })];
  await eventually(() => caller.counters.get("node.call.retried") === 2);
  await world.node("other-1", {}, { double: (body) => body, where: (body) => body });
  expect((await Promise.all(waiting)).map((body) => decoder.decode(body))).toEqual(["a", "b"]);
});

test("when a callee is lost, an idempotent call goes to another, any other may have run", async () => {
  await world.gate();
  const caller = await world.node("probe-1", {});
  let begun = 0;
  const stay = () => {
    begun++;
    return new Promise<Uint8Array>(() => {});
  };
  const callee = await world.node("other-1", {}, { double: stay, where: stay });
  const safe = caller.call(methodOf(methods.double, true), text("again"));
  const unsafe = caller.call(where, text("once"));
  const lost = expect(unsafe).rejects.toMatchObject({ code: "UNAVAILABLE", outcome: "may have run" });
  await eventually(() => begun === 2);
  await world.node("other-2", {}, { double: (body) => body });
  await kill(callee);
  await lost;
  expect(decoder.decode(await safe)).toBe("again");
});

test("a call that waits for another attempt ends at its deadline or with its signal, and says whether it may have run", async () => {
  const gate = await world.gate();
  const caller = await world.node("probe-1", {});
  const running = latch();
  const callee = await world.node(
    "other-1",
    {},
    {
      double: () => {
        running.open();
        return new Promise<Uint8Array>(() => {});
      },
    },
  );
  const ran = caller.call(methodOf(methods.double, true), text(""), { timeoutMs: 1_000 });
  const mayHaveRun = expect(ran).rejects.toMatchObject({ code: "UNAVAILABLE", outcome: "may have run" });
  await running.passed;
  await kill(callee);
  await eventually(() => gate.status().nodes.some(({ state }) => state === "away"));
  const controller = new AbortController();
  const given = caller.call(where, text(""), { signal: controller.signal });
  const tooShort = caller.call(where, text(""), { timeoutMs: 100 });
  await expect(tooShort).rejects.toMatchObject({ code: "UNAVAILABLE", outcome: "not run" });
  await eventually(() => caller.counters.get("node.call.retried") >= 1);
  controller.abort();
  await expect(given).rejects.toMatchObject({ code: "CANCELLED", outcome: "not run" });
  await mayHaveRun;
});

test("a call that ends each of its callees reaches three of them, and no more", async () => {
  await world.gate();
  const caller = await world.node("probe-1", {});
  const callees = new Map<string, GameNode>();
  const ran: string[] = [];
  for (const name of ["other-1", "other-2", "other-3", "other-4", "other-5"]) {
    const deadly = () => {
      ran.push(name);
      void kill(callees.get(name)!);
      return new Promise<Uint8Array>(() => {});
    };
    callees.set(name, await world.node(name, {}, { double: deadly }));
  }
  const call = caller.call(methodOf(methods.double, true), text(""), { timeoutMs: 30_000 });
  await expect(call).rejects.toMatchObject({ code: "UNAVAILABLE", outcome: "may have run" });
  expect(ran).toHaveLength(3);
});
