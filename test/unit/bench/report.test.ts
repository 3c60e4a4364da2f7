import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readFigures } from "../../bench/report/figures.ts";
import { blocksOf, ordersFor, parts } from "../../bench/report/parts.ts";
import { replaceParts } from "../../bench/report/replace-parts.ts";
import { benchmarks } from "../../bench/suite/benchmarks.ts";

const page = `# Page

Before.

<!-- report: one -->
old figures
<!-- end -->

Between, with <!-- a comment -->.

<!-- report: two -->
<!-- end -->
After.
`;
const blocks = { one: "| a |\n|--:|\n| 1 |", two: "text" };

test("parts of a page are replaced, and all else stays as it is", () => {
  expect(replaceParts(page, blocks)).toBe(`# Page

Before.

<!-- report: one -->

| a |
|--:|
| 1 |

<!-- end -->

Between, with <!-- a comment -->.

<!-- report: two -->

text

<!-- end -->
After.
`);
});

test("parts that are replaced again by the same are the same", () => {
  const once = replaceParts(page, blocks);
  expect(replaceParts(once, blocks)).toBe(once);
  expect(replaceParts(replaceParts(once, { one: "x", two: "y\n\nz" }), blocks)).toBe(once);
});

test.each([
  ["has no line <!-- report: three -->", page, { ...blocks, three: "" }],
  ['"<!-- report: two -->" is unknown', page, { one: "" }],
  [
    '"<!-- report: one -->" is unknown, or occurs twice',
    `${page}<!-- report: one -->\n<!-- end -->\n`,
    blocks,
  ],
  ['"<!-- report: one -->" is not closed before', page.replace("<!-- end -->\n\nBetween", "Between"), blocks],
  ['"<!-- report: two -->" is not closed; expected', page.replace("<!-- end -->\nAfter", "After"), blocks],
])("a page is refused when it %s", (fault, text, some) => {
  expect(() => replaceParts(text, some)).toThrow(fault);
});

test("docs/PERFORMANCE.md has the figures that were measured last, and its plots are there", () => {
  const docs = new URL("../../../docs/", import.meta.url);
  const text = readFileSync(new URL("PERFORMANCE.md", docs), "utf8");
  expect(replaceParts(text, blocksOf(readFigures()))).toBe(text);
  for (const { plot } of Object.values(parts)) {
    if (plot === undefined) continue;
    expect(text).toContain(`](${plot.file})`);
    expect(existsSync(new URL(plot.file, docs)), plot.file).toBe(true);
  }
});

test("the report runs each benchmark, and some parts by their names or those of their runs", () => {
  const benches = [...ordersFor([]).values()].map(({ bench }) => bench);
  expect(Object.keys(benchmarks).filter((name) => !benches.includes(name))).toEqual([]);
  expect([...ordersFor(["latency", "codec"]).keys()]).toEqual(["latency", "codec"]);
  expect([...ordersFor(["tables"]).keys()]).toContain("row-read");
  expect(() => ordersFor(["speed"])).toThrow(
    'the report has no part "speed"; expected some of reached, throughput',
  );
});
