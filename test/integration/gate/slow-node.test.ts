import { expect, test } from "vitest";
import { commands } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();

test("over sockets, a slow node stops the input of the client that loads it, until the node answers", async () => {
  const gate = await world.gate({ limits: { nodeInFlightCount: 8, overloadedNodeCount: 4 } });
  const held = latch();
  const entered: number[] = [];
  await world.node("probe-1", {
    sticky: async (body) => {
      entered.push(body.length);
      await held.passed;
      return body;
    },
  });
  await world.node("other-1", { other: (body) => body });
  const heavy = await world.client();
  const light = await world.client();
  const answers = Array.from({ length: 500 }, () => heavy.request(commands.sticky.id, new Uint8Array(1)));
  await eventually(() => gate.status().nodes[0]?.pausedClients === 1);
  for (let n = 0; n < 20; n++) expect(await light.ask(commands.other.id, "x")).toBe("x");
  expect(gate.status().inFlight).toBeLessThan(100);
  held.open();
  const codes = await Promise.all(answers);
  expect(codes.filter((answer) => answer instanceof Uint8Array).length).toBe(500);
  expect(entered.length).toBe(500);
  await eventually(() => gate.status().nodes[0]?.pausedClients === 0);
});
