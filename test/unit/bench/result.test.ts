import { expect, test, vi } from "vitest";
import { printCases, resultOf } from "../../bench/harness/result.ts";

const row = {
  load: "p64",
  unit: "calls/s",
  ours: 2,
  baseline: "raw",
  theirs: 4,
  ratio: 0.5,
  interval: [0, 1],
};
const other = { ...row, load: "seq", ratio: 2 };

function printed(): string {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    printCases("command", [row, other], { pairs: 3 });
    return log.mock.calls.flat().join("\n");
  } finally {
    log.mockRestore();
  }
}

test("the JSON line has the figures of the first case, and all cases", () => {
  const line = printed();
  const { load: _load, interval: _interval, ...headline } = row;
  expect(JSON.parse(line)).toEqual({ bench: "command", ...headline, pairs: 3, cases: [row, other] });
  expect(resultOf("command", `a line\n${line}\n`)).toEqual(JSON.parse(line));
});

test.each([
  ["is no JSON object", "done"],
  ['names the benchmark "push"', { bench: "push" }],
  ["has no unit", { unit: undefined }],
  ['has no number as "ratio"', { ratio: "0.5" }],
  ['has no number as "theirs"', { theirs: undefined }],
  ["has no baseline", { baseline: 1 }],
  ["has no cases", { cases: [] }],
  ["has no cases", { cases: undefined, loads: [row] }],
  ["has a case without a load", { cases: [{ ratio: 1 }] }],
])("a last line that %s is refused", (fault, change) => {
  const line = typeof change === "string" ? change : JSON.stringify({ ...JSON.parse(printed()), ...change });
  expect(() => resultOf("command", line)).toThrow(`the last line of the benchmark command ${fault}`);
});

test("a benchmark without a case has nothing to print", () => {
  expect(() => printCases("command", [])).toThrow("the benchmark command has measured nothing");
});
