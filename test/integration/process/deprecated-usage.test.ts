import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import type { DeprecatedUsage } from "../../../runtime/cli/clients/deprecated-usage.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { text } from "../gate/raw-client.ts";
import { commands } from "../gate/schema.ts";
import { root, Workshop } from "./game.ts";

const schema = JSON.stringify(pathToFileURL(join(root, "test/integration/gate/schema.ts")).href);
let workshop: Workshop;

beforeEach(() => {
  workshop = new Workshop();
  workshop.write(
    "probe.mjs",
    `import { serve } from ${schema};
     const same = (body) => body;
     export default () => serve("probe", { echo: same, turn: same, free: same });`,
  );
  workshop.write(
    "photinus.config.ts",
    `import { protocol } from ${schema};
     const commands = protocol.commands
       .filter(({ id }) => [1, 12, 32].includes(id))
       .map((command) => (command.id === 12 ? command : { ...command, deprecated: true }));
     export default {
       protocol: { ...protocol, commands, methods: [], release: 3, releases: [{ number: 2, fingerprint: "f2" }] },
       gates: ["gate-1", "gate-2"].map((name) => ({ name, listen: { port: 0 } })),
       nodes: [{ role: "probe", module: "probe.mjs" }],
     };`,
  );
});
afterEach(() => workshop.close());

/** Client ports of all gates, once they answer. */
async function ports(): Promise<number[]> {
  const { processes } = await workshop.statusWhere(({ processes }) =>
    processes.every(({ kind, gate }) => kind === "node" || gate !== undefined),
  );
  return processes.flatMap(({ gate }) => {
    return gate === undefined ? [] : [(gate["address"] as { port: number }).port];
  });
}

/** Calls the deprecated Echo, and the Turn that is not deprecated. */
async function call(port: number, release: number, times: number): Promise<void> {
  const connection = await connect(`tcp://127.0.0.1:${port}`, { release });
  const of = (command: typeof commands.echo | typeof commands.turn) =>
    connection.request({ ...command, request: raw, reply: raw }, text("hi"));
  for (let at = 0; at < times; at++) await of(commands.echo);
  await of(commands.turn);
  await connection.close();
}

test.each([[[]], [["--in-process"]]])(
  "photinus usage says which releases call which deprecated command, at all gates (start %s)",
  async (start) => {
    await workshop.start(...start);
    const [first, second] = await ports();
    await call(first!, 2, 1);
    await call(second!, 2, 2);
    await call(second!, 3, 1);
    const shown = await workshop.run("usage");
    expect({ code: shown.code, errors: shown.errors }).toEqual({ code: 0, errors: "" });
    expect(shown.out.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
      [
        expect.stringMatching(
          /^Calls of deprecated commands since the start of each gate: gate-1 for .*, gate-2 for /,
        ),
      ],
      [""],
      ["command", "client", "calls"],
      ["probe.Probe.Echo", "release 2", "3"],
      ["probe.Probe.Echo", "release 3", "1"],
      ["probe.Probe.Free", "nobody", "0"],
      [""],
    ]);
    const { out } = await workshop.run("usage", "--json");
    const {
      gates,
      missing,
      commands: counted,
    } = JSON.parse(out.trimEnd().split("\n").at(-1)!) as DeprecatedUsage;
    expect([gates.map(({ name }) => name), missing]).toEqual([["gate-1", "gate-2"], []]);
    expect(counted).toEqual([
      {
        command: "probe.Probe.Echo",
        calls: 4,
        clients: [
          { release: 2, calls: 3 },
          { release: 3, calls: 1 },
        ],
      },
      { command: "probe.Probe.Free", calls: 0, clients: [] },
    ]);
  },
);

test("photinus usage of a game that does not run says so", async () => {
  expect(await workshop.run("usage")).toMatchObject({
    code: 1,
    out: "",
    errors: expect.stringContaining("photinus start"),
  });
});
