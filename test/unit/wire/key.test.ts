import { describe, expect, it } from "vitest";
import * as codec from "../../../runtime/wire/codec/codec-runtime.ts";
import { fieldKey } from "../../../runtime/wire/key/field-key.ts";
import { findField } from "../../../runtime/wire/key/find-field.ts";
import { fieldHash, hashKey } from "../../../runtime/wire/key/hash-key.ts";
import fc from "../../setup/random.ts";

const bytesOf = (...bytes: number[]) => new Uint8Array(bytes);

function find(bytes: Uint8Array, tag: number, inside?: readonly number[]): number {
  return findField(bytes, 0, bytes.length, tag, inside);
}

describe("finding a field", () => {
  it("finds it behind fields of every wire type", () => {
    const bytes = bytesOf(
      ...[0x10, 0xff, 0x01],
      ...[0x19, 1, 2, 3, 4, 5, 6, 7, 8],
      ...[0x22, 3, 0x08, 0x09, 0x0a],
      ...[0x2d, 1, 2, 3, 4],
      ...[0x33, 0x08, 0x07, 0x34],
      ...[0x08, 0x2a],
    );
    expect(find(bytes, 0x08)).toBe(bytes.length - 1);
  });

  it("takes the last of several", () => {
    expect(find(bytesOf(0x08, 1, 0x10, 2, 0x08, 3), 0x08)).toBe(5);
  });

  it("takes a field of the same number and another wire type for another field", () => {
    expect(find(bytesOf(0x0a, 1, 5), 0x08)).toBe(-1);
  });

  it("does not see fields inside of groups and messages", () => {
    expect(find(bytesOf(0x33, 0x08, 1, 0x34), 0x08)).toBe(-1);
    expect(find(bytesOf(0x12, 2, 0x08, 1), 0x08)).toBe(-1);
  });

  it("follows a path, through a message that comes in parts", () => {
    const bytes = bytesOf(0x12, 4, 0x12, 2, 0x08, 7, 0x12, 2, 0x18, 9);
    expect(find(bytes, 0x12, [0x12, 0x08])).toBe(5);
    expect(find(bytes, 0x12, [0x12, 0x10])).toBe(-1);
    expect(find(bytesOf(0x12, 2, 0x08, 1, 0x12, 2, 0x08, 2), 0x12, [0x08])).toBe(7);
  });

  it("looks at its range only", () => {
    const bytes = bytesOf(0x08, 1, 0x08, 2, 0x08, 3);
    expect(findField(bytes, 2, 4, 0x08)).toBe(3);
    expect(findField(bytes, 2, 2, 0x08)).toBe(-1);
  });

  it.each([
    ["a tag without value", [0x08]],
    ["a varint without end", [0x08, 0xff, 0xff]],
    ["a varint of eleven bytes", [0x08, ...Array<number>(10).fill(0xff), 0x01]],
    ["a length beyond the end", [0x08, 1, 0x12, 5, 0]],
    ["a length of four gigabytes", [0x08, 1, 0x12, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ["a cut 64-bit value", [0x08, 1, 0x11, 1, 2, 3]],
    ["a cut 32-bit value", [0x08, 1, 0x15, 1, 2, 3]],
    ["the field number 0", [0x08, 1, 0x00, 1]],
    ["the wire type 6", [0x08, 1, 0x0e, 1]],
    ["the end of a group that did not begin", [0x08, 1, 0x34]],
    ["a group without end", [0x08, 1, 0x33]],
  ])("finds nothing in a message with %s", (_what, bytes) => {
    expect(find(bytesOf(...bytes), 0x08)).toBe(-1);
  });

  it("never throws, and points into the bytes, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(8, 9, 10, 13, 0x12), (bytes, tag) => {
        const at = find(bytes, tag, tag === 0x12 ? [0x0a, 0x08] : []);
        expect(at).toBeLessThan(bytes.length);
        if (tag === 8) {
          expect(fieldHash.uint64(bytes, at)).toBeGreaterThanOrEqual(0);
          expect(fieldKey.uint64(bytes, at)).toBeGreaterThanOrEqual(0);
        }
        if (tag === 10) expect(fieldKey.string(bytes, at)).toBeTypeOf("string");
        if (tag === 9) expect(fieldHash.fixed64(bytes, at)).toBeLessThan(2 ** 32);
        if (tag === 13) expect(fieldKey.sfixed32(bytes, at)).toBeTypeOf("number");
      }),
      { numRuns: 3_000 },
    );
  });
});

type Numeric = Exclude<keyof typeof fieldHash, "string" | "bytes" | "bool">;

