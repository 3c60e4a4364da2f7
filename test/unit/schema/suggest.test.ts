import { describe, expect, it, test } from "vitest";
import { editDistance, nearest, suggestion } from "../../../schema/suggest.ts";
import fc from "../../setup/random.ts";

test.each([
  ["", "", 0],
  ["abc", "abc", 0],
  ["abc", "acb", 1],
  ["abc", "abcd", 1],
  ["kitten", "sitting", 3],
  ["", "abc", 3],
])("from %j to %j it takes %i changes", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

describe("the nearest of some words", () => {
  it.each([
    ["listn", ["listen", "links", "limits"], "listen"],
    ["lnks", ["listen", "links"], "links"],
    ["colour", ["listen", "links"], undefined],
    ["timeout", ["timeout_ms", "route"], "timeout_ms"],
    ["ROLE", ["rol", "role"], "role"],
    ["mesage", ["enum", "message", "passage"], "message"],
    ["meadow/medow.proto", ["meadow/chat.proto", "meadow/meadow.proto"], "meadow/meadow.proto"],
    ["ab", ["cd"], undefined],
    ["nothing", ["like", "these"], undefined],
    ["a", [], undefined],
  ])("%s among %j is %s", (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  it("is the first of those that take the fewest edits", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 });
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 6 }), (word, candidates) => {
        const bound = Math.max(1, Math.ceil(word.length / 3));
        const near = candidates.filter((candidate) => edits(word, candidate) <= bound);
        const least = Math.min(...near.map((candidate) => edits(word, candidate)));
        expect(nearest(word, candidates)).toBe(near.find((candidate) => edits(word, candidate) === least));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is found without comparing words letter by letter that are not near", () => {
    const words = Array.from(
      { length: 1_500 },
      (_, i) => `services/group${i}/v1/resources_of_${i * 7919}.proto`,
    );
    const wanted = words.map((word) => word.split("").reverse().join(""));
    for (const word of wanted) expect(nearest(word, words)).toBeUndefined();
  });

  it("is not looked for where a word is longer than a name can be", () => {
    expect(nearest("a".repeat(100_000), ["a".repeat(100_001)])).toBeUndefined();
  });
});

test("a suggestion lists what there is when nothing is near", () => {
  expect(suggestion("listn", ["listen", "links"])).toBe("did you mean listen?");
  expect(suggestion("colour", ["listen", "links"])).toBe("it can be one of: listen, links");
  expect(suggestion("colour", [])).toBe("remove it");
});

/** The distance of optimal string alignment, plainly: the whole table. */
function edits(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 1; j <= b.length; j++) table[0]![j] = j;
  const at = (i: number, j: number) => table[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = isSwapped ? at(i - 2, j - 2) + 1 : replaced;
      table[i]![j] = Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1);
    }
  }
  return at(a.length, b.length);
}
