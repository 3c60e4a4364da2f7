import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { root, Workshop } from "../process/game.ts";
import { commandsIn, filesIn, guide, snippetsOf } from "./snippets.ts";

/** The port that the guide's game has; another one is put in its place, in case something runs there. */
const guidePort = "7700";

const snippets = snippetsOf(guide());
const files = filesIn(snippets);
let workshop: Workshop;

beforeEach(() => {
  workshop = new Workshop();
  workshop.write("package.json", JSON.stringify({ private: true, type: "module" }));
  mkdirSync(join(workshop.folder, "node_modules/@photinus"), { recursive: true });
  symlinkSync(root, join(workshop.folder, "node_modules/photinus"));
  symlinkSync(join(root, "clients/typescript"), join(workshop.folder, "node_modules/@photinus/client"));
  symlinkSync(join(root, "node_modules/@types"), join(workshop.folder, "node_modules/@types"));
});

afterEach(() => workshop.close());

function node(...args: string[]) {
  const environment = { ...workshop.environment, NODE_NO_WARNINGS: "1" };
  return spawnSync(process.execPath, args, { cwd: workshop.folder, env: environment, encoding: "utf8" });
}

test("the guide of the README is a game that can be generated, checked, run and played as printed", async () => {
  expect([...files.keys()]).toEqual([
    "tsconfig.json",
    "schema/dice/dice.proto",
    "table.ts",
    "photinus.config.ts",
    "player.ts",
  ]);
  expect(commandsIn(snippets)).toEqual(["codegen", "start", "start --in-process", "status", "stop"]);
  const port = await freePort();
  for (const [name, text] of files) workshop.write(name, text.replaceAll(guidePort, String(port)));
  expect(readFileSync(join(workshop.folder, "player.ts"), "utf8")).toContain(`:${port}"`);

  expect(await workshop.run("codegen")).toMatchObject({ code: 0, errors: "" });
  expect(await workshop.run("codegen", "--check")).toMatchObject({ code: 0, errors: "" });
  expect(await workshop.run("stub", "table", "table.ts")).toMatchObject({
    code: 0,
    out: "table.ts: has every handler of table\n",
  });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  expect(node(tsc, "-p", ".", "--customConditions", "photinus-source")).toMatchObject({
    stdout: "",
    status: 0,
  });

  for (const args of [[], ["--in-process"]]) {
    const game = await workshop.start(...args);
    const { stdout, stderr, status } = node("-C", "photinus-source", "player.ts");
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const [, heard, got] = /^somebody threw (\[.*\])\nI threw \{ eyes: (\[.*\]) \}\n$/.exec(stdout) ?? [];
    expect(heard).toMatch(/^\[ [1-6], [1-6], [1-6] \]$/);
    expect(got).toBe(heard);
    expect((await workshop.run("status")).out).toContain(`127.0.0.1:${port}`);
    expect(await workshop.run("stop")).toMatchObject({ code: 0, out: "stopped\n", errors: "" });
    expect(await game.ended).toBe(0);
  }
}, 120_000);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
