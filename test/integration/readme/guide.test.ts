import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "../../setup/free-port.ts";
import type { Workshop } from "../process/game.ts";
import { type Desk, follow, type Game, type Played } from "./reader.ts";
import { fileOf, type Step, snippetsOf, stepsOf, textOf } from "./snippets.ts";
import { browserConfig, complaints, readersFolder, runNode, slipComplaint } from "./sources.ts";

/** The port that the games of the documents have; another one is put in its place, in case something runs there. */
const printedPort = "7700";

let workshop: Workshop;

beforeEach(() => {
  workshop = readersFolder();
});

afterEach(() => workshop.close());

/** Runs what is there instead of what a reader would install; `test/pack-smoke` installs it. */
function deskAt(port: number): Desk {
  const run = async (line: string) => {
    const [program, ...args] = line.split(" ");
    if (program === "npm") return "";
    if (program === "npx" && args[0] === "photinus") {
      const { code, out, errors } = await workshop.run(...args.slice(1));
      expect({ line, code, errors }).toEqual({ line, code: 0, errors: "" });
      return out;
    }
    expect(program).toBe("node");
    const { stdout, stderr, status } = runNode(workshop, "-C", "photinus-source", ...args);
    expect({ line, stderr, status }).toEqual({ line, stderr: "", status: 0 });
    return stdout;
  };
  return {
    run,
    write: (name, text, isAddition) => {
      const printed = text.replaceAll(printedPort, String(port));
      expect(existsSync(join(workshop.folder, name)) || !isAddition).toBe(true);
      if (isAddition) appendFileSync(join(workshop.folder, name), `\n${printed}`);
      else workshop.write(name, printed);
    },
    start: async (line) => {
      const game = await workshop.start(...line.split(" ").slice(3));
      const ended = game.ended.then((code) => expect(code).toBe(0));
      return {
        ended,
        get log() {
          return game.out;
        },
      } satisfies Game;
    },
  };
}

/** Takes all steps, and has the compiler check what is there at the end. An orderly life is logged calmly. */
async function read(steps: readonly Step[]): Promise<Played[]> {
  const games = await follow(steps, deskAt(await freePort()));
  expect(complaints(workshop)).toEqual([expect.stringContaining(slipComplaint)]);
  for (const { log } of games) {
    const lines = log.split("\n").filter((line) => /"level":[45]0/.test(line) && !line.includes("refused"));
    expect(lines).toEqual([]);
  }
  return games;
}

function guide(): Step[] {
  return stepsOf(snippetsOf(textOf("README.md", "Guide")));
}

/** The push has the eyes of the answer. */
const threeEyes = /^somebody rolled (\[ [1-6], [1-6], [1-6] \])\nI rolled \{ eyes: \1 \}\n$/;

test("the first example of the README is a game of its own, which the generator and the compiler take as printed", async () => {
  const [opening = ""] = textOf("README.md").split(/^## /m);
  const files = snippetsOf(opening).map((snippet) => fileOf(snippet)!);
  expect(files.map(({ name }) => name)).toEqual(["schema/meadow/meadow.proto", "meadow.ts", "player.ts"]);
  for (const { name, text } of files) workshop.write(name, text);
  workshop.write("tsconfig.json", browserConfig(textOf("README.md")));
  expect(await workshop.run("codegen")).toMatchObject({ code: 0, errors: "" });
  expect(complaints(workshop)).toEqual([expect.stringContaining(slipComplaint)]);
  const [, server] = files;
  workshop.write("meadow.ts", server!.text.replace("enter({", "enterr({"));
  expect(complaints(workshop)).toContainEqual(expect.stringMatching(/^meadow\.ts\(/));
}, 120_000);

test("the guide of the README is a game that runs as pasted, step by step, each of its games started twice", async () => {
  const games = await read(guide());
  // Steps 4 and 5: once without a player, once with. Step 6: twice with.
  expect(games.map(({ printed }) => printed)).toEqual([
    undefined,
    ...Array.from({ length: 3 }, () => expect.stringMatching(threeEyes)),
  ]);
  const paid = games.map(({ log }) => /"gold":"?(\d+)/.exec(log)?.[1]);
  expect(paid).toEqual([undefined, undefined, "3", "6"]);
  expect(await workshop.run("stub", "Dice", "dice.ts")).toMatchObject({
    code: 0,
    out: "dice.ts: has every handler of dice\n",
  });
}, 240_000);

test("a node that creates at each start what may be there once is told the line of the game", async () => {
  const desk = deskAt(await freePort());
  for (const step of guide()) if (step.kind === "file") desk.write(step.name, step.text, step.isAddition);
  const module = guide().findLast((step) => step.kind === "file" && step.name === "dice.ts") as Step & {
    text: string;
  };
  const text = module.text.replace(
    'players.getOrCreate({ id: 1n, name: "Ada" })',
    'players.create({ name: "Ada" })',
  );
  desk.write("dice.ts", text, false);
  await desk.run("npx photinus codegen");
  const line = text.split("\n").findIndex((one) => one.includes("players.create(")) + 1;
  const { code, errors } = await workshop.run("start", "--in-process");
  expect({ code, errors: errors.replaceAll(workshop.folder, "DIR") }).toEqual({
    code: 1,
    errors: expect.stringMatching(
      `^error: the module of dice-\\d failed: ALREADY_EXISTS: .* \\(at DIR/dice\\.ts:${line}:\\d+\\)\n$`,
    ),
  });
}, 120_000);

test("the first module of docs/DATA.md runs as pasted into the game of the README, started twice", async () => {
  const files = guide().filter((step) => step.kind === "file" && step.name !== "dice.ts");
  const [module] = snippetsOf(textOf("docs/DATA.md")).flatMap((snippet) => fileOf(snippet) ?? []);
  expect(module?.name).toBe("dice.ts");
  const games = await read([
    ...files,
    module!,
    { kind: "line", line: "npx photinus codegen" },
    { kind: "line", line: "npx photinus start" },
  ]);
  expect(games.map(({ printed }) => printed)).toEqual(
    Array.from({ length: 2 }, () => expect.stringContaining("I rolled")),
  );
}, 240_000);

test("the game of docs/SERVER.md runs as pasted, started twice", async () => {
  const snippets = snippetsOf(textOf("docs/SERVER.md"));
  const files = snippets.flatMap((snippet) => fileOf(snippet) ?? []);
  expect(files.map(({ name }) => name)).toEqual([
    "schema/harbour/harbour.proto",
    "harbour.ts",
    "radio.ts",
    "plan.ts",
    "photinus.config.ts",
    "player.ts",
  ]);
  const games = await read([
    ...guide().filter((step) => step.kind === "file" && step.name === "tsconfig.json"),
    ...files,
    { kind: "line", line: "npx photinus codegen" },
    { kind: "line", line: "npx photinus start --in-process" },
  ]);
  const printed = "UNAUTHENTICATED\nship 1 lies in dock 7 true 2\nturned to 90 after 2 arrivals\n21097\n";
  expect(games.map((game) => game.printed)).toEqual([printed, printed]);
}, 240_000);
