import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exportsOf, publicEntries, undocumented } from "../words/exports.ts";
import { beginnings, faultsOf } from "../words/rules.ts";
import { linesOf } from "../words/share.ts";
import { textsOf } from "../words/sources.ts";
import { root } from "./source-tree.ts";

/** What is wrong with a file, as "line: problem". */
function faultsIn(path: string, source: string): string[] {
  const isTest = path.startsWith("test/");
  return textsOf(path, source).flatMap((text) =>
    faultsOf(text, isTest).map(({ line, what }) => `${line}: ${what}`),
  );
}

describe("comments", () => {
  test.each(beginnings)('that begin with "%s" are refused', (words) => {
    const source = [
      `/** ${words} thing of a gate. */`,
      "export interface Thing {",
      "  /**",
      `   * ${words} thing, on two lines`,
      "   * of text.",
      "   */",
      "  readonly size: number;",
      "}",
      "export function thing() {",
      `  // ${words} thing here.`,
      "  return [`a`, 1];",
      `} // ${words} thing behind code.`,
    ].join("\n");
    const found = faultsIn("runtime/thing.ts", source);
    expect(found.map((one) => one.split(":")[0])).toEqual(["1", "3", "10", "12"]);
    expect(faultsIn("test/unit/thing.test.ts", source).length).toBe(4);
    expect(
      faultsIn("schema/thing.proto", `message A {\n  // ${words} thing.\n  string b = 1;\n}`),
    ).toHaveLength(1);
    expect(faultsIn("runtime/thing.lua", `local a = "-- no"\n-- ${words} thing.\nreturn a`)).toHaveLength(1);
  });

  test("that begin with other words, or go on with these, are taken", () => {
    const source = [
      "/** Items of a list; the same for all. */",
      "const a = 1;",
      "// Office hours.",
      "// It goes on from the line above.",
      "const b = `// It is text`;",
      "const c = /[/]/.test('/** It is text */');",
      "// biome-ignore lint: reason",
      "/** Ofter. */",
    ].join("\n");
    expect(faultsIn("runtime/thing.ts", source)).toEqual([]);
  });
});

const idiom = [
  "a URL that is none",
  "there is none of that name",
  "the caller is told",
  "the two cannot be told apart",
  "a port that cannot be had",
  "the row is put out",
  "the letter is brought back",
  "the name is a lie",
];

describe("idiom", () => {
  test.each(idiom)('"%s" is refused in comments, texts, schemas and pages', (phrase) => {
    expect(faultsIn("runtime/a.ts", `/** Says ${phrase}. */`)).toHaveLength(1);
    expect(faultsIn("runtime/a.ts", `log.warn({}, "says ${phrase}");`)).toHaveLength(1);
    expect(faultsIn("runtime/a.ts", `throw fail("INTERNAL", \`says \${a} ${phrase}\`);`)).toHaveLength(1);
    expect(faultsIn("runtime/a.ts", `throw new Error("says ${phrase}");`)).toHaveLength(1);
    expect(
      faultsIn("runtime/a.ts", `const message = "says ${phrase}"; refuse("A", at, message);`),
    ).toHaveLength(1);
    expect(faultsIn("runtime/a.ts", `const help = "says ${phrase}";`)).toHaveLength(1);
    expect(faultsIn("schema/a.proto", `// Says ${phrase}.`)).toHaveLength(1);
    expect(faultsIn("docs/A.md", `Says ${phrase.replace(" is ", "\nis ")}.`)).toHaveLength(1);
    expect(faultsIn("test/a.ts", `expect(a).toBe("says ${phrase}");`)).toEqual([]);
  });

  test("is taken where it is quoted: code in a page, and the first column of before and after", () => {
    expect(faultsIn("docs/A.md", "Says `the caller is told`.")).toEqual([]);
    const table = (head: string) =>
      `| ${head} | after |\n|---|---|\n| the caller is told | the caller receives |\n`;
    expect(faultsIn("CONTRIBUTING.md", table("before"))).toEqual([]);
    expect(faultsIn("CONTRIBUTING.md", table("name"))).toHaveLength(1);
    expect(faultsIn("CONTRIBUTING.md", `${table("before")}\nThe caller is told.`)).toHaveLength(1);
  });

  test.each(["undefined when there is none", "writes its output", "a lien", "put outside", "bring it back"])(
    'is not seen in "%s"',
    (phrase) => expect(faultsIn("runtime/a.ts", `/** Says ${phrase}. */`)).toEqual([]),
  );
});

