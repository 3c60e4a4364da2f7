import { describe, expect, test } from "vitest";
import { changesBetween } from "../../codegen/evolution/diff/changes-between.ts";
import { changeClasses } from "../../codegen/evolution/rules/rule.ts";
import { type RuleName, rules } from "../../codegen/evolution/rules/rules.ts";
import { corpus } from "./corpus/corpus.ts";
import { changesOf, loadPair, textOf, verdictOf } from "./corpus/found.ts";

/** Numbers without a rule: validation is not in the dialect, and the version of frames is Photinus' own (`own-protocol`). */
const withoutRule = [18, 19, 32];
/** Rule that a lock file with releases shows, and not a pair of schemas (`test/unit/codegen/lock/cut-off.test.ts`). */
const withoutPair: readonly RuleName[] = ["releases-cut-off"];

describe("the gate finds", () => {
  test.each(corpus.map((pair) => [pair.name, pair] as const))("%s", async (_name, pair) => {
    const found = await changesOf(pair);
    expect(found.map(textOf).sort()).toEqual([...pair.expected].sort());
    for (const { reason, remedy, place, rule } of found) {
      expect(reason).not.toMatch(/undefined|\[object/);
      expect(remedy).not.toBe("");
      if (!rule.startsWith("error-code"))
        expect(place).toMatchObject({ file: "e.proto", line: expect.any(Number) });
    }
  });
});

describe("the corpus", () => {
  test("has at least 80 pairs, each under a name of its own", () => {
    expect(corpus.length).toBeGreaterThanOrEqual(80);
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
  });

  test("has a pair for every rule and every class", () => {
    const expected = corpus.flatMap((pair) => pair.expected.map((text) => text.split(" ")[0]));
    const names = Object.keys(rules) as RuleName[];
    expect(names.filter((name) => !expected.includes(name))).toEqual(withoutPair);
    expect(new Set(corpus.map(verdictOf))).toEqual(new Set(changeClasses));
  });

  test("covers every number", () => {
    const numbers = new Set(Object.values(rules).flatMap((rule) => ("number" in rule ? [rule.number] : [])));
    const all = Array.from({ length: 33 }, (_, at) => at + 1);
    expect(all.filter((number) => !(numbers as ReadonlySet<number>).has(number))).toEqual(withoutRule);
  });

  test("has no change between a schema and itself", async () => {
    for (const pair of corpus) {
      const { modelBefore, modelAfter } = await loadPair(pair);
      expect(changesBetween(modelBefore, modelBefore)).toEqual([]);
      expect(changesBetween(modelAfter, modelAfter)).toEqual([]);
    }
  });
});
