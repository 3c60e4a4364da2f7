import { describe, expect, test } from "vitest";
import {
  putText,
  putVarint53,
  putVarint64,
  Writer,
  writeText,
} from "../../../../runtime/wire/codec/codec-runtime.ts";
import fc from "../../../setup/random.ts";

const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: fc.constantFrom("a", "é", "\ud83d", "光"), maxLength: 70 }),
  fc.string({ maxLength: 300 }),
);

describe("writeText", () => {
  test("writes what Writer.string writes, whatever room the buffer has", () => {
    fc.assert(
      fc.property(texts, fc.nat(40), fc.constantFrom(0x0a, 0x82, 0x7fffa), (text, initialBytes, tag) => {
        const one = new Writer(initialBytes);
        one.append(Uint8Array.of(9));
        one.string(tag, text);
        const other = new Writer(initialBytes);
        other.append(Uint8Array.of(9));
        writeText(other, tag, text);
        expect(other.finish()).toEqual(one.finish());
      }),
    );
  });

  test("refuses what is no text", () => {
    expect(() => writeText(new Writer(), 0x0a, 7 as never)).toThrow("expected string, found a number");
  });
});

describe("putText", () => {
  test("leaves room for the rest, and keeps what is before it", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 40 }), fc.nat(300), (text, initialBytes, rest) => {
        const writer = new Writer(initialBytes);
        writer.bytes[0] = 9;
        const at = putText(writer, 1, text, rest);
        expect(writer.bytes[0]).toBe(9);
        expect(writer.bytes.length - at).toBeGreaterThanOrEqual(rest);
      }),
    );
  });
});

describe("putVarint53", () => {
  test("writes what putVarint64 writes, up to the ends of both types", () => {
    const near = (value: number) => [value - 1, value, value + 1];
    const edges = [2 ** 31, 2 ** 32, 2 ** 35, 2 ** 53, 2 ** 59, 2 ** 60, 2 ** 62].flatMap(near);
    const numbers = fc.oneof(
      fc.maxSafeInteger(),
      fc.constantFrom(...edges, ...edges.map((value) => -value), 2 ** 63 - 1024, -(2 ** 63)),
    );
    fc.assert(
      fc.property(numbers, (value) => {
        const [one, other] = [new Uint8Array(20), new Uint8Array(20)];
        expect(putVarint53(one, 0, value)).toBe(putVarint64(other, 0, BigInt(value)));
        expect(one).toEqual(other);
      }),
    );
  });

  test("writes NaN as 0", () => {
    const bytes = new Uint8Array(20);
    expect(putVarint53(bytes, 0, Number.NaN)).toBe(1);
    expect(bytes[0]).toBe(0);
  });
});
