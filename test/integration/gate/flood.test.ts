import { connect } from "node:net";
import { expect, test } from "vitest";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Ack, Cancel, Ping } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes } from "../../../schema/errors.ts";
import type { RawClient } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { useWorld } from "./world.ts";

const world = useWorld();
const budget = 50;
/** Refills so slowly that nothing of it comes back during a test. */
const controlRate = { count: budget, perMs: 3_600_000 };
const noCommand = 999;

test.each<[string, (client: RawClient) => void]>([
  ["pings", (client) => client.ping()],
  ["pongs", (client) => client.control(control.pong, Ping, { sentMs: 1 })],
  ["acknowledgements", (client) => client.control(control.ack, Ack, { push: 1 })],
  ["cancellations", (client) => client.control(control.cancel, Cancel, { sequence: 1 })],
  ["requests of no command", (client) => void client.request(noCommand, new Uint8Array(0))],
  ["notifies of no command", (client) => client.notify(noCommand, "")],
  ["requests above their rate", (client) => void client.request(commands.rare.id, new Uint8Array(0))],
  ["requests without the right", (client) => void client.request(commands.act.id, new Uint8Array(0))],
])("a client that sends too many %s is kicked with a reason, and counted", async (_, send) => {
  const gate = await world.gate({ limits: { controlRate } });
  await world.node("probe-1", { rare: (body) => body });
  const client = await world.client();
  // Hello is one, and a command's own rate lets two pass.
  for (let n = 0; n < budget + 2; n++) send(client);
  await client.closed;
  expect(client.kicked).toMatchObject({ code: errorCodes.RESOURCE_EXHAUSTED, reconnect: true });
  expect(gate.counters.get("client.closed.control-rate")).toBe(1);
});

test("what stays within the budget, and what is work for a node, is no reason to kick", async () => {
  const gate = await world.gate({ limits: { controlRate } });
  await world.node("probe-1", { echo: (body) => body });
  const client = await world.client();
  for (let n = 0; n < budget - 1; n++) client.ping();
  for (let n = 0; n < 4 * budget; n++) expect(await client.ask(commands.echo.id, "x")).toBe("x");
  await client.until(() => client.pongs === budget - 1);
  expect(gate.status().connections).toBe(1);
});

test("a classic client that asks for commands that are not there is closed as well", async () => {
  const gate = await world.gate({ limits: { controlRate } });
  const { host, port } = gate.clientAddress!;
  const socket = connect(port, host);
  world.atEnd(() => socket.destroy());
  const frame = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, noCommand >>> 8, noCommand & 255];
  socket.write(Uint8Array.from(Array.from({ length: budget + 1 }, () => frame).flat()));
  socket.resume();
  await new Promise((resolve) => socket.once("close", resolve));
  expect(gate.counters.get("client.closed.control-rate")).toBe(1);
});

test("control messages beyond a small part of one share wait for the next turn", async () => {
  await world.gate({ limits: { turnFrameCount: 64 } });
  const client = await world.client();
  const count = 400;
  for (let n = 0; n < count; n++) client.ping();
  let most = 0;
  while (client.pongs < count) {
    const before = client.pongs;
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, client.pongs - before);
  }
  expect(client.pongs).toBe(count);
  // Two in a turn; what a write holds is of a few turns.
  expect(most).toBeLessThanOrEqual(6);
});

test("frames beyond one share of a turn are all handled, in order", async () => {
  await world.gate({ limits: { turnFrameCount: 8 } });
  const seen: number[] = [];
  await world.node("probe-1", {
    turn: (body) => {
      seen.push(body[0]!);
      return body;
    },
  });
  const client = await world.client();
  const sent = Array.from({ length: 200 }, (_, n) => n);
  const answers = await Promise.all(
    sent.map((n) => client.request(commands.turn.id, Uint8Array.of(n)) as Promise<Uint8Array>),
  );
  expect(seen).toEqual(sent);
  expect(answers.map(([n]) => n)).toEqual(sent);
});
