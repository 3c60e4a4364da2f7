import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { freePort } from "../../setup/free-port.ts";
import { commands } from "../gate/schema.ts";
import { type Run, root, Workshop, writeQuiet } from "./game.ts";

let workshop: Workshop;

beforeEach(() => {
  workshop = new Workshop();
});

afterEach(() => workshop.close());

const schema = JSON.stringify(pathToFileURL(join(root, "test/integration/gate/schema.ts")).href);

/** What the health address says: its status and text; undefined when it does not answer. */
async function ready(port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/ready`);
    return `${response.status} ${await response.text()}`;
  } catch {
    return undefined;
  }
}

async function untilReady(port: number, text: string): Promise<void> {
  while ((await ready(port)) !== text) await sleep(10);
}

test("SIGTERM: not ready, no new sessions, answers, onStop, exit code 0, in this order", async () => {
  const health = await freePort();
  workshop.write(
    "probe.mjs",
    `import { setTimeout as sleep } from "node:timers/promises";
     import { existsSync } from "node:fs";
     import { serve } from ${schema};
     export default (node) => {
       node.onStop(() => console.log("stopping the node"));
       return serve("probe", { echo: async (body) => {
         console.log("request begun");
         while (!existsSync(new URL("answer.txt", import.meta.url))) await sleep(10);
         console.log("request done");
         return body;
       } });
     };`,
  );
  workshop.write(
    "photinus.config.ts",
    `import { protocol } from ${schema};
     const commands = protocol.commands.filter((command) => command.role === "probe");
     export default {
       protocol: { ...protocol, commands, methods: [] },
       gates: [{ name: "gate", listen: { port: 0 } }],
       nodes: [{ role: "probe", module: "./probe.mjs" }],
       health: { port: ${health} },
       stop: { graceMs: 20_000 },
     };`,
  );
  const run = await workshop.start();
  expect(await ready(health)).toBe("200 ready\n");
  const { port } = (await workshop.status()).processes[0]!.gate!["address"] as { port: number };
  const connection = await connect(`tcp://127.0.0.1:${port}`, { reconnect: false });
  const request = { ...commands.echo, request: raw, reply: raw };
  const answer = connection.request(request, new Uint8Array([7]));
  await run.until("request begun");

  run.signal("SIGTERM");
  await run.until('"msg":"stopping"');
  expect(await ready(health)).toMatch(/^503 gate: draining\nprobe-1: /);
  await expect(connect(`tcp://127.0.0.1:${port}`, { reconnect: false })).rejects.toMatchObject({
    code: "UNAVAILABLE",
  });
  expect(run.out).not.toContain("request done");
  workshop.write("answer.txt", "");
  expect(await answer).toEqual(new Uint8Array([7]));
  await connection.close();
  expect(await run.ended).toBe(0);
  expect(run.out.indexOf("request done")).toBeLessThan(run.out.indexOf("stopping the node"));
  expect(run.out).not.toContain("process killed");
  expect(await ready(health)).toBeUndefined();
});

test.each<[string, readonly string[], string]>([
  ["a supervisor", [], "200 ready\n"],
  ["one process", ["--in-process"], "200 ready\n"],
  ["a gate alone", ["--only", "gate"], "200 ready\n"],
  ["a node alone", ["--only", "scene-1"], "503 scene-1: waiting for the gate at 127.0.0.1:LINKS\n"],
])("the health address of %s", async (_what, args, text) => {
  const health = await freePort();
  const links = await freePort();
  const gates = [{ name: "gate", listen: { port: 0 }, links: { port: links } }];
  writeQuiet(workshop, { gates, health: { port: health } });
  const run = workshop.spawn(["start", ...args]);
  await untilReady(health, text.replace("LINKS", String(links)));
  expect((await fetch(`http://127.0.0.1:${health}/live`)).status).toBe(200);
  await stop(run);
});

test("a topology is not ready while a process restarts", async () => {
  const health = await freePort();
  writeQuiet(workshop, { health: { port: health } });
  const run = await workshop.start();
  await untilReady(health, "200 ready\n");
  const { processes } = await workshop.status();
  process.kill(processes[2]!.pid!, "SIGKILL");
  const seen: (string | undefined)[] = [];
  while (!seen.some((text) => text?.startsWith("503"))) seen.push(await ready(health));
  expect(seen.at(-1)).toMatch(/^503 .*scene-2: (waiting for its restart|starting|not answering)/s);
  await untilReady(health, "200 ready\n");
  await stop(run);
});

test("a topology that is ready never answers otherwise than with 503 after SIGTERM", async () => {
  const health = await freePort();
  writeQuiet(workshop, { health: { port: health } });
  workshop.write(
    "scene.mjs",
    "export default (node) => { node.onStop(() => new Promise((resolve) => setTimeout(resolve, 300))); return []; };\n",
  );
  const run = await workshop.start();
  await untilReady(health, "200 ready\n");
  run.signal("SIGTERM");
  await run.until('"msg":"stopping"');
  const seen = new Set<string>();
  for (let text = await ready(health); text !== undefined; text = await ready(health))
    seen.add(text.slice(0, 3));
  expect(seen).toEqual(new Set(["503"]));
  expect(await run.ended).toBe(0);
});

test("a health port in use stops the start", async () => {
  const gate = await freePort();
  writeQuiet(workshop, { gates: [{ name: "gate", listen: { port: gate } }], health: { port: 0 } });
  const run = await workshop.start();
  workshop.write("other/scene.mjs", "export default [];\n");
  workshop.write("other/protocol.mjs", 'export { protocol } from "../protocol.mjs";\n');
  workshop.write(
    "other/photinus.config.json",
    JSON.stringify({
      protocol: "./protocol.mjs",
      gates: [{ name: "gate", listen: { port: 0 } }],
      nodes: [],
      health: { port: gate },
    }),
  );
  const { code, errors } = await workshop.run("start", "--config", "other/photinus.config.json");
  expect({ code, errors }).toEqual({
    code: 1,
    errors: `error: cannot listen on 127.0.0.1:${gate}: the port is in use by another program; stop it or choose another port\n`,
  });
  await stop(run);
});

async function stop(run: Run): Promise<void> {
  run.signal("SIGTERM");
  expect(await run.ended).toBe(0);
}
