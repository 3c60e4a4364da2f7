import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { expect, test } from "vitest";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import type { Logger } from "../../../runtime/log/logger.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { isPhotinusError } from "../../../schema/errors.ts";
import { text } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const echo = { ...commands.echo, request: raw, reply: raw };
const waiting = { readyWaitMs: 3_600_000, readyNodes: { probe: 2, other: 1 } };

test("a gate serves clients when all nodes that it waits for are here, and those that came early are served then", async () => {
  const gate = await world.gate(waiting);
  expect(gate.status().waitsFor).toEqual(["probe (0 of 2)", "other (0 of 1)"]);
  const { host, port } = gate.clientAddress!;
  const early = connect(`tcp://${host}:${port}`, { retry: false });
  await world.node("probe-1", { echo: (body) => body });
  await world.node("other-1", {});
  await eventually(() => gate.status().connections === 1);
  expect(gate.status()).toMatchObject({ waitsFor: ["probe (1 of 2)"], sessions: 0 });
  await world.node("probe-2", { echo: (body) => body });
  const connection = await early;
  world.atEnd(() => connection.close());
  expect(await connection.request(echo, text("early"))).toEqual(text("early"));
  expect(gate.status().waitsFor).toEqual([]);
});

test("a gate whose nodes do not come serves clients after its time all the same, and warns with the roles", async () => {
  const clock = new FakeClock();
  const warned: object[] = [];
  const log: Logger = {
    debug() {},
    info() {},
    warn: (details) => void warned.push(details),
    error() {},
    child: () => log,
  };
  const gate = await world.gate({ ...waiting, readyWaitMs: 8_000, clock, log });
  await world.node("other-1", {});
  const { host, port } = gate.clientAddress!;
  const early = connect(`tcp://${host}:${port}`, { retry: false });
  await eventually(() => gate.status().connections === 1);
  clock.advance(7_900);
  expect([gate.status().waitsFor, warned]).toEqual([["probe (0 of 2)"], []]);
  clock.advance(200);
  const connection = await early;
  world.atEnd(() => connection.close());
  expect(warned).toEqual([{ missing: ["probe (0 of 2)"], waitedMs: 8_000 }]);
  await expect(connection.request(echo, text(""))).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

test("without a list of nodes, one of each role is waited for", async () => {
  const gate = await world.gate({ readyWaitMs: 3_600_000 });
  expect(gate.status().waitsFor).toEqual(["probe (0 of 1)", "other (0 of 1)"]);
});

test("connections that wait count for their address, and end with the gate", async () => {
  const gate = await world.gate({ ...waiting, limits: { connectionsPerAddress: 1 } });
  const [first, second] = [1, 2].map(() => connectSocket(gate.clientAddress!));
  for (const socket of [first!, second!]) socket.on("error", () => {}).resume();
  await eventually(() => gate.counters.get("client.refused.address") === 1);
  const gone = once(first!, "close");
  await gate.close({ graceMs: 0 });
  await gone;
});

test("a gate restarted under a client with requests answers none of them UNAVAILABLE for want of its nodes", async () => {
  let gate = await world.gate(waiting);
  for (const name of ["probe-1", "probe-2", "other-1"]) await world.node(name, { echo: (body) => body });
  const ports = { listen: gate.clientAddress!, links: gate.linkAddress! };
  const connection = await connect(`tcp://${ports.listen.host}:${ports.listen.port}`, {
    reconnect: { minDelayMs: 1, maxDelayMs: 5 },
  });
  world.atEnd(() => connection.close());
  for (let restart = 1; restart <= 3; restart++) {
    gate.destroy();
    await eventually(() => connection.state === "reconnecting");
    await gate.close();
    gate = await world.gate({ ...waiting, ...ports });
    await eventually(() => connection.state === "open");
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        connection.request(echo, text("here")).catch((error: unknown) => error),
      ),
    );
    expect(answers.filter((answer) => isPhotinusError(answer))).toEqual([]);
  }
});
