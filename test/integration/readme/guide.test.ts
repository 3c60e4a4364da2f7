import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "../../setup/free-port.ts";
import { root, Workshop } from "../process/game.ts";
import { commandsIn, filesIn, snippetsOf, textOf } from "./snippets.ts";

/** The port that the games of the documents have; another one is put in its place, in case something runs there. */
const printedPort = "7700";

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

/** Writes the files of a game as printed, generates its code, and has the compiler check all of it. */
async function prepare(files: ReadonlyMap<string, string>, port: number): Promise<void> {
  for (const name of ["photinus.config.ts", "player.ts"]) expect(files.get(name)).toContain(printedPort);
  for (const [name, text] of files) workshop.write(name, text.replaceAll(printedPort, String(port)));
  expect(await workshop.run("codegen")).toMatchObject({ code: 0, errors: "" });
  expect(complaints()).toEqual([expect.stringContaining("slip.ts(1,14): error TS2322")]);
}

/** What the compiler says of the game's own files, one of which is wrong, so that it is seen to look. */
function complaints(): string[] {
  workshop.write("slip.ts", 'export const slip: number = "";\n');
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = node(tsc, "-p", ".", "--customConditions", "photinus-source");
  // The sources of Photinus are seen here too, and are checked by rules of their own.
  return stdout.split("\n").filter((line) => line !== "" && !/^(\.\.\/|\s)/.test(line));
}

/** Starts the game, plays it, and stops it; gives what the player printed. */
async function play(...args: string[]): Promise<string> {
  const game = await workshop.start(...args);
  const { stdout, stderr, status } = node("-C", "photinus-source", "player.ts");
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(await workshop.run("stop")).toMatchObject({ code: 0, out: "stopped\n", errors: "" });
  expect(await game.ended).toBe(0);
  // An orderly life is told calmly.
  expect(
    game.out.split("\n").filter((line) => /"level":[45]0/.test(line) && !line.includes("refused")),
  ).toEqual([]);
  return stdout;
}

test("the guide of the README is a game that can be generated, checked, run and played as printed", async () => {
  const snippets = snippetsOf(textOf("README.md", "Guide"));
  const files = filesIn(snippets);
  expect([...files.keys()]).toEqual([
    "tsconfig.json",
    "schema/dice/dice.proto",
    "table.ts",
    "photinus.config.ts",
    "player.ts",
  ]);
  expect(commandsIn(snippets)).toEqual(["codegen", "start", "start --in-process", "status", "stop"]);
  await prepare(files, await freePort());
  expect(await workshop.run("stub", "table", "table.ts")).toMatchObject({
    code: 0,
    out: "table.ts: has every handler of table\n",
  });
  const printed = await play();
  const [, heard, got] = /^somebody threw (\[.*\])\nI threw \{ eyes: (\[.*\]) \}\n$/.exec(printed) ?? [];
  expect(heard).toMatch(/^\[ [1-6], [1-6], [1-6] \]$/);
  expect(got).toBe(heard);
}, 240_000);

test("the game of docs/SERVER.md runs as printed", async () => {
  const files = filesIn(snippetsOf(textOf("docs/SERVER.md")));
  expect([...files.keys()]).toEqual([
    "schema/harbour/harbour.proto",
    "harbour.ts",
    "radio.ts",
    "plan.ts",
    "photinus.config.ts",
    "player.ts",
  ]);
  const config = filesIn(snippetsOf(textOf("README.md", "Guide"))).get("tsconfig.json");
  expect(config).toBeDefined();
  workshop.write("tsconfig.json", config ?? "");
  await prepare(files, await freePort());
  expect(await play("--in-process")).toBe(
    "UNAUTHENTICATED\nship 1 lies in dock 7 true 2\nturned to 90 after 2 arrivals\n21097\n",
  );
}, 240_000);
