import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkBenchmarks } from "../../bench/suite/benchmarks.ts";

let folder = "";
beforeEach(() => {
  folder = `${mkdtempSync(join(tmpdir(), "photinus-benchmarks-"))}/`;
  for (const name of ["one", "two"]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "main.ts"), "");
  }
  mkdirSync(join(folder, "harness"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the table of benchmarks has an entry for each benchmark, and no others", () => {
  checkBenchmarks();
});

test("a folder with a benchmark and without an entry is named", () => {
  expect(() => checkBenchmarks(folder, { one: {} })).toThrow(
    "the table of test/bench/suite/benchmarks.ts has no entry for test/bench/two; add its short and smallest arguments",
  );
});

test("an entry without a benchmark is named", () => {
  expect(() => checkBenchmarks(folder, { one: {}, two: {}, three: {} })).toThrow(
    "the table of test/bench/suite/benchmarks.ts has entries without a benchmark: three",
  );
  checkBenchmarks(folder, { one: {}, two: {} });
});
