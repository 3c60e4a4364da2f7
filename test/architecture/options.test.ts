import { expect, test } from "vitest";
import { type SourceFile, sourceFiles } from "./source-tree.ts";

const files = sourceFiles("runtime", "clients/typescript/src").filter(
  ({ path }) => !path.startsWith("runtime/wire/generated/"),
);

/** Lines of these files, without comments, that a pattern finds, as "file:line". */
function linesWith(pattern: RegExp, among: readonly SourceFile[] = files): string[] {
  expect(among.length).toBeGreaterThan(50);
  return among.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, at) =>
        pattern.test(line.replace(/^\s*(\*|\/\/|\/\*).*/, "")) ? [`${path}:${at + 1}`] : [],
      ),
  );
}

test("what is wrong with options has one error type", () => {
  expect(linesWith(/\bRangeError\b/)).toEqual([]);
});

test("options are checked by their rules, in one place, and nowhere by hand", () => {
  const byHand = /(isInteger|isFinite|isSafeInteger|isNaN)\((options|limits|settings|given|resolved)[.[]/;
  expect(linesWith(byHand)).toEqual([]);
  expect(linesWith(/\{ \.\.\.default\w*, \.\.\.(options|limits|given)\b/)).toEqual([]);
  // Rules of options alone walk rules: the resolver, and the client's, which has fewer words.
  const walkers = linesWith(/\b(take|resolved)\(rule, /).map((place) => place.replace(/:\d+$/, ""));
  expect([...new Set(walkers)].sort()).toEqual([
    "clients/typescript/src/check-options.ts",
    "runtime/options/option-resolver.ts",
  ]);
});

test("the topology's grammar has no limit of its own: gates, nodes and stores bring theirs", () => {
  const [grammar] = sourceFiles("runtime/process/topology/topology-grammar.ts");
  for (const rules of ["sharedGateOptions", "nodeLimitsRule", "databaseOptions", "journalOptions"]) {
    expect(grammar!.text).toContain(rules);
  }
  expect(grammar!.text).not.toMatch(/\b(connectionCount|laneCount|flushMs|shards|timeoutMs):/);
});
