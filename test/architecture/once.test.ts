import { expect, test } from "vitest";
import { sourceFiles } from "./source-tree.ts";

/** What is written in one file, and imported by all who need it: how a second copy is recognised, and the one file. */
const once: Readonly<Record<string, readonly [copy: RegExp, file: string]>> = {
  "FNV-1a": [/0x01000193|0x811c9dc5|16777619|2166136261/i, "schema/fnv.ts"],
  "the edit distance": [/function \w*(editDistance|levenshtein|distanceWithin)\w*\(/i, "schema/suggest.ts"],
  "exponential backoff": [
    /\* 2 \*\* (Math\.min\()?[\w.#]*(failures|attempt|tried|times|round)/i,
    "runtime/clock/backoff.ts",
  ],
  "a pause": [
    /function (pause|sleep|delay|wait)\(|\(resolve\) => setTimeout\(resolve/,
    "runtime/clock/pause.ts",
  ],
  "32 bits of bytes, read": [/<< 24\) *\||\| *\([^()]*<< 24\)/, "runtime/wire/uint32.ts"],
  "32 bits of bytes, written": [/\] = \w+ >>> 24/, "runtime/wire/uint32.ts"],
  "the text of what was thrown": [
    /(\w+) instanceof Error \? \1(\.message)? : (String\(\1\)|\{ message: String|"\w+"|\1\b)/,
    "schema/errors.ts",
  ],
  "bytes of length 0": [
    /(const |#)\w+(: Uint8Array)? = .*new Uint8Array\(0\)/,
    "runtime/wire/empty-bytes.ts",
  ],
};

test.each(Object.entries(once))("%s is written once", (_, [copy, file]) => {
  const files = sourceFiles("runtime", "codegen", "schema", "clients/typescript/src");
  expect(files.filter(({ text }) => copy.test(text)).map(({ path }) => path)).toEqual([file]);
});
