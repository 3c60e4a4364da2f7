import { expect, test } from "vitest";
import { type Connection, connect } from "../../../clients/typescript/src/node/index.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { text } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { latch, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();
const echo = { ...commands.echo, request: raw, reply: raw };
const free = { ...commands.free, request: raw, reply: raw };

async function connected(): Promise<Connection> {
  const { host, port } = world.gates[0]!.clientAddress!;
  const connection = await connect(`tcp://${host}:${port}`);
  world.atEnd(() => connection.close());
  return connection;
}

test("while the only node is replaced under load, a client's requests are each run once and answered", async () => {
  await world.gate({ limits: { guestRate: false, inFlightCount: 10_000, nodeWaitMs: 0 } });
  const runs: string[] = [];
  const handlers = {
    echo: async (body: Uint8Array) => {
      runs.push(decoder.decode(body));
      await new Promise((resolve) => setTimeout(resolve, 2));
      return body;
    },
  };
  const node = await world.node("probe-1", handlers);
  const connection = await connected();
  const replied: string[] = [];
  let asked = 0;
  let asking = true;
  const load = async (): Promise<void> => {
    while (asking) replied.push(decoder.decode(await connection.request(echo, text(String(asked++)))));
  };
  const loads = Array.from({ length: 32 }, load);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await node.close({ graceMs: 2_000 });
  await world.node("probe-1", handlers);
  await new Promise((resolve) => setTimeout(resolve, 300));
  asking = false;
  await Promise.all(loads);
  expect(connection.counters.get("requests.retried")).toBeGreaterThan(0);
  expect(new Set(replied).size).toBe(asked);
  expect(runs).toHaveLength(asked);
});

test("of the requests with a node that is lost, idempotent ones are answered by the next node, others may have run", async () => {
  await world.gate();
  const running = latch();
  const hangs = () => {
    running.open();
    return new Promise<Uint8Array>(() => {});
  };
  const node = await world.node("probe-1", { free: hangs });
  const connection = await connected();
  const once = connection.request(free, text("once"));
  const again = connection.request({ ...free, idempotent: true }, text("again"));
  const refused = expect(once).rejects.toMatchObject({ code: "UNAVAILABLE", outcome: "may have run" });
  await running.passed;
  await node.close({ graceMs: 0 });
  await refused;
  await world.node("probe-1", { free: (body) => body });
  expect(decoder.decode(await again)).toBe("again");
});

test("a request of a role without nodes waits for one, within its timeout", async () => {
  await world.gate();
  const connection = await connected();
  const asked = connection.request(echo, text("early"), { timeoutMs: 20_000 });
  const hopeless = connection.request(echo, text("hopeless"), { timeoutMs: 200 });
  await expect(hopeless).rejects.toMatchObject({ code: "UNAVAILABLE", outcome: "not run" });
  await world.node("probe-1", { echo: (body) => body });
  expect(decoder.decode(await asked)).toBe("early");
});
