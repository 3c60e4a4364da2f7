import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { delay, isAlive, Workshop, writeQuiet } from "./game.ts";

let workshop: Workshop;

beforeEach(() => {
  workshop = new Workshop();
});

afterEach(() => workshop.close());

async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await delay(10);
}

describe("a running topology", () => {
  test("has one process for each gate and node, and none is left after Ctrl-C", async () => {
    writeQuiet(workshop);
    const run = await workshop.start();
    const { processes } = await workshop.status();
    expect(processes.map(({ name, state }) => ({ name, state }))).toEqual([
      { name: "gate", state: "ready" },
      { name: "scene-1", state: "ready" },
      { name: "scene-2", state: "ready" },
    ]);
    expect(new Set(processes.map(({ pid }) => pid)).size).toBe(3);
    expect(workshop.alive).toHaveLength(3);
    run.signal("SIGINT");
    expect(await run.ended).toBe(0);
    expect(workshop.alive).toEqual([]);
  });

  test("gets a killed node back, and a killed gate on the ports that it had", async () => {
    writeQuiet(workshop);
    const run = await workshop.start();
    const before = (await workshop.status()).processes;
    process.kill(before[0]!.pid!, "SIGKILL");
    process.kill(before[1]!.pid!, "SIGKILL");
    const { processes } = await workshop.statusWhere((report) =>
      report.processes.every(
        (unit) => unit.state === "ready" && unit.restarts === (unit.name === "scene-2" ? 0 : 1),
      ),
    );
    expect(processes[0]!.gate?.["address"]).toEqual(before[0]!.gate?.["address"]);
    expect(processes[0]!.gate?.["links"]).toEqual(before[0]!.gate?.["links"]);
    expect(processes[2]!.pid).toBe(before[2]!.pid);
    await workshop.statusWhere(
      (report) => (report.processes[0]!.gate?.["nodes"] as unknown[] | undefined)?.length === 2,
    );
    run.signal("SIGTERM");
    expect(await run.ended).toBe(0);
  });

  test("leaves no process when its supervisor is killed", async () => {
    writeQuiet(workshop);
    const run = await workshop.start();
    const pids = workshop.alive;
    expect(pids).toHaveLength(3);
    run.signal("SIGKILL");
    await run.ended;
    await gone(pids);
    // What it left behind does not keep it from starting again.
    const again = await workshop.start();
    again.signal("SIGINT");
    expect(await again.ended).toBe(0);
  });

  test("kills a node that is stuck, at the deadline", async () => {
    writeQuiet(workshop, { stop: { graceMs: 600 } });
    workshop.write(
      "scene.mjs",
      "export default (node) => { node.onStop(() => { for (;;); }); return []; };\n",
    );
    const run = await workshop.start();
    run.signal("SIGINT");
    expect(await run.ended).toBe(0);
    expect(run.out).toContain("stop timed out; process killed");
    expect(workshop.alive).toEqual([]);
  });

  test("waits no longer than the deadline for a listener of a stopping node, and does not kill the node", async () => {
    writeQuiet(workshop, { stop: { graceMs: 4_000 } });
    workshop.write(
      "scene.mjs",
      "export default (node) => { node.onStop(() => new Promise(() => setInterval(() => {}, 1000))); return []; };\n",
    );
    const run = await workshop.start();
    run.signal("SIGTERM");
    expect(await run.ended).toBe(0);
    expect(run.out).toContain("an onStop listener did not finish in time");
    expect(run.out).not.toContain("process killed");
    expect(workshop.alive).toEqual([]);
  });

  test("ends at once with a second Ctrl-C", async () => {
    writeQuiet(workshop, { stop: { graceMs: 60_000 } });
    workshop.write(
      "scene.mjs",
      "export default (node) => { node.onStop(() => new Promise(() => setInterval(() => {}, 1000))); return []; };\n",
    );
    const run = await workshop.start();
    run.signal("SIGINT");
    await run.until('"msg":"stopping"');
    // Sooner, a second signal is the first one again.
    await delay(700);
    run.signal("SIGINT");
    await run.ended;
    await gone(workshop.alive);
    expect(run.out).toContain("stop interrupted; killing remaining processes");
  });

  test("brings the logs of all processes together, and appends them to a file", async () => {
    writeQuiet(workshop, { log: { file: "logs/game.log" } });
    workshop.write("logs/game.log", '{"msg":"from yesterday"}\n');
    workshop.write(
      "scene.mjs",
      'export default (node) => { console.log("plain", node.name); node.log.warn({ n: 1 }, "typed"); return []; };\n',
    );
    const run = await workshop.start();
    run.signal("SIGINT");
    await run.ended;
    const records = readFileSync(join(workshop.folder, "logs/game.log"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { name?: string; msg: string; level: number });
    expect(records[0]?.msg).toBe("from yesterday");
    expect(records).toContainEqual(
      expect.objectContaining({ name: "scene-1", msg: "plain scene-1", level: 30 }),
    );
    expect(records).toContainEqual(
      expect.objectContaining({ name: "scene-2", msg: "typed", level: 40, n: 1 }),
    );
    for (const line of run.out.trimEnd().split("\n")) JSON.parse(line);
  });
});

describe("what cannot start", () => {
  test("a port in use stops everything: exit code 1, the address and the remedy", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    writeQuiet(workshop, { gates: [{ name: "gate", listen: { port } }] });
    const { code, errors } = await workshop.run("start");
    server.close();
    expect(code).toBe(1);
    expect(errors).toMatch(new RegExp(`^error: gate cannot start: .*127\\.0\\.0\\.1:${port}`));
    expect(errors.trimEnd().split("\n")).toHaveLength(1);
  });

  test.each([
    [
      'throw new Error("no moon tonight");',
      /scene\.mjs cannot be loaded: Error: no moon tonight \(at .*scene\.mjs:1:7\)/,
    ],
    ["export const nothing = 1;", /scene\.mjs has no default export; export defineNode/],
    ["export default 5;", /invalid module; expected export default defineNode/],
    [
      'export default () => { throw new Error("no stars"); };',
      /the module of scene-\d failed: Error: no stars \(at .*scene\.mjs/,
    ],
  ])("a node module that says %j stops everything", async (text, message) => {
    writeQuiet(workshop);
    workshop.write("scene.mjs", `${text}\n`);
    const { code, errors } = await workshop.run("start");
    expect(code).toBe(1);
    expect(errors).toMatch(message);
    expect(errors.trimEnd().split("\n")).toHaveLength(1);
  });

  test("a process that crashes is started again, and again", async () => {
    writeQuiet(workshop, { nodes: [{ role: "scene", module: "./scene.mjs" }] });
    workshop.write("scene.mjs", "process.exit(3);\n");
    const run = workshop.spawn(["start"]);
    await run.until("process ended repeatedly; restarting");
    expect(run.out).toContain('"how":"exit code 3"');
    run.signal("SIGINT");
    expect(await run.ended).toBe(0);
  });
});
