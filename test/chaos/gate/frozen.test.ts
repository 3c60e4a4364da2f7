import { expect, test } from "vitest";
import { errorCodes } from "../../../schema/errors.ts";
import { commands } from "../../integration/gate/schema.ts";
import { eventually, useWorld } from "../../integration/gate/world.ts";
import { startChild } from "./children.ts";
import { LimitedCalls } from "./limits.ts";

const world = useWorld();
const heartbeatMs = 1_000;
/**
 * Two intervals and one second, and as much again for a machine that is busy with other things. Time in which this process
 * did not run is not counted.
 */
const boundMs = (2 * heartbeatMs + 1_000) * 2;
const unavailable = `error ${errorCodes.UNAVAILABLE}`;

test("a client whose process is stopped is found dead; one that is merely idle is not", async () => {
  const gate = await world.gate({ heartbeatMs });
  const { host, port } = gate.clientAddress!;
  const frozen = await startChild(world, "child-client.ts", [`tcp://${host}:${port}`]);
  await startChild(world, "child-client.ts", [`tcp://${host}:${port}`]);
  await new Promise((resolve) => setTimeout(resolve, 3 * heartbeatMs));
  expect(gate.status().sessions).toBe(2);
  frozen.kill("SIGSTOP");
  const found = new LimitedCalls();
  void found.start("found dead", boundMs, () =>
    eventually(() => gate.counters.get("client.closed.dead") === 1),
  );
  await found.all();
  expect(found.late).toEqual([]);
  await eventually(() => gate.status().suspended === 1);
  expect(gate.status().sessions).toBe(2);
  frozen.kill("SIGCONT");
});

test("a node whose process is stopped is found dead, and what waited for it fails then", async () => {
  const gate = await world.gate({ link: { heartbeatMs } });
  const { port } = gate.linkAddress!;
  const node = await startChild(world, "child-node.ts", ["probe-1", String(port), String(heartbeatMs)]);
  const client = await world.client();
  const waiting = client.ask(commands.free.id);
  expect(await client.ask(commands.echo.id, "before")).toBe("before");
  node.kill("SIGSTOP");
  const found = new LimitedCalls();
  void found.start("found dead", boundMs, () => waiting);
  await found.all();
  expect(found.late).toEqual([]);
  expect(await waiting).toBe(unavailable);
  expect(gate.status().nodes).toMatchObject([{ name: "probe-1", state: "away" }]);
  node.kill("SIGCONT");
  await eventually(() => gate.status().nodes[0]?.state === "ready");
  expect(await client.ask(commands.echo.id, "after")).toBe("after");
});

test("a node killed with SIGKILL fails its requests at once; its successor is used; clients stay", async () => {
  const gate = await world.gate();
  const args = ["probe-1", String(gate.linkAddress!.port), "5000"];
  const node = await startChild(world, "child-node.ts", args);
  const client = await world.client();
  const waiting = [client.ask(commands.free.id), client.ask(commands.free.id)];
  await eventually(() => gate.status().inFlight === 2);
  node.kill("SIGKILL");
  expect(await Promise.all(waiting)).toEqual([unavailable, unavailable]);
  await startChild(world, "child-node.ts", args);
  expect(await client.ask(commands.echo.id, "again")).toBe("again");
});

test("a node that comes back while its old link is half open takes its place", async () => {
  const gate = await world.gate({ link: { heartbeatMs: 60_000 } });
  const args = ["probe-1", String(gate.linkAddress!.port), "60000"];
  const first = await startChild(world, "child-node.ts", args);
  const client = await world.client();
  const waiting = client.ask(commands.free.id);
  await eventually(() => gate.status().inFlight === 1);
  first.kill("SIGSTOP");
  await startChild(world, "child-node.ts", args);
  expect(await waiting).toBe(unavailable);
  expect(await client.ask(commands.echo.id, "new")).toBe("new");
  expect(gate.status().nodes).toMatchObject([{ name: "probe-1", state: "ready" }]);
});
