import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { LinkKeys } from "../../../runtime/rpc/trust/link-keys.ts";
import { Lines } from "../../setup/lines.ts";
import { commands } from "./schema.ts";
import { Stranger } from "./stranger.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const folder = mkdtempSync(join(tmpdir(), "photinus-rotation-"));
afterAll(() => rmSync(folder, { recursive: true }));

const echo = { echo: (body: Uint8Array) => body };

/** Keys of one process, in a file of its own that is watched. */
function processKeys(name: string, text: string, log: Lines) {
  const file = join(folder, name);
  writeFileSync(file, text);
  const keys = LinkKeys.read([{ file }]);
  const watch = keys.watch(systemClock, log);
  world.atEnd(() => watch.stop());
  return {
    keys,
    /** Writes other keys, and resolves once the process has them. */
    async change(...texts: string[]): Promise<void> {
      const ids = JSON.stringify(LinkKeys.of(...texts).accepted.map(({ id }) => [...id]));
      writeFileSync(file, texts.join("\n"));
      await eventually(() => JSON.stringify(keys.accepted.map(({ id }) => [...id])) === ids);
    },
  };
}

test("keys are replaced under load, process by process, without a lost link, session or request", async () => {
  const [former, newer] = [LinkKeys.random(), LinkKeys.random()];
  const log = new Lines();
  const [gate1, gate2, node] = ["gate-1", "gate-2", "probe-1"].map((name) => processKeys(name, former, log));
  const limits = { guestRate: false } as const;
  const first = await world.gate({ linkTrust: { keys: gate1!.keys }, limits, log });
  const second = await world.gate({ linkTrust: { keys: gate2!.keys }, limits, log });
  await world.node("probe-1", echo, {}, { linkTrust: { keys: node!.keys }, log });
  await eventually(() => world.gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
  const clients = [await world.client(first), await world.client(second)];
  let running = true;
  let answered = 0;
  const load = clients.map(async (client) => {
    for (; running; answered++) expect(await client.ask(commands.echo.id, "load")).toBe("load");
  });

  /** A node that starts now with these keys, links to both gates and leaves again. */
  const newcomer = async (name: string, ...texts: string[]): Promise<void> => {
    const keys = LinkKeys.of(...texts);
    await world.node(name, echo, {}, { linkTrust: { keys } });
  };
  await gate1!.change(newer, former);
  await newcomer("probe-2", former);
  await node!.change(newer, former);
  await newcomer("probe-3", newer, former);
  await gate2!.change(newer, former);
  await newcomer("probe-4", newer);
  await gate1!.change(newer);
  await node!.change(newer);
  await gate2!.change(newer);
  await newcomer("probe-5", newer);
  const late = await Stranger.open(world, first);
  await expect(late.prove(LinkKeys.of(former))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });

  running = false;
  await Promise.all(load);
  expect(answered).toBeGreaterThan(100);
  expect(clients.map(({ kicked }) => kicked)).toEqual([undefined, undefined]);
  const warnings = log.lines.filter(({ level, details }) => {
    return level !== "info" && (details as { what?: string }).what !== "links.refused.proof";
  });
  expect(warnings).toEqual([]);
  // Links between gates are made anew with the newer key.
  second.setPeers([{ name: "gate-1", ...first.linkAddress! }]);
  await eventually(() => second.status().gates.every(({ linked }) => linked));
});
