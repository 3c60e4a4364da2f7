import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "../../setup/free-port.ts";
import { root, Workshop, writeQuiet } from "./game.ts";

let workshop: Workshop;

beforeEach(() => {
  workshop = new Workshop();
});

afterEach(() => workshop.close());

test("stop stops what runs, and waits for it", async () => {
  writeQuiet(workshop);
  const run = await workshop.start();
  expect(await workshop.run("stop")).toEqual({ code: 0, out: "stopped\n", errors: "" });
  expect(await run.ended).toBe(0);
  expect(workshop.alive).toEqual([]);
});

test("stop with a wrong token is refused, and everything goes on", async () => {
  writeQuiet(workshop);
  const run = await workshop.start();
  const [directory] = readdirSync(workshop.folder).filter((name) => name.startsWith("photinus-"));
  const [token] = readdirSync(join(workshop.folder, directory!)).filter((name) => name.endsWith(".token"));
  const path = join(workshop.folder, directory!, token!);
  writeFileSync(path, "1".repeat(64));
  const { code, errors } = await workshop.run("stop");
  expect({ code, errors }).toEqual({
    code: 1,
    errors: "error: the running process rejected the request: invalid token\n",
  });
  expect(workshop.alive).toHaveLength(3);
  run.signal("SIGINT");
  expect(await run.ended).toBe(0);
});

test("status and stop say so when nothing runs", async () => {
  writeQuiet(workshop);
  const config = join(workshop.folder, "photinus.config.json");
  for (const command of ["status", "stop"]) {
    expect(await workshop.run(command)).toEqual({
      code: 1,
      out: "",
      errors: `error: no process runs from ${config}; start it with: photinus start --config ${config}\n`,
    });
  }
});

test("a second start of the same topology is refused", async () => {
  writeQuiet(workshop);
  const run = await workshop.start("--in-process");
  const { code, errors } = await workshop.run("start");
  expect({ code, errors }).toEqual({
    code: 1,
    errors: "error: this topology is already running; stop it with: photinus stop\n",
  });
  run.signal("SIGINT");
  expect(await run.ended).toBe(0);
});

test("status is a table for people", async () => {
  writeQuiet(workshop);
  const run = await workshop.start();
  const { out } = await workshop.run("status");
  expect(out).toMatch(
    /name +role +pid +state +up +restarts +memory\ngate +gate +\d+ +ready +\w+ +0 +\d+ MB\nscene-1 +scene/,
  );
  expect(out).toMatch(/\ngate\n {2}address +127\.0\.0\.1:\d+\n/);
  run.signal("SIGINT");
  await run.ended;
});

test("in one process, and a single node by name beside it", async () => {
  const gates = [{ name: "gate", listen: { port: 0 }, links: { port: await freePort() } }];
  writeQuiet(workshop, { gates });
  const gate = workshop.spawn(["start", "--only", "gate"]);
  await gate.until('"msg":"ready","gates"');
  const node = workshop.spawn(["start", "--only", "scene-2"]);
  await gate.until('"peer":"scene-2"');
  await node.until('"msg":"ready","gates"');
  const status = await workshop.run("status", "--only", "scene-2", "--json");
  expect(JSON.parse(status.out)).toMatchObject({ processes: [{ name: "scene-2", state: "ready" }] });
  for (const run of [node, gate]) {
    run.signal("SIGTERM");
    expect(await run.ended).toBe(0);
  }
  const together = await workshop.start("--in-process");
  expect((await workshop.status()).processes.map((unit) => unit.name)).toEqual([
    "gate",
    "scene-1",
    "scene-2",
  ]);
  together.signal("SIGTERM");
  expect(await together.ended).toBe(0);
});

test.each([
  [
    ["start"],
    "error: no photinus.config.ts, photinus.config.js, or photinus.config.json in DIR; create one, or choose another file with --config FILE\n",
  ],
  [
    ["start", "--config", "x.json"],
    "error: DIR/x.json: file not found; choose another file with --config FILE [file-missing]\n",
  ],
  [["start", "--bogus"], "error: unknown option '--bogus'\n(photinus --help lists commands and options)\n"],
  [
    ["start", "--log-level", "loud"],
    "error: option '--log-level <level>' argument 'loud' is invalid. Allowed choices are debug, info, warn, error, silent.\n(photinus --help lists commands and options)\n",
  ],
  [
    ["start", "--in-process", "--only", "x"],
    "error: option '--only <name>' cannot be used with option '--in-process'\n(photinus --help lists commands and options)\n",
  ],
  [
    ["strat"],
    "error: unknown command 'strat'\n(Did you mean start?)\n(photinus --help lists commands and options)\n",
  ],
])("photinus %j: exit code 1, and what to do", async (args, message) => {
  const { code, out, errors } = await workshop.run(...args);
  expect({ code, out, errors: errors.replaceAll(workshop.folder, "DIR") }).toEqual({
    code: 1,
    out: "",
    errors: message,
  });
});

test.each([
  ["scene-3", 'error: DIR/photinus.config.json has no gate or node "scene-3"; did you mean "scene-1"?\n'],
  [
    "scene-1",
    'error: "scene-1" cannot run alone: gate "gate" has the link port 0, so nodes started elsewhere cannot know the port; give its links a fixed port\n',
  ],
])("photinus start --only %s is refused", async (name, message) => {
  writeQuiet(workshop);
  const { code, errors } = await workshop.run("start", "--only", name);
  expect({ code, errors: errors.replaceAll(workshop.folder, "DIR") }).toEqual({ code: 1, errors: message });
});

test("every problem of a topology is told, without a stack trace", async () => {
  writeQuiet(workshop, {
    gates: [{ name: "gate", listen: { prot: 1 } }],
    nodes: [{ module: "./gone.mjs", role: 1 }],
  });
  const { code, errors } = await workshop.run("start");
  expect(code).toBe(1);
  expect(
    errors
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/^.*?: gates|^.*?: nodes/, "...")),
  ).toEqual([
    '...[0].listen: "port" is missing; add it [missing-option]',
    '...[0].listen.prot: unknown option "prot"; did you mean "port"? [unknown-option]',
    "...[0].role: 1 is not a name; expected a letter and then up to 62 letters, digits, _ or - [bad-name]",
  ]);
});

test("--version is the package's", async () => {
  const { code, out } = await workshop.run("--version");
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test("an older Node.js is told so in one line", () => {
  const older =
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } })';
  const main = join(root, "runtime/main.ts");
  const { status, stderr } = spawnSync(
    process.execPath,
    ["-C", "photinus-source", "--import", `data:text/javascript,${encodeURIComponent(older)}`, main, "start"],
    { encoding: "utf8" },
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^error: Photinus needs Node\.js 24 or newer; found 20\.1\.0; install Node.js from .*\n$/,
  );
});

test("compiled code is kept in the user's own folder, and nothing in the shared temporary one", async () => {
  const temporary = join(workshop.folder, "tmp");
  const home = join(workshop.folder, "home");
  mkdirSync(temporary);
  mkdirSync(home);
  const places = { TMPDIR: temporary, HOME: home, XDG_CACHE_HOME: "", NODE_COMPILE_CACHE: "" };
  expect(await workshop.spawn(["--version"], places).ended).toBe(0);
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(join(home, ".cache", "photinus", "compiled"))).toHaveLength(1);
});

test("a reader that closes the output early, as head does, is no failure of the command", async () => {
  const main = join(root, "runtime/main.ts");
  const child = spawn(process.execPath, ["-C", "photinus-source", main, "log", "--schema", "schema"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  child.stdout.destroy();
  const [code] = await once(child, "close");
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
});
