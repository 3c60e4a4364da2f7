import { expect, test } from "vitest";
import { outcome } from "../../../runtime/rpc/envelope/failure-outcome.ts";
import type { Failure } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { type RawClient, text } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();

/** Asks and resolves with the failure. */
async function failureOf(
  client: RawClient,
  command: number,
  body = "",
  timeoutMs?: number,
): Promise<Failure> {
  const answer = await client.request(command, text(body), timeoutMs);
  if (answer instanceof Uint8Array) throw new Error("expected a failure; found a reply");
  return answer;
}

test("a request that is refused before its handler says that it was not run", async () => {
  await world.gate();
  const client = await world.client();
  const unknown = await failureOf(client, 99_999);
  expect(unknown).toMatchObject({ code: errorCodes.UNIMPLEMENTED, outcome: outcome.notRun });
  const homeless = await failureOf(client, commands.echo.id);
  expect(homeless).toMatchObject({ code: errorCodes.UNAVAILABLE, outcome: outcome.notRun });
  await world.node("probe-1", { echo: (body) => body });
  const stranger = await failureOf(client, commands.act.id);
  expect(stranger).toMatchObject({ code: errorCodes.UNAUTHENTICATED, outcome: outcome.notRun });
  const late = await failureOf(client, commands.echo.id, "", 0);
  expect(late).toMatchObject({ code: errorCodes.DEADLINE_EXCEEDED, outcome: outcome.notRun });
});

test("a request whose handler answers with an error says nothing else", async () => {
  await world.gate();
  await world.node("probe-1", {
    echo: () => {
      throw new Error("broken");
    },
  });
  const failure = await failureOf(await world.client(), commands.echo.id);
  expect(failure).toMatchObject({ code: errorCodes.INTERNAL, outcome: outcome.answered });
});

test("a request whose node is lost, or too slow, says that it may have run", async () => {
  await world.gate();
  const running = latch();
  const node = await world.node("probe-1", {
    free: () => {
      running.open();
      return new Promise<Uint8Array>(() => {});
    },
  });
  const client = await world.client();
  const slow = await failureOf(client, commands.free.id, "", 20);
  expect(slow).toMatchObject({ code: errorCodes.DEADLINE_EXCEEDED, outcome: outcome.mayHaveRun });
  const lost = failureOf(client, commands.free.id);
  await running.passed;
  await node.close({ graceMs: 0 });
  expect(await lost).toMatchObject({ code: errorCodes.UNAVAILABLE, outcome: outcome.mayHaveRun });
});

test("under load, a node that stops runs each request that it has got, and all others say that they were not run", async () => {
  const gate = await world.gate({ limits: { guestRate: false, inFlightCount: 10_000, nodeWaitMs: 0 } });
  const runs: string[] = [];
  const handlers = {
    echo: (body: Uint8Array) => {
      runs.push(new TextDecoder().decode(body));
      return body;
    },
  };
  const client = await world.client();
  const replied: string[] = [];
  const failed: Failure[] = [];
  let asked = 0;
  let asking = true;
  const load = async () => {
    while (asking) {
      const body = String(asked++);
      void client.request(commands.echo.id, text(body)).then((answer) => {
        if (answer instanceof Uint8Array) replied.push(body);
        else failed.push(answer);
      });
      if (asked % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  let node = await world.node("probe-1", handlers);
  const loading = load();
  for (let round = 1; round <= 5; round++) {
    const before = replied.length;
    await eventually(() => replied.length > before + 100);
    await node.close();
    node = await world.node("probe-1", handlers);
  }
  asking = false;
  await loading;
  await eventually(() => replied.length + failed.length === asked);
  expect(failed.length).toBeGreaterThan(0);
  expect(new Set(failed.map(({ outcome: how }) => how))).toEqual(new Set([outcome.notRun]));
  expect(runs).toEqual(replied);
  expect(gate.status().inFlight).toBe(0);
});
