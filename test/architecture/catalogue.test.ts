import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { defaultGateLimits } from "../../runtime/gate/gate-options.ts";
import { defaultNodeLimits } from "../../runtime/node/node-options.ts";
import { problemCodes } from "../../runtime/process/diagnosis/topology-problem.ts";
import { root } from "./source-tree.ts";

const page = readFileSync(join(root, "docs/CONFIGURATION.md"), "utf8");
const tests = ["topology.test.ts", "link-security.test.ts", "topology-auth.test.ts"]
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

describe("the limits of a topology", () => {
  /** Option and default of each row of a section's table. */
  const rows = (title: string): [string, string][] => {
    const [, section = ""] = page.split(`### ${title}\n`);
    const [table = ""] = section.split("\n#");
    const found = [...table.matchAll(/^\| `([\w.]+)` \| ([^|]+) \|/gm)];
    return found.map(([, name, value]) => [name!, value!.replace(/^`(.*)`$/, "$1")]);
  };
  const written = (value: unknown): string =>
    typeof value === "number" ? String(value) : JSON.stringify(value).replace(/"(\w+)":(\d+)/g, " $1: $2");

  test("of a gate are all documented with their defaults, and no others", () => {
    const expected = Object.entries(defaultGateLimits).map(([name, value]) => [
      name,
      written(value).replace(/(\d)\}$/, "$1 }"),
    ]);
    expect(expected.length).toBeGreaterThan(20);
    expect(rows("Limits of a gate")).toEqual(expected);
  });

  test("of a node are all documented with their defaults, and no others", () => {
    const { laneCount, inFlightCount } = defaultNodeLimits;
    expect(rows("Limits of a node")).toEqual([
      ["laneCount", String(laneCount)],
      ["inFlightCount", String(inFlightCount)],
      ["heavy.threads", "CPUs - 1"],
      ["heavy.queueCount", "256"],
    ]);
  });
});
