import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { problemCodes } from "../../runtime/process/diagnosis/problem.ts";
import { root } from "./source-tree.ts";

const page = readFileSync(join(root, "docs/CONFIGURATION.md"), "utf8");
const tests = ["topology.test.ts"]
  .map((name) => readFileSync(join(root, "test/unit/process", name), "utf8"))
  .join();

describe("the problems of a topology", () => {
  test("are all documented, and no others, in the same order", () => {
    const section = page.slice(page.indexOf("## Problems"));
    const documented = [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
    expect(documented).toEqual([...problemCodes]);
  });

  test("are all caused by a test", () => {
    expect(problemCodes.length).toBeGreaterThan(10);
    expect(problemCodes.filter((code) => !tests.includes(`[${code}]`))).toEqual([]);
  });
});
