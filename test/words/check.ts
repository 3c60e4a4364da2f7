/**
 * `npm run words:check [-- PATH...]` refuses comments that cannot be read by themselves, idiom that has to be translated,
 * and public names without a docstring. Prints the problems by area; the exit code is 1 when there is any, or nothing to read.
 */
import { exportsOf, publicEntries, undocumented } from "./exports.ts";
import { type Fault, faultsOf } from "./rules.ts";
import { areaOf, pathsOf, productPatterns, readSource, root, testPatterns, textsOf } from "./sources.ts";
import type { Text } from "./text.ts";

const within = process.argv.slice(2);
const product = pathsOf(productPatterns, within);
const tests = pathsOf(testPatterns, within);
const counts: Record<Text["kind"], number> = {
  docstring: 0,
  comment: 0,
  "log line": 0,
  diagnostic: 0,
  string: 0,
  page: 0,
};

const faults: Fault[] = [];
for (const [paths, isTest] of [[product, false] as const, [tests, true] as const]) {
  for (const text of paths.flatMap((path) => textsOf(path))) {
    counts[text.kind]++;
    faults.push(...faultsOf(text, isTest));
  }
}
const exported = exportsOf(publicEntries(root), readSource).filter(({ path }) => product.includes(path));
faults.push(...undocumented(exported));

const areas = Map.groupBy(faults, ({ path }) => areaOf(path));
for (const [area, list] of [...areas].sort(([a], [b]) => (a < b ? -1 : 1))) {
  console.log(`${area}: ${list.length}`);
  const sorted = list.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line));
  for (const { path, line, what } of sorted) console.log(`  ${path}:${line}: ${what}`);
}
const number = (count: number) => count.toLocaleString("en-US");
console.log(
  `words: ${number(counts.docstring)} docstrings, ${number(counts.comment)} comments, ` +
    `${number(counts["log line"])} log lines, ${number(counts.diagnostic)} diagnostics, ` +
    `${number(counts.page)} paragraphs of pages, ${number(exported.length)} exports, ${number(faults.length)} problems`,
);

// A check that read nothing has not passed. A path that was asked for may hold pages alone.
const isEmpty =
  within.length === 0
    ? Object.values(counts).includes(0) || exported.length === 0
    : Object.values(counts).every((count) => count === 0);
if (isEmpty) console.error(`words: nothing was read of some kind below ${within.join(", ") || "the root"}`);
if (isEmpty || faults.length > 0) process.exitCode = 1;
