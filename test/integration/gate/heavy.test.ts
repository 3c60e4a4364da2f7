import { expect, test } from "vitest";
import type { CommandDescriptor } from "../../../runtime/api/descriptors.ts";
import { defineService, type HeavyHandler } from "../../../runtime/api/service.ts";
import { heavy } from "../../../runtime/node/heavy/heavy.ts";
import { GameNode } from "../../../runtime/node/node.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { commands } from "./schema.ts";
import { useWorld } from "./world.ts";

const world = useWorld();

interface Handlers {
  short: HeavyHandler<Uint8Array, Uint8Array>;
}

async function openHeavyNode(): Promise<void> {
  const gate = await world.gate();
  const short: CommandDescriptor<unknown, unknown> = {
    id: commands.echo.id,
    name: commands.echo.name,
    request: raw,
    reply: raw,
    // A thread that starts from sources takes its time on a busy machine.
    timeoutMs: 20_000,
    lane: "*",
    heavy: true,
    idempotent: true,
  };
  const service = defineService<Handlers>({
    name: "probe.Probe",
    role: "probe",
    audience: "clients",
    commands: { short },
  });
  const module = new URL("./heavy-double.ts", import.meta.url);
  const node = await GameNode.open(service.implement({ short: heavy(module) }), {
    name: "probe-1",
    role: "probe",
    gates: [gate.linkAddress!],
    limits: { heavy: { threads: 1 } },
  });
  world.atEnd(() => node.close({ graceMs: 0 }));
  await node.linked();
}

test("a heavy command runs on a worker thread, from sources; errors come back with their codes", async () => {
  await openHeavyNode();
  const client = await world.client();
  expect(await client.request(commands.echo.id, new Uint8Array([4, 5]))).toEqual(new Uint8Array([8, 10]));
  const own = await client.request(commands.echo.id, new Uint8Array([1]));
  expect(own).toMatchObject({ code: errorCodes.OUT_OF_RANGE, message: "too heavy", retryAfterMs: 3 });
  const other = await client.request(commands.echo.id, new Uint8Array([2]));
  expect(other).toMatchObject({ code: errorCodes.INTERNAL, message: "the handler failed" });
});

test("a heavy command past its deadline is stopped, and its thread is free for the next", async () => {
  await openHeavyNode();
  const client = await world.client();
  expect(await client.request(commands.echo.id, new Uint8Array([6]))).toEqual(new Uint8Array([12]));
  const endless = await client.request(commands.echo.id, new Uint8Array([3]), 300);
  expect(endless).toMatchObject({ code: errorCodes.DEADLINE_EXCEEDED });
  expect(await client.request(commands.echo.id, new Uint8Array([7]))).toEqual(new Uint8Array([14]));
});
