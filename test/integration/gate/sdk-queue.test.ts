import { expect, test } from "vitest";
import { connect, type StateEvent } from "../../../clients/typescript/src/node/index.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

const addressOf = (gate: Gate, scheme: string): string => {
  const { host, port } = gate.clientAddress!;
  return `${scheme}://${host}:${port}`;
};

test.each(["tcp", "ws"])(
  "a client over %s waits in the queue for longer than connectTimeoutMs, and is let in",
  async (scheme) => {
    const gate = await world.gate({ queue: { sessions: 1, updateMs: 100 } });
    const url = addressOf(gate, scheme);
    const first = await connect(url);
    world.atEnd(() => first.close());
    const states: StateEvent[] = [];
    const connecting = connect(url, { connectTimeoutMs: 1_000, onState: (event) => states.push(event) });
    await eventually(() => states.length > 0);
    const begun = performance.now();
    await eventually(() => performance.now() - begun > 1_500);
    expect(states.map(({ state, position }) => [state, position])).toEqual(states.map(() => ["queued", 1]));
    await first.close();
    const second = await connecting;
    world.atEnd(() => second.close());
    expect(second.state).toBe("open");
  },
);

test("a client that leaves the queue by its signal gives its place to the next one", async () => {
  const gate = await world.gate({ queue: { sessions: 1, updateMs: 100 } });
  const url = addressOf(gate, "tcp");
  const first = await connect(url);
  world.atEnd(() => first.close());
  const leave = new AbortController();
  const places: number[] = [];
  const impatient = connect(url, { signal: leave.signal, onState: ({ position }) => places.push(position) });
  const gaveUp = expect(impatient).rejects.toMatchObject({ code: "CANCELLED" });
  await eventually(() => places.length > 0);
  const next: number[] = [];
  const patient = connect(url, { onState: ({ position }) => next.push(position) });
  await eventually(() => next.at(-1) === 2);
  leave.abort();
  await gaveUp;
  await eventually(() => next.at(-1) === 1);
  await first.close();
  const second = await patient;
  world.atEnd(() => second.close());
  expect(second.state).toBe("open");
});