const ranges: Record<Numeric, { readonly wire: number; readonly min: bigint; readonly max: bigint }> = {
  uint32: { wire: 0, min: 0n, max: 2n ** 32n - 1n },
  int32: { wire: 0, min: -(2n ** 31n), max: 2n ** 31n - 1n },
  sint32: { wire: 0, min: -(2n ** 31n), max: 2n ** 31n - 1n },
  uint64: { wire: 0, min: 0n, max: 2n ** 64n - 1n },
  int64: { wire: 0, min: -(2n ** 63n), max: 2n ** 63n - 1n },
  sint64: { wire: 0, min: -(2n ** 63n), max: 2n ** 63n - 1n },
  fixed32: { wire: 5, min: 0n, max: 2n ** 32n - 1n },
  sfixed32: { wire: 5, min: -(2n ** 31n), max: 2n ** 31n - 1n },
  fixed64: { wire: 1, min: 0n, max: 2n ** 64n - 1n },
  sfixed64: { wire: 1, min: -(2n ** 63n), max: 2n ** 63n - 1n },
};

const writers = {
  uint32: codec.writeUint32,
  int32: codec.writeInt32,
  sint32: codec.writeSint32,
  uint64: codec.writeUint64,
  int64: codec.writeInt64,
  sint64: codec.writeSint64,
  fixed32: codec.writeFixed32,
  sfixed32: codec.writeSfixed32,
  fixed64: codec.writeFixed64,
  sfixed64: codec.writeSfixed64,
} as const;

/** Field 3 of a type, behind and in front of others. */
function encoded(type: Numeric, value: bigint): Uint8Array {
  const writer = new codec.Writer();
  const tag = (3 << 3) | ranges[type].wire;
  writer.string(0x0a, "before");
  const write = writers[type];
  if (type.endsWith("64")) (write as typeof codec.writeUint64)(writer, tag, value);
  else (write as typeof codec.writeUint32)(writer, tag, Number(value));
  codec.writeUint32(writer, 0x20, 5);
  return writer.finish();
}

describe("the value of a key", () => {
  const types = Object.keys(ranges) as Numeric[];

  it.each(types)("of type %s is exact, and hashes as the same number of every type does", (type) => {
    const { wire, min, max } = ranges[type];
    fc.assert(
      fc.property(fc.bigInt({ min, max }), (value) => {
        const bytes = encoded(type, value);
        const at = find(bytes, (3 << 3) | wire);
        const key = fieldKey[type](bytes, at);
        expect(BigInt(key)).toBe(value);
        expect(typeof key).toBe(Number.isSafeInteger(Number(value)) ? "number" : "bigint");
        expect(fieldHash[type](bytes, at)).toBe(hashKey(value));
      }),
    );
  });

  it.each(types)("of type %s that is absent is that of 0", (type) => {
    expect(fieldKey[type](bytesOf(), -1)).toBe(0);
    expect(fieldHash[type](bytesOf(), -1)).toBe(hashKey(0));
  });

  it("of text is the text, and hashes as its bytes do", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const writer = new codec.Writer();
        writer.string(0x0a, text);
        const bytes = writer.finish();
        const at = find(bytes, 0x0a);
        expect(fieldKey.string(bytes, at)).toBe(text);
        expect(fieldHash.string(bytes, at)).toBe(hashKey(text));
        expect(fieldHash.bytes(bytes, at)).toBe(hashKey(new TextEncoder().encode(text)));
      }),
    );
    expect(fieldKey.string(bytesOf(), -1)).toBe("");
    expect(fieldHash.string(bytesOf(), -1)).toBe(hashKey(""));
  });

  it("of bytes tells all bytes apart", () => {
    expect(fieldKey.bytes(bytesOf(3, 0x00, 0x7f, 0xff), 0)).toBe("007fff");
    expect(fieldKey.bytes(bytesOf(), -1)).toBe("");
  });

  it("of a bool is 0 or 1, however it is written", () => {
    expect(fieldKey.bool(bytesOf(0x80, 0x80, 0x80, 0x80, 0x10), 0)).toBe(1);
    expect(fieldHash.bool(bytesOf(0x02), 0)).toBe(hashKey(true));
    expect(fieldHash.bool(bytesOf(0x00), 0)).toBe(hashKey(0));
    expect(fieldKey.bool(bytesOf(), -1)).toBe(0);
  });
});

describe("hashes", () => {
  it("stay what they are: another version must route as this one does", () => {
    expect(
      [0, 1, 7, -1, 1_000_000, 2n ** 63n, "", "meadow", true].map((value) => hashKey(value)),
    ).toMatchInlineSnapshot(`
      [
        0,
        1364076727,
        415870660,
        2980047484,
        37787785,
        1832674720,
        2872998923,
        2666877758,
        1364076727,
      ]
    `);
  });

  it("spread small numbers evenly over any few nodes", () => {
    for (const nodes of [2, 3, 5]) {
      const counts = Array<number>(nodes).fill(0);
      for (let value = 1; value <= 10_000; value++) {
        const node = hashKey(value) % nodes;
        counts[node] = (counts[node] ?? 0) + 1;
      }
      for (const count of counts) expect(Math.abs(count - 10_000 / nodes)).toBeLessThan(300);
    }
  });

  it("refuses a number that is not whole", () => {
    expect(() => hashKey(0.5)).toThrow("INVALID_ARGUMENT");
  });
});
