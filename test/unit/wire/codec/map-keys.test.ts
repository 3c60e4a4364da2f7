import { describe, expect, test } from "vitest";
import { Reader, readKey, readText } from "../../../../runtime/wire/codec/codec-runtime.ts";
import fc from "../../../setup/random.ts";

/** Reads all of these keys, one after another, by one reader, as often as it takes to fill its cache. */
function readAll(keys: readonly string[], rounds: number): string[] {
  const encoded = keys.map((key) => Buffer.from(key));
  const bytes = Buffer.concat(encoded);
  const reader = new Reader(bytes);
  const { view } = reader;
  let read: string[] = [];
  for (let round = 0; round < rounds; round++) {
    let at = 0;
    read = encoded.map(({ length }) => {
      at += length;
      return readKey(reader, bytes, view, at - length, at);
    });
  }
  return read;
}

describe("readKey", () => {
  test("reads each key as it is, whatever was read before it", () => {
    fc.assert(
      fc.property(
        // Few characters, so that keys share words and slots; some take more than one byte.
        fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\0", "é", "ÿ", "光"), maxLength: 20 }), {
          minLength: 1,
          maxLength: 200,
        }),
        (keys) => {
          expect(readAll(keys, 70)).toEqual(keys);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("tells apart keys that differ in one byte, at each place of each length", () => {
    for (let size = 1; size <= 17; size++) {
      const keys = Array.from({ length: size }, (_, at) => `${"a".repeat(at)}b${"a".repeat(size - at - 1)}`);
      expect(readAll(keys, 100)).toEqual(keys);
    }
  });

  test("gives a key that was read before, without a cache for a reader of few keys", () => {
    const reader = new Reader(Buffer.from("flashes"));
    const { bytes, view } = reader;
    for (let n = 0; n < 64; n++) readKey(reader, bytes, view, 0, 7);
    expect(reader.keys).toBe(64);
    readKey(reader, bytes, view, 0, 7);
    expect(typeof reader.keys).toBe("object");
    expect(readKey(reader, bytes, view, 0, 7)).toBe("flashes");
  });

  test("refuses bytes that are not UTF-8, each time", () => {
    const reader = new Reader(Uint8Array.of(0x61, 0xff, 0x61, 0x61, 0x61));
    const { bytes, view } = reader;
    for (let n = 0; n < 200; n++) {
      expect(() => readKey(reader, bytes, view, 0, 5)).toThrow("not valid UTF-8");
      expect(() => readText(bytes, view, 0, 5)).toThrow("not valid UTF-8");
    }
  });
});