test("the sentences that were examples of how not to write are refused", () => {
  const sentences = [
    "Tells the client that it is thrown out, and why; the connection closes as soon as it has the word.",
    "The same for a node's connection.",
    "Makes a node know the session, before its first command goes there. False: the link takes nothing now.",
    "Each of them has shards of its own; one that waits for MySQL keeps the others of its share waiting, not those of others.",
    "the MySQL URL is none; it looks like mysql://...",
    "a change of what is not known here",
    "Milliseconds after which a caller has waited long enough for others to leave it a connection.",
    "write-behind goes on for cached rows (a new row is none) until 1,000,000 changes wait",
  ];
  for (const sentence of sentences) {
    const found = faultsIn("runtime/a.ts", `/**\n * ${sentence.replaceAll(" ", "\n * ")}\n */`);
    expect(
      found.filter((one) => one.includes("is to be rewritten")),
      sentence,
    ).toHaveLength(1);
  }
});

describe("exports", () => {
  const files: Record<string, string> = {
    "index.ts":
      'export { type A, b } from "./a.ts";\nexport * from "./c.ts";\nexport * as d from "./d.ts";\n',
    "a.ts": "/** Doc. */\nexport interface A {}\nexport const b = 1;\nexport const hidden = 2;\n",
    "c.ts":
      "/** One of two. */\nexport function c(x: 1): 1;\nexport function c(x: 2): 2;\n// No docstring.\nexport class E {}\n",
    "d.ts": 'import { f as g } from "./f.ts";\nexport { g as h };\n',
    "f.ts": "export function f() {}\n",
  };

  test("without a docstring are found, through files that pass them on", () => {
    const found = exportsOf(["index.ts"], (path) => files[path]!);
    expect(found.map(({ name }) => name).sort()).toEqual(["A", "E", "b", "c", "f"]);
    expect(undocumented(found).map(({ path, line, what }) => `${path}:${line}: ${what}`)).toEqual([
      "a.ts:3: b is exported without a docstring",
      "c.ts:5: E is exported without a docstring",
      "f.ts:1: f is exported without a docstring",
    ]);
  });

  test("are those of every public package, whose entries are read from their manifests", () => {
    const entries = publicEntries(root);
    expect(entries).toContain("runtime/index.ts");
    expect(entries).toContain("clients/typescript/src/index.ts");
    expect(entries.filter((path) => path.startsWith("clients/web/"))).toEqual([]);
  });
});

test("log lines and diagnostics are told apart, with the constants that they are made of", () => {
  const hole = (name: string) => `\${${name}}`;
  const source = [
    "this.#log.warn({ a }, isOld ? 'an old node' : 'a new node');",
    "const help = 'use a number';",
    `context.refuse('PH001', at, \`the number is ${hole("n")}\`, help);`,
    `throw fail('INTERNAL', \`${hole("a")}: ${hole("b")}\`);`,
    "client.info('server status');",
  ].join("\n");
  const found = textsOf("runtime/a.ts", source).map(({ kind, line, text }) => `${line} ${kind}: ${text}`);
  expect(found).toEqual([
    "1 log line: an old node | a new node",
    `3 diagnostic: the number is ${hole("n")}; use a number`,
    `4 string: ${hole("a")}: ${hole("b")}`,
    "5 string: server status",
  ]);
});

test("a line is comment when nothing else stands in it", () => {
  const source = "/**\n * Doc.\n */\nconst a = 1; // Why.\n\nconst b = `\n// text\n`;\n// Why.\n";
  expect(linesOf(source)).toEqual({ written: 8, comment: 4 });
});

describe("the programs", () => {
  const run = (program: string, ...args: string[]) =>
    spawnSync(process.execPath, ["-C", "photinus-source", join(root, "test/words", program), ...args], {
      cwd: root,
      encoding: "utf8",
    });

  test("fail when they read nothing", () => {
    const { status, stderr } = run("check.ts", "no-such-folder");
    expect(stderr).toContain("nothing was read");
    expect(status).toBe(1);
    expect(run("main.ts", "no-such-folder").status).toBe(1);
  });

  test("say what was looked at", () => {
    expect(run("check.ts", "runtime/clock").stdout).toMatch(/^words: \d+ docstrings, .* problems$/m);
  });

  test("print one sample for one seed, as JSON in the last line", () => {
    const sample = (...args: string[]) =>
      run("main.ts", ...args)
        .stdout.trimEnd()
        .split("\n")
        .at(-1)!;
    const first = sample("--seed", "7", "runtime/clock", "runtime/gate");
    const { seed, docstrings, logLines, diagnostics } = JSON.parse(first);
    expect(seed).toBe(7);
    expect([docstrings, logLines, diagnostics].map((list) => list.length > 0)).toEqual([true, true, true]);
    expect(docstrings).toHaveLength(20);
    expect(docstrings[0]).toEqual({
      place: expect.stringMatching(/^runtime\/.+:\d+$/),
      text: expect.any(String),
    });
    expect(sample("--seed", "7", "runtime/clock", "runtime/gate")).toBe(first);
    expect(sample("--seed", "8", "runtime/clock", "runtime/gate")).not.toBe(first);
  });
});
