import { describe, expect, test } from "vitest";
import {
  encode,
  raw,
  Writer,
  writeBool,
  writeDouble,
  writeFloat,
} from "../../../../runtime/wire/codec/codec-runtime.ts";
import fc from "../../../setup/random.ts";

describe("Writer", () => {
  test("keeps what was written when it grows", () => {
    const writer = new Writer(2);
    for (let n = 0; n < 100; n++) writer.append(Uint8Array.of(n));
    expect([...writer.finish()]).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  test("at least doubles, so that many small writes copy little", () => {
    const writer = new Writer(100);
    writer.position = 100;
    writer.ensure(1);
    expect(writer.bytes.length).toBe(200);
    writer.ensure(1000);
    expect(writer.bytes.length).toBe(1100);
  });

  test("allocates nothing before the first write when it starts with 0 bytes", () => {
    const writer = new Writer(0);
    expect(writer.bytes.length).toBe(0);
    writeBool(writer, 0x08, true);
    expect([...writer.finish()]).toEqual([0x08, 1]);
  });

  test("writes numbers into a buffer that was put in the place of another", () => {
    const writer = new Writer();
    writeDouble(writer, 0x09, 1);
    writer.bytes = new Uint8Array(32);
    writer.position = 0;
    writeFloat(writer, 0x0d, 1);
    expect([...writer.finish()]).toEqual([0x0d, 0, 0, 0x80, 0x3f]);
  });

  test("finish gives bytes of their own, and no Buffer", () => {
    const writer = new Writer();
    writer.bytes = Buffer.alloc(64);
    writeBool(writer, 0x08, true);
    const finished = writer.finish();
    writer.bytes[0] = 99;
    expect(finished).toEqual(Uint8Array.of(0x08, 1));
    expect(finished.buffer.byteLength).toBe(2);
    expect(Buffer.isBuffer(finished)).toBe(false);
  });

  test("moves content whose length takes more than one byte, nested too", () => {
    for (const size of [0, 1, 126, 127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152]) {
      const writer = new Writer();
      const outer = writer.begin(0x0a);
      const inner = writer.begin(0x12);
      writer.append(new Uint8Array(size).fill(7));
      writer.end(inner);
      writer.end(outer);
      const lengthOf = (n: number) => [...encodeVarint(n)];
      const head = [0x12, ...lengthOf(size)];
      const expected = [0x0a, ...lengthOf(head.length + size), ...head];
      const written = writer.finish();
      expect([...written.subarray(0, expected.length)]).toEqual(expected);
      expect(written.length).toBe(expected.length + size);
      expect(written.subarray(expected.length).every((byte) => byte === 7)).toBe(true);
    }
  });

  test("writes every text as the platform encodes it, with half surrogate pairs as U+FFFD", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 120 }),
      fc.string({ maxLength: 120 }),
      fc.array(fc.nat(0xffff), { maxLength: 60 }).map((codes) => String.fromCharCode(...codes)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const writer = new Writer(0);
        writer.string(0x0a, text);
        const utf8 = new TextEncoder().encode(text);
        expect(writer.finish()).toEqual(Uint8Array.of(0x0a, ...encodeVarint(utf8.length), ...utf8));
      }),
    );
  });
});

describe("raw", () => {
  test("writes bytes as they are", () => {
    expect(encode(raw, Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  });
});

function encodeVarint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...encodeVarint(value >>> 7)];
}
