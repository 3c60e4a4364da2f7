import { createServer } from "node:net";
import { join } from "node:path";
import { connect } from "@photinus/client/node";
import { defineNode, defineTopology, type Logger, silentLogger, startInProcess } from "photinus";
import { expect, test } from "vitest";
import { fingerprint } from "../../../generated/client/index.ts";
import * as login from "../../../generated/client/meadow/login.service.ts";
import * as meadow from "../../../generated/client/meadow/meadow.service.ts";
import { protocol } from "../../../generated/server/index.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { root } from "./game.ts";

const meadowFolder = join(root, "examples", "meadow");
const example = defineTopology({
  protocol,
  gates: [{ name: "gate", listen: { port: 0 } }],
  nodes: [
    { role: "login", module: "./login.ts" },
    { role: "meadow", instances: 2, module: "./meadow.ts" },
    { role: "chat", module: "./chat.ts" },
  ],
  data: { embedded: { file: ":memory:" } },
});

test("a whole game runs in one process, for clients of both transports", async () => {
  await using game = await startInProcess(example, { directory: meadowFolder });
  expect([...game.gates.keys(), ...game.nodes.keys()].sort()).toEqual([
    "chat-1",
    "gate",
    "login-1",
    "meadow-1",
    "meadow-2",
  ]);
  const { port } = game.addresses["gate"]!.client;
  for (const scheme of ["ws", "tcp"]) {
    const connection = await connect(`${scheme}://127.0.0.1:${port}`, { schema: fingerprint });
    const { playerId, meadows } = await login.signIn(connection, { name: scheme, hue: 1 });
    const { fireflies } = await meadow.enter(connection, { meadowId: meadows[0]! });
    expect(fireflies.map((firefly) => firefly.id)).toContain(playerId);
    await connection.close();
  }
});

test("a gate says in status and log for which nodes it waits, and serves clients without them in the end", async () => {
  const told: [object, string][] = [];
  const log: Logger = {
    ...silentLogger,
    info: (details, message) => void told.push([details, message]),
    warn: (details, message) => void told.push([details, message]),
    child: () => log,
  };
  const gates = [{ name: "gate", listen: { port: 0 }, readyWaitMs: 1_500 }];
  const nodes = [...example.nodes.slice(0, 2), { role: "chat", external: true, instances: 2 }];
  await using game = await startInProcess({ ...example, gates, nodes }, { directory: meadowFolder, log });
  expect(game.status().processes[0]?.gate?.["waitsFor"]).toEqual(["chat (0 of 2)"]);
  const connection = await connect(`tcp://127.0.0.1:${game.addresses["gate"]!.client.port}`);
  expect(game.status().processes[0]?.gate?.["waitsFor"]).toEqual([]);
  expect(told).toContainEqual([
    { missing: ["chat (0 of 2)"], waitedMs: 1_500 },
    expect.stringMatching(/^nodes are missing/),
  ]);
  expect(await login.echo(connection, Uint8Array.of(1))).toEqual(Uint8Array.of(1));
  await connection.close();
});

test("two games run side by side", async () => {
  await using one = await startInProcess(example, { directory: meadowFolder });
  await using two = await startInProcess(example, { directory: meadowFolder });
  for (const game of [one, two]) {
    const connection = await connect(`tcp://127.0.0.1:${game.addresses["gate"]!.client.port}`);
    expect(await login.echo(connection, Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 2));
    await connection.close();
  }
});

test("a part that cannot open closes those that were open", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const gates = [
    { name: "good", listen: { port: 0 } },
    { name: "bad", listen: { port } },
  ];
  await expect(startInProcess({ ...example, gates }, { directory: meadowFolder })).rejects.toThrow(
    `127.0.0.1:${port}`,
  );
  await new Promise((resolve) => server.close(resolve));
});

test("a node whose services are of another role is refused", async () => {
  const module = defineNode(() => []);
  const wrong = { role: "login", module: "./chat.ts" };
  const nodes = [wrong, { role: "meadow", module }, { role: "chat", module }];
  await expect(startInProcess({ ...example, nodes }, { directory: meadowFolder })).rejects.toThrow(/login-1/);
});

test("a node module that waits for ever is told of, and does not hang in silence", async () => {
  const clock = new FakeClock();
  const told = Promise.withResolvers<string>();
  const log: Logger = {
    ...silentLogger,
    warn: (_details, message) => told.resolve(message),
    child: () => log,
  };
  const asked = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  const module = defineNode(async () => {
    asked.resolve();
    await ready.promise;
    return [];
  });
  const protocol = { fingerprint: "0", commands: [], pushes: [], methods: [] };
  const gates = [{ name: "gate", listen: { port: 0 } }];
  const starting = startInProcess({ protocol, gates, nodes: [{ role: "scene", module }] }, { clock, log });
  await asked.promise;
  clock.advance(10_000);
  expect(await told.promise).toBe("node not opened yet: its module or defineNode function has not finished");
  ready.resolve();
  await (await starting).close({ graceMs: 0 });
});
