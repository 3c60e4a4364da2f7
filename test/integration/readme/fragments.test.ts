import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addCodegenCommands } from "../../../codegen/cli/index.ts";
import { createProgram } from "../../../runtime/cli/program.ts";
import { resolveTopology } from "../../../runtime/process/topology/resolve-topology.ts";
import { newGateKey } from "../../../runtime/transport/cipher/gate-keys.ts";
import { root, type Workshop } from "../process/game.ts";
import { missingMessages, type Way, ways } from "./fragments.ts";
import { type Snippet, snippetsOf, textOf } from "./snippets.ts";
import { browserConfig, complaints, readersFolder, slipComplaint } from "./sources.ts";

let workshop: Workshop;

beforeEach(() => {
  workshop = readersFolder();
});

afterEach(() => workshop.close());

/** The snippets of all documents that are tried in one way. */
function triedBy<K extends Way["kind"]>(
  kind: K,
): { document: string; text: string; way: Way & { kind: K } }[] {
  return Object.keys(ways).flatMap((document) =>
    snippets(document).flatMap(({ text }, index) => {
      const way = ways[document]![index];
      return way?.kind === kind ? [{ document, text, way: way as Way & { kind: K } }] : [];
    }),
  );
}

function snippets(document: string): Snippet[] {
  return snippetsOf(textOf(document));
}

test("every snippet of every document has a way in which a test tries it", () => {
  const documents = [
    "*.md",
    "docs/*.md",
    "clients/*/README.md",
    "codegen/README.md",
    "examples/*/README.md",
  ].flatMap((glob) => globSync(glob, { cwd: root }));
  // docs/PROTOCOL.md has tests of its own: its vectors, and its node in Python.
  const own = ["docs/PROTOCOL.md", "CHANGELOG.md"];
  expect(documents.filter((name) => !own.includes(name)).sort()).toEqual(Object.keys(ways).sort());
  const counts = Object.entries(ways).map(([name, list]) => [name, snippets(name).length, list.length]);
  expect(counts.filter(([, shown, known]) => shown !== known)).toEqual([]);
});

test("the parts of schemas make a schema, and the parts of code compile with it and with the example's", async () => {
  const schemas = triedBy("schema").map(({ text, way }) => way.put?.(text) ?? text);
  workshop.write("schema/meadow/meadow.proto", `${schemas.join("\n")}\n${missingMessages}`);
  expect(await workshop.run("codegen")).toMatchObject({ code: 0, errors: "" });

  const parts = triedBy("code");
  expect(parts.length).toBeGreaterThan(7);
  workshop.write("tsconfig.json", browserConfig(textOf("README.md")));
  const generated = join(root, "generated");
  for (const [index, { text, way }] of parts.entries()) {
    // The example's generated code stands in for the reader's; that of docs/DATA.md is made here.
    const code = `${way.before}${way.put?.(text) ?? text}\nexport {};\n`;
    const body = code.replaceAll("../../generated", generated);
    workshop.write(`part-${index}.ts`, body);
  }
  expect(complaints(workshop)).toEqual([expect.stringContaining(slipComplaint)]);
}, 120_000);

test("the options of a topology that documents show are taken", async () => {
  const parts = triedBy("topology");
  expect(parts.length).toBeGreaterThan(4);
  const protocol = { fingerprint: "0123456789abcdef", commands: [], pushes: [], methods: [] };
  for (const module of ["login.ts", "meadow.ts"]) workshop.write(module, "export default [];\n");
  workshop.write("gate.key", newGateKey().lines);
  for (const { text } of parts) {
    const [, whole] = /defineTopology\((\{.*\})\);/s.exec(text) ?? [];
    const options = (whole ?? `{${text}}`).replace(/^\s*\.\.\.$/gm, "").replace(/,\s*\.\.\.\s*\}/g, "}");
    const shown = new Function("protocol", `return (${options});`)(protocol) as object;
    const base = {
      protocol,
      gates: [{ name: "gate", listen: { port: 0 } }],
      nodes: [{ role: "scene", module: [] }],
    };
    const from = { source: "topology", directory: workshop.folder };
    await expect(resolveTopology({ ...base, ...shown }, from), text).resolves.toBeDefined();
  }
});

test("the commands that documents show are there, with their options", () => {
  const program = createProgram("0.0.0");
  addCodegenCommands(program);
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const lines = triedBy("commands").flatMap(({ text }) =>
    text
      .split(/\n|&&/)
      .map((line) => line.replace(/\s+#.*/, "").trim())
      .filter((line) => line !== ""),
  );
  expect(lines.length).toBeGreaterThan(20);
  expect(lines.filter((line) => !isKnown(line, program, scripts))).toEqual([]);
});

function isKnown(line: string, program: Command, scripts: Readonly<Record<string, string>>): boolean {
  const given = line.split(" ").filter((word) => !/^[A-Z_]+=/.test(word));
  // `npx node` is the Node.js that comes with the packages.
  const words = given[0] === "npx" && given[1] === "node" ? given.slice(1) : given;
  const [first, second, third = ""] = words;
  if (first === "npx" && second === "photinus") return isCommand(words.slice(2), program);
  if (first === "npx")
    return (
      second === "vitest" &&
      words.slice(2).every((word) => /^-|^run$/.test(word) || globSync(`${word}*`, { cwd: root }).length > 0)
    );
  if (first === "node") return words.some((word) => word.endsWith(".ts") && existsSync(join(root, word)));
  if (first !== "npm") return false;
  if (second === "ci") return true;
  const name = second === "run" ? third : (second ?? "");
  if (name !== "bench") return scripts[name] !== undefined;
  const what = words[4] ?? "";
  return what === "--smoke" || what === "--report" || existsSync(join(root, "test/bench", what, "main.ts"));
}

/** Whether words lead to a command, and all its options are its own. */
function isCommand([word = "", ...rest]: readonly string[], command: Command): boolean {
  const below = command.commands.find((one) => one.name() === word);
  if (below !== undefined) return rest.length === 0 || isCommand(rest, below);
  const flags = [word, ...rest].filter((one) => one.startsWith("--"));
  return (
    command.commands.length === 0 && flags.every((flag) => command.options.some((one) => one.long === flag))
  );
}
