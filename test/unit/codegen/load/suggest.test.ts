import { describe, expect, it } from "vitest";
import { nearest } from "../../../../codegen/load/link/suggest.ts";
import fc from "../../../setup/random.ts";
import { loadFiles } from "./schemas.ts";

describe("the nearest of some words", () => {
  it.each([
    ["timeout", ["timeout_ms", "route"], "timeout_ms"],
    ["ROLE", ["rol", "role"], "role"],
    ["mesage", ["enum", "message", "passage"], "message"],
    ["meadow/medow.proto", ["meadow/chat.proto", "meadow/meadow.proto"], "meadow/meadow.proto"],
    ["nothing", ["like", "these"], undefined],
    ["a", [], undefined],
  ])("%s among %j is %s", (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  it("is the first of those that take the fewest edits", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 });
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 6 }), (word, candidates) => {
        const bound = Math.max(2, Math.ceil(word.length / 3));
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

describe("imports that are missing", () => {
  it("are each told once at their place, also when there are thousands", async () => {
    const count = 1_500;
    const name = (i: number): string => `services/group${i}/v1/resources_of_${i * 7919}.proto`;
    const text = (i: number): string =>
      `syntax = "proto3";\nimport "elsewhere/${i * 104_729}/things_${i}.proto";\n`;
    const files = Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), text(i)]));
    const { diagnostics } = await loadFiles(files);
    expect(diagnostics).toHaveLength(count);
    expect(diagnostics.every(({ code, location }) => code === "PH003" && location.line === 2)).toBe(true);
  });

  it("are told once where many places of a file need what they declare", async () => {
    const { diagnostics } = await loadFiles({
      "a.proto": `syntax = "proto3";
        message A { option (photinus.table) = { name: "a" }; int32 a = 1 [(photinus.data) = SECRET]; }
        service S { option (photinus.service) = { role: "s" };
          rpc One(A) returns (A) { option (photinus.command) = { id: 1 }; }
          rpc Two(photinus.Raw) returns (photinus.None) { option (photinus.command) = { id: 2 }; } }`,
    });
    const missing = diagnostics.filter(({ code }) => code === "PH005");
    expect(missing).toMatchObject([
      { location: { line: 2, column: 29 }, help: 'import "photinus/options.proto";' },
    ]);
  });
});

/** Levenshtein's distance, plainly. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replace = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replace, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
