/**
 * `npm run words [-- --seed N] [--count N] [PATH...]` prints docstrings, log lines and diagnostics that a seed picks, to be
 * read without what stands around them; the last line is one JSON object. `npm run words -- --share` prints how much of each
 * folder is comment.
 */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { generator, shuffled } from "../setup/generator.ts";
import { linesOf } from "./share.ts";
import { areaOf, pathsOf, productPatterns, readSource, textsOf } from "./sources.ts";
import type { Text } from "./text.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string" },
    /** How many texts of each kind are picked. */
    count: { type: "string", default: "20" },
    share: { type: "boolean", default: false },
  },
});

if (values.share) printShare();
else printSample(values.seed === undefined ? randomInt(1_000_000) : wholeNumber("seed", values.seed));

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new RangeError(`--${name} is ${text}; expected a whole number up to 999999999`);
  return Number(text);
}

function printSample(seed: number): void {
  const count = wholeNumber("count", values.count);
  const paths = pathsOf(productPatterns, positionals).filter((path) => !path.endsWith(".md"));
  const texts = paths.flatMap((path) => textsOf(path));
  const random = generator(seed);
  const sample = (kind: Text["kind"]) => {
    const all = texts.filter((text) => text.kind === kind);
    const picked = shuffled(all, random).slice(0, count);
    console.log(`${kind}s: ${picked.length} of ${all.length.toLocaleString("en-US")}`);
    for (const { path, line, text } of picked) console.log(`  ${path}:${line}\n    ${text}`);
    return picked.map(({ path, line, text }) => ({ place: `${path}:${line}`, text }));
  };
  console.log(`seed ${seed}`);
  const docstrings = sample("docstring");
  const logLines = sample("log line");
  const diagnostics = sample("diagnostic");
  console.log(JSON.stringify({ seed, docstrings, logLines, diagnostics }));
  if (docstrings.length + logLines.length + diagnostics.length === 0) process.exitCode = 1;
}

function printShare(): void {
  const folders = new Map<string, { written: number; comment: number }>();
  const add = (folder: string, written: number, comment: number) => {
    const sum = folders.get(folder) ?? { written: 0, comment: 0 };
    folders.set(folder, { written: sum.written + written, comment: sum.comment + comment });
  };
  for (const path of pathsOf(productPatterns, positionals).filter((one) => one.endsWith(".ts"))) {
    const { written, comment } = linesOf(readSource(path));
    const area = areaOf(path);
    const [part] = area.split("/");
    add(area, written, comment);
    if (part !== area) add(part!, written, comment);
    add("all", written, comment);
  }
  const rows = [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [folder, { written, comment }] of rows) {
    const share = ((comment / written) * 100).toFixed(1).padStart(5);
    console.log(
      `${share} %  ${folder} (${comment.toLocaleString("en-US")} of ${written.toLocaleString("en-US")} lines)`,
    );
  }
  const shares = rows.map(([folder, { written, comment }]) => [folder, comment / written] as const);
  console.log(JSON.stringify(Object.fromEntries(shares)));
  if (folders.size === 0) process.exitCode = 1;
}
