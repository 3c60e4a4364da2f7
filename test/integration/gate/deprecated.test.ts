import { expect, test } from "vitest";
import type { Gate } from "../../../runtime/gate/gate.ts";
import type { Hello } from "../../../runtime/wire/generated/photinus/control.ts";
import { frame, sendAndEnd } from "./raw-bytes.ts";
import type { RawClient } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { commands, protocol } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const old: readonly string[] = ["Echo", "Note", "Act", "Named"].map((name) => `probe.Probe.${name}`);
const former = "00000000000000bb";

/** The schema of release 3, some of whose commands are deprecated. */
const aging = {
  ...protocol,
  fingerprint: "00000000000000aa",
  release: 3,
  releases: [{ number: 2, fingerprint: former }],
  commands: protocol.commands.map((one) =>
    old.includes(one.name) ? { ...one, deprecated: true as const } : one,
  ),
};

async function open(): Promise<Gate> {
  const gate = await world.gate({ protocol: aging, classic: true });
  await world.node("probe-1", { echo: (body) => body, turn: (body) => body, note: () => {} });
  return gate;
}

async function client(hello: Partial<Hello>): Promise<RawClient> {
  return (await world.silent()).open(hello);
}

const usesOf = (gate: Gate) => gate.status().deprecated.filter(({ calls }) => calls > 0);

test("a gate counts the calls of deprecated commands by the release of the client, and of no other command", async () => {
  const gate = await open();
  const [ours, formers, strange] = [
    await client({ release: 3 }),
    await client({ schema: former }),
    await client({ schema: "00000000000000cc" }),
  ];
  for (const one of [ours, formers, strange, ours]) await one.ask(commands.echo.id, "hi");
  for (const one of [ours, formers]) await one.ask(commands.turn.id, "hi");
  formers.notify(commands.note.id, "x");
  await formers.ask(commands.turn.id);
  expect(usesOf(gate)).toEqual([
    { command: "probe.Probe.Echo", calls: 1, release: 2 },
    { command: "probe.Probe.Echo", calls: 2, release: 3 },
    { command: "probe.Probe.Echo", calls: 1, schema: "00000000000000cc" },
    { command: "probe.Probe.Note", calls: 1, release: 2 },
  ]);
  const unused = gate.status().deprecated.filter(({ calls }) => calls === 0);
  expect(unused.map(({ command }) => command)).toEqual(["probe.Probe.Named", "probe.Probe.Act"]);
});

test("a command that the gate refuses is no use, and one that finds no node is", async () => {
  const gate = await open();
  const guest = await client({ release: 3 });
  expect(await guest.ask(commands.act.id)).toMatch(/^error/);
  expect(await guest.ask(commands.named.id)).toMatch(/^error/);
  expect(usesOf(gate)).toEqual([{ command: "probe.Probe.Named", calls: 1, release: 3 }]);
});

test("clients without a handshake are counted as unknown", async () => {
  const gate = await open();
  await sendAndEnd(gate.clientAddress!.port, frame(0, commands.echo.id, "hi"));
  expect(usesOf(gate)).toEqual([{ command: "probe.Probe.Echo", calls: 1, schema: "unknown" }]);
});

test("a session that another gate takes over keeps the release of its client, whose calls are not counted twice", async () => {
  const gates = [await world.gate({ protocol: aging }), await world.gate({ protocol: aging })];
  await world.node("probe-1", { echo: (body) => body });
  await eventually(() => gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
  const player = new ResumingClient(gates[0]!);
  world.atEnd(() => player.end());
  await player.connect({ release: 2 });
  await player.ask(commands.echo.id, "one");
  player.cut();
  player.move(gates[1]!);
  expect(await player.connect({ release: 2 })).toMatchObject({ resumed: true });
  await player.ask(commands.echo.id, "two");
  expect(gates.map(usesOf)).toEqual([
    [{ command: "probe.Probe.Echo", calls: 1, release: 2 }],
    [{ command: "probe.Probe.Echo", calls: 1, release: 2 }],
  ]);
});
