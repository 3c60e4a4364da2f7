import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "../../setup/free-port.ts";
import { isAlive, Workshop, writeQuiet } from "./game.ts";

let workshop: Workshop;

beforeEach(() => {
  workshop = new Workshop();
});

afterEach(() => workshop.close());

/** The process ids by name. */
async function pids(): Promise<Record<string, number | undefined>> {
  const { processes } = await workshop.status();
  return Object.fromEntries(processes.map(({ name, pid }) => [name, pid]));
}

test("restart NAME replaces one process, and leaves the others as they are", async () => {
  writeQuiet(workshop);
  const run = await workshop.start();
  const before = await pids();
  const { code, out, errors } = await workshop.run("restart", "scene-2");
  const after = await pids();
  expect({ code, out, errors }).toEqual({
    code: 0,
    out: expect.stringMatching(new RegExp(`^scene-2 restarted in \\d+ ms \\(pid ${after["scene-2"]}\\)\\n$`)),
    errors: "",
  });
  expect(isAlive(before["scene-2"]!)).toBe(false);
  expect({ ...after, "scene-2": before["scene-2"] }).toEqual(before);
  run.signal("SIGTERM");
  expect(await run.ended).toBe(0);
  expect(workshop.alive).toEqual([]);
});

test("restart --rolling replaces every node, and no gate", async () => {
  writeQuiet(workshop);
  const run = await workshop.start();
  const before = await pids();
  const { code, out } = await workshop.run("restart", "--rolling", "--json");
  const after = await pids();
  expect({ code, out: JSON.parse(out) }).toEqual({
    code: 0,
    out: {
      restarted: ["scene-1", "scene-2"].map((name) => ({
        name,
        pid: after[name],
        tookMs: expect.any(Number),
      })),
    },
  });
  expect(after["gate"]).toBe(before["gate"]);
  expect(after["scene-1"]).not.toBe(before["scene-1"]);
  run.signal("SIGTERM");
  expect(await run.ended).toBe(0);
});

test("a restarted gate listens at its old ports, and its nodes link again", async () => {
  writeQuiet(workshop);
  const run = await workshop.start();
  const before = (await workshop.status()).processes[0]!;
  expect(await workshop.run("restart", "gate")).toMatchObject({ code: 0, errors: "" });
  const { processes } = await workshop.statusWhere(
    (report) => (report.processes[0]!.gate?.["nodes"] as unknown[] | undefined)?.length === 2,
  );
  expect(processes[0]!.pid).not.toBe(before.pid);
  expect(processes[0]!.gate).toMatchObject({
    address: before.gate!["address"],
    links: before.gate!["links"],
  });
  run.signal("SIGTERM");
  expect(await run.ended).toBe(0);
});

test.each([
  ['throw new Error("no moon tonight");', "Error: no moon tonight"],
  ["export const nothing = 1;", "has no default export"],
  ["export default 5;", "invalid module"],
  ["process.exit(3);", "exit code 3"],
])(
  "with the new module %j the old nodes stay, and the restart ends with its reason",
  async (text, reason) => {
    writeQuiet(workshop);
    const run = await workshop.start();
    const before = await pids();
    workshop.write("scene.mjs", `${text}\n`);
    const { code, out, errors } = await workshop.run("restart", "--rolling");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(errors).toMatch(/^error: scene-1 was not replaced, and its old process continues: /);
    expect(errors).toContain(reason);
    expect(errors).toMatch(/\nerror: not restarted after that: scene-2\n$/);
    expect(await pids()).toEqual(before);
    run.signal("SIGTERM");
    expect(await run.ended).toBe(0);
  },
);

test("a topology file with a mistake leaves the old process running", async () => {
  writeQuiet(workshop);
  const run = await workshop.start();
  const before = await pids();
  writeQuiet(workshop, { nodes: [{ role: "scene", modul: "./scene.mjs" }] });
  const { code, errors } = await workshop.run("restart", "scene-1");
  expect(code).toBe(1);
  expect(errors).toContain('unknown option "modul"');
  expect(await pids()).toEqual(before);
  run.signal("SIGTERM");
  expect(await run.ended).toBe(0);
});

test("a new process that is killed while it loads leaves the old one running", async () => {
  writeQuiet(workshop);
  const run = await workshop.start();
  const before = await pids();
  workshop.write(
    "scene.mjs",
    `console.log("loading in", process.pid, "now"); await new Promise(() => setInterval(() => {}, 1000));\n`,
  );
  const restart = workshop.spawn(["restart", "scene-1"]);
  await run.until(" now");
  process.kill(Number(/loading in (\d+) now/.exec(run.out)![1]), "SIGKILL");
  expect(await restart.ended).toBe(1);
  expect(restart.errors).toMatch(/^error: scene-1 was not replaced, .*: signal SIGKILL\n$/);
  expect(await pids()).toEqual(before);
  run.signal("SIGTERM");
  expect(await run.ended).toBe(0);
});

test.each([
  [["restart"], "found no name; expected either photinus restart NAME or photinus restart --rolling"],
  [
    ["restart", "scene-1", "--rolling"],
    'found the name "scene-1" and --rolling; expected either photinus restart NAME or photinus restart --rolling',
  ],
  [["restart", "scene-1"], "no process runs from CONFIG; start it with: photinus start --config CONFIG"],
])("photinus %j: exit code 1, and what to do", async (args, message) => {
  writeQuiet(workshop);
  const { code, out, errors } = await workshop.run(...args);
  const config = join(workshop.folder, "photinus.config.json");
  expect({ code, out, errors: errors.replaceAll(config, "CONFIG") }).toEqual({
    code: 1,
    out: "",
    errors: `error: ${message}\n`,
  });
});

test("an unknown name is refused with the known ones", async () => {
  writeQuiet(workshop);
  const run = await workshop.start();
  const { code, errors } = await workshop.run("restart", "mine");
  expect({ code, errors }).toEqual({
    code: 1,
    errors: 'error: no gate or node "mine"; known names: gate, scene-1, scene-2\n',
  });
  run.signal("SIGTERM");
  await run.ended;
});

test("processes without a supervisor are not restarted", async () => {
  const gates = [{ name: "gate", listen: { port: 0 }, links: { port: await freePort() } }];
  writeQuiet(workshop, { gates });
  const remedy = "has no supervisor that could replace it; stop it, then start it again\n";
  const together = await workshop.start("--in-process");
  expect(await workshop.run("restart", "--rolling")).toEqual({
    code: 1,
    out: "",
    errors: `error: a process of photinus start --in-process ${remedy}`,
  });
  together.signal("SIGTERM");
  expect(await together.ended).toBe(0);
  const alone = workshop.spawn(["start", "--only", "gate"]);
  await alone.until('"msg":"ready","gates"');
  expect(await workshop.run("restart", "gate")).toEqual({
    code: 1,
    out: "",
    errors: `error: a process of photinus start --only gate ${remedy}`,
  });
  alone.signal("SIGTERM");
  expect(await alone.ended).toBe(0);
});
