import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generatedBy } from "../../codegen/target.ts";
import { root } from "./source-tree.ts";

function git(input: string, ...args: readonly string[]): string[] {
  const output = execFileSync("git", args, { cwd: root, input, encoding: "utf8", maxBuffer: 1 << 24 });
  return output.split("\0").slice(0, -1);
}

/** Files under version control, and those that are about to be. */
const files = git("", "ls-files", "-z", "--cached", "--others", "--exclude-standard").filter((path) =>
  /\.(ts|md|json)$/.test(path),
);

/** Whether a file says in its first three lines that it is generated; one that was just removed does not. */
function saysSo(path: string): boolean {
  try {
    const lines = readFileSync(`${root}/${path}`, "utf8").split("\n", 3);
    return lines.some((line) => /^(\/\/|<!--| *"about":) *"?/.test(line) && line.includes(generatedBy));
  } catch {
    return false;
  }
}

test("files that say that they are generated, and no others, are so for code hosts", () => {
  const attributes = git(`${files.join("\0")}\0`, "check-attr", "-z", "--stdin", "linguist-generated");
  // Path, attribute and value, in turns.
  const marked = attributes.filter((_, at) => at % 3 === 0 && attributes[at + 2] === "set");
  const generated = files.filter(saysSo);
  expect(generated.length).toBeGreaterThan(80);
  expect(marked.sort()).toEqual(generated.sort());
});

test("generated TypeScript asks linters to leave it alone", () => {
  const sources = files.filter((path) => path.endsWith(".ts") && saysSo(path));
  expect(sources.length).toBeGreaterThan(60);
  const without = sources.filter(
    (path) => !readFileSync(`${root}/${path}`, "utf8").includes("\n/* eslint-disable */\n"),
  );
  expect(without).toEqual([]);
});
