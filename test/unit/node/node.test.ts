import { expect, test } from "vitest";
import { defineService } from "../../../runtime/api/service.ts";
import { defineNode } from "../../../runtime/node/define-node.ts";
import { GameNode } from "../../../runtime/node/node.ts";
import { serve } from "../../integration/gate/schema.ts";

const options = { name: "probe-1", role: "probe", gates: [] };

test("a service of another role is refused by name", async () => {
  await expect(GameNode.open(serve("other", {}), options)).rejects.toThrow(
    'service probe.Probe is for nodes of role "other", not of "probe"',
  );
});

test("two handlers of one number are refused by name", async () => {
  const twice = [serve("probe", { echo: (body) => body }), serve("probe", { echo: (body) => body })];
  await expect(GameNode.open(twice, options)).rejects.toThrow(/probe\.Probe\.Echo/);
});

test("a module that exports something else is refused", async () => {
  const wrong = defineNode(() => JSON.parse('{"echo":1}'));
  await expect(GameNode.open(wrong, options)).rejects.toThrow(/expected export default defineNode/);
});

test("in untyped code a missing handler is named at once", () => {
  const command = { id: 1, name: "p.Q.Echo", timeoutMs: 1, lane: "", heavy: false, idempotent: false };
  const codec = { name: "x", write() {}, read: () => undefined };
  const service = defineService<object>({
    name: "p.Q",
    role: "q",
    audience: "clients",
    commands: { echo: { ...command, request: codec, reply: codec } },
  });
  expect(() => service.implement({})).toThrow('p.Q: no handler "echo"');
});

test("handlers keep their this", () => {
  class Counter {
    count = 0;
    echo() {
      return ++this.count;
    }
  }
  const command = { id: 1, name: "p.Q.Echo", timeoutMs: 1, lane: "", heavy: false, idempotent: false };
  const codec = { name: "x", write() {}, read: () => undefined };
  const service = defineService<Counter>({
    name: "p.Q",
    role: "q",
    audience: "clients",
    commands: { echo: { ...command, request: codec, reply: codec } },
  });
  const { handler } = service.implement(new Counter()).commands[0]!;
  expect(typeof handler === "function" && Reflect.apply(handler, undefined, [])).toBe(1);
});

test("stop listeners run latest first, once, and a failing one stops nothing", async () => {
  const ran: string[] = [];
  const node = await GameNode.open(
    defineNode((handle) => {
      handle.onStop(() => void ran.push("first registered"));
      handle.onStop(() => Promise.reject(new Error("no")));
      handle.onStop(async () => void ran.push("last registered"));
      return [];
    }),
    options,
  );
  await Promise.all([node.close(), node.close()]);
  expect(ran).toEqual(["last registered", "first registered"]);
});

test("a stop listener that never finishes is not waited for beyond the grace, and the others run", async () => {
  const ran: string[] = [];
  const node = await GameNode.open(
    defineNode((handle) => {
      handle.onStop(() => void ran.push("first registered"));
      handle.onStop(() => new Promise(() => {}));
      return [];
    }),
    options,
  );
  await node.close({ graceMs: 20 });
  expect(ran).toEqual(["first registered"]);
});

test("without a gate a call is UNAVAILABLE and a push goes nowhere", async () => {
  const node = await GameNode.open([], options);
  const codec = { name: "x", write() {}, read: () => undefined };
  const method = {
    id: 5,
    name: "p.Q.M",
    role: "q",
    request: codec,
    reply: codec,
    timeoutMs: 5,
    heavy: false,
    idempotent: true,
  };
  await expect(node.call(method, undefined)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  node.notice(method, undefined);
  node.everyone().pushBytes(1, new Uint8Array(1));
  expect(node.counters.get("node.notice.dropped")).toBe(1);
  await node.close();
});
