import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect, type StateEvent } from "../../../clients/typescript/src/node/index.ts";
import { eventually } from "../gate/world.ts";
import { root, Workshop } from "./game.ts";

const schema = JSON.stringify(pathToFileURL(join(root, "test/integration/gate/schema.ts")).href);
let workshop: Workshop;

beforeEach(() => {
  workshop = new Workshop();
  workshop.write(
    "probe.mjs",
    `import { serve } from ${schema}; export default () => serve("probe", { echo: (b) => b });`,
  );
  workshop.write(
    "photinus.config.ts",
    `import { protocol } from ${schema};
     const commands = protocol.commands.filter((command) => command.id === 1);
     const releases = [2, 3, 4].map((number) => ({ number, fingerprint: "f" + number }));
     export default {
       protocol: { ...protocol, commands, methods: [], release: 5, releases },
       gates: ["gate-1", "gate-2"].map((name) => ({ name, listen: { port: 0 } })),
       nodes: [{ role: "probe", module: "probe.mjs" }],
       clients: { minRelease: 2, upgradeUrl: "https://play.example/update" },
     };`,
  );
});
afterEach(() => workshop.close());

interface GateFigures {
  readonly address: { readonly host: string; readonly port: number };
  readonly minRelease: number;
}

/** Figures of both gates, once they answer. */
async function gates(): Promise<GateFigures[]> {
  const { processes } = await workshop.statusWhere(({ processes }) =>
    processes.every(({ kind, gate }) => kind === "node" || gate !== undefined),
  );
  return processes.flatMap(({ gate }) => (gate === undefined ? [] : [gate as unknown as GateFigures]));
}

/** Joins a gate as a client of a release, and leaves again. */
async function enter({ address }: GateFigures, release: number): Promise<string> {
  try {
    const { port } = address;
    const connection = await connect(`tcp://127.0.0.1:${port}`, { release, schema: `f${release}` });
    await connection.close();
    return "welcome";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test("the minimum of a running game is raised at all gates, and clients stay until they connect again", async () => {
  await workshop.start();
  const before = await gates();
  const states: StateEvent[] = [];
  const stays = await connect(`tcp://127.0.0.1:${before[0]!.address.port}`, {
    release: 3,
    schema: "f3",
    reconnect: { maxDelayMs: 250 },
    onState: (event) => states.push(event),
  });
  expect(await Promise.all(before.map((gate) => enter(gate, 3)))).toEqual(["welcome", "welcome"]);

  // The clients that have left are no sessions any more, once the gates have read so.
  await workshop.statusWhere(
    ({ processes }) => processes.reduce((sum, { gate }) => sum + Number(gate?.["sessions"] ?? 0), 0) === 1,
  );

  const raised = await workshop.run("clients", "--min-release", "4");
  expect({ code: raised.code, errors: raised.errors }).toEqual({ code: 0, errors: "" });
  expect(raised.out.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["gate", "release", "min release", "too old", "too new"],
    ["gate-1", "5", "4", "0", "0"],
    ["gate-2", "5", "4", "0", "0"],
    [""],
    ["client", "sessions", "next connect"],
    ["release 2", "0", "refused"],
    ["release 3", "1", "refused"],
    ["release 4", "0", "served"],
    [""],
  ]);
  expect(await Promise.all(before.map((gate) => enter(gate, 3)))).toEqual([
    "UPGRADE_REQUIRED",
    "UPGRADE_REQUIRED",
  ]);
  expect(await Promise.all(before.map((gate) => enter(gate, 4)))).toEqual(["welcome", "welcome"]);
  expect([stays.state, states]).toEqual(["open", []]);

  // A gate that starts again has the new minimum, not that of the file. The client that was there does not get in again.
  const { processes } = await workshop.status();
  process.kill(processes.find(({ name }) => name === "gate-1")!.pid!, "SIGKILL");
  await eventually(() => stays.state === "closed");
  expect(states.at(-1)).toMatchObject({
    cause: "upgrade",
    upgrade: { tooNew: false, minRelease: 4, serverRelease: 5, url: "https://play.example/update" },
  });
  const after = await gates();
  expect(after.map(({ minRelease }) => minRelease)).toEqual([4, 4]);
  expect(await enter(after[0]!, 3)).toBe("UPGRADE_REQUIRED");
  const counted = await workshop.run("clients", "--json");
  const { gates: reported } = JSON.parse(counted.out) as {
    gates: { refusedTooOld: number; clients: unknown[] }[];
  };
  expect(reported).toMatchObject([{ gate: "gate-1", refusedTooNew: 0 }, { gate: "gate-2" }]);
  expect(reported[1]!.refusedTooOld).toBe(1);
  expect(reported[1]!.clients[1]).toEqual({ release: 3, sessions: 0, served: false });
});

test("a minimum that no client of the game has is refused, with the reason", async () => {
  await workshop.start();
  const above = await workshop.run("clients", "--min-release", "6");
  expect(above).toMatchObject({
    code: 1,
    out: "",
    errors: expect.stringContaining("the gate gate-1 has release 5 and would refuse every client"),
  });
  expect((await gates()).map(({ minRelease }) => minRelease)).toEqual([2, 2]);
  for (const wrong of ["six", "-1", "1.5", "4294967296"]) {
    const run = await workshop.run("clients", `--min-release=${wrong}`);
    expect(run).toMatchObject({
      code: 1,
      errors: expect.stringContaining(`--min-release: found "${wrong}"`),
    });
  }
});

test("a game in one process takes a new minimum, too", async () => {
  await workshop.start("--in-process");
  expect(await workshop.run("clients", "--min-release", "4")).toMatchObject({ code: 0, errors: "" });
  const [gate] = await gates();
  expect([await enter(gate!, 3), await enter(gate!, 4)]).toEqual(["UPGRADE_REQUIRED", "welcome"]);
});
