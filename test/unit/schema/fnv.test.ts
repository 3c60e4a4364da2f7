import { expect, test } from "vitest";
import { fnvOfBytes, fnvOfText } from "../../../schema/fnv.ts";

// The published vectors of the algorithm.
test.each([
  ["", 0x811c9dc5],
  ["a", 0xe40c292c],
  ["foobar", 0xbf9cf968],
])("FNV-1a of %j is the published value, of its text and of its bytes", (text, expected) => {
  expect(fnvOfText(text) >>> 0).toBe(expected);
  const bytes = new TextEncoder().encode(`..${text}.`);
  expect(fnvOfBytes(bytes, 2, 2 + text.length) >>> 0).toBe(expected);
});
