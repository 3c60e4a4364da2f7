import { describe, expect, test } from "vitest";
import {
  decode,
  type MessageType,
  Reader,
  raw,
  readBytes,
  Writer,
  writeDouble,
  writeFixed32,
  writeFixed53,
  writeFixed64,
  writeFloat,
  writeInt32,
  writeInt53,
  writeInt64,
  writeSfixed32,
  writeSfixed53,
  writeSfixed64,
  writeSint32,
  writeSint53,
  writeSint64,
  writeUint32,
  writeUint53,
  writeUint64,
} from "../../../../runtime/wire/codec/codec-runtime.ts";
import fc from "../../../setup/random.ts";

/** Writes one field with a one-byte tag, and gives a reader of its value. */
function written(write: (writer: Writer) => void): Reader {
  const writer = new Writer();
  write(writer);
  const reader = new Reader(writer.finish());
  reader.tag();
  return reader;
}

const int64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const safe = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(0, -1, 2 ** 32, -(2 ** 32)));
const safeNatural = fc.oneof(fc.maxSafeNat(), fc.nat(), fc.constantFrom(0, 2 ** 31, 2 ** 32));

test("a reader that is used again has forgotten how deep a malformed message was nested", () => {
  /** A message that holds itself as field 1, and a text as field 2. */
  const Nest: MessageType<{ text: string }> = {
    name: "test.Nest",
    create: () => ({ text: "" }),
    write() {},
    read(reader, end, into) {
      const value = into ?? Nest.create();
      while (reader.position < end) {
        if (reader.tag() === 0x0a) reader.nest(Nest);
        else value.text = reader.string();
      }
      return value;
    },
  };
  const reader = new Reader();
  const read = (bytes: Uint8Array) => {
    reader.bytes = bytes;
    reader.position = 0;
    reader.end = bytes.length;
    return Nest.read(reader, bytes.length);
  };
  const notUtf8 = Uint8Array.of(0x0a, 0x03, 0x12, 0x01, 0xff);
  for (let n = 0; n < 200; n++) expect(() => read(notUtf8)).toThrow("not valid UTF-8");
  expect(read(Uint8Array.of(0x0a, 0x03, 0x12, 0x01, 0x61))).toEqual({ text: "" });
});

describe("Reader and Writer", () => {
  const same = <T>(
    arbitrary: fc.Arbitrary<T>,
    write: (writer: Writer, value: T) => void,
    read: (reader: Reader) => T,
  ) => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const reader = written((writer) => write(writer, value));
        expect(read(reader)).toBe(value);
        expect(reader.position).toBe(reader.end);
      }),
    );
  };

  test("agree on 32-bit numbers", () => {
    same(
      fc.nat(),
      (w, v) => writeUint32(w, 0x08, v),
      (r) => r.uint32(),
    );
    same(
      fc.integer(),
      (w, v) => writeInt32(w, 0x08, v),
      (r) => r.int32(),
    );
    same(
      fc.integer(),
      (w, v) => writeSint32(w, 0x08, v),
      (r) => r.sint32(),
    );
    same(
      fc.nat(),
      (w, v) => writeFixed32(w, 0x0d, v),
      (r) => r.fixed32(),
    );
    same(
      fc.integer(),
      (w, v) => writeSfixed32(w, 0x0d, v),
      (r) => r.sfixed32(),
    );
  });

  test("agree on 64-bit numbers", () => {
    same(
      uint64,
      (w, v) => writeUint64(w, 0x08, v),
      (r) => r.uint64(),
    );
    same(
      int64,
      (w, v) => writeInt64(w, 0x08, v),
      (r) => r.int64(),
    );
    same(
      int64,
      (w, v) => writeSint64(w, 0x08, v),
      (r) => r.sint64(),
    );
    same(
      uint64,
      (w, v) => writeFixed64(w, 0x09, v),
      (r) => r.fixed64(),
    );
    same(
      int64,
      (w, v) => writeSfixed64(w, 0x09, v),
      (r) => r.sfixed64(),
    );
  });

  test("agree on 64-bit fields held in numbers, as far as those are exact", () => {
    same(
      safeNatural,
      (w, v) => writeUint53(w, 0x08, v),
      (r) => r.uint53(),
    );
    same(
      safe,
      (w, v) => writeInt53(w, 0x08, v),
      (r) => r.int53(),
    );
    same(
      safe,
      (w, v) => writeSint53(w, 0x08, v),
      (r) => r.sint53(),
    );
    same(
      safeNatural,
      (w, v) => writeFixed53(w, 0x09, v),
      (r) => r.fixed53(),
    );
    same(
      safe,
      (w, v) => writeSfixed53(w, 0x09, v),
      (r) => r.sfixed53(),
    );
  });

  test("read a 64-bit field as a number that its type holds, which is written as that number again", () => {
    const most64 = 2n ** 64n - 1n;
    const most63 = 2n ** 63n - 1n;
    const ends: [exact: Reader, read: (r: Reader) => number, write: (w: Writer, v: number) => void][] = [
      [written((w) => writeUint64(w, 0x08, most64)), (r) => r.uint53(), (w, v) => writeUint53(w, 0x08, v)],
      [written((w) => writeUint64(w, 0x08, most63)), (r) => r.int53(), (w, v) => writeInt53(w, 0x08, v)],
      [written((w) => writeSint64(w, 0x08, most63)), (r) => r.sint53(), (w, v) => writeSint53(w, 0x08, v)],
      [written((w) => writeFixed64(w, 0x09, most64)), (r) => r.fixed53(), (w, v) => writeFixed53(w, 0x09, v)],
      [
        written((w) => writeFixed64(w, 0x09, most63)),
        (r) => r.sfixed53(),
        (w, v) => writeFixed53(w, 0x09, v),
      ],
    ];
    for (const [exact, read, write] of ends) {
      const nearest = read(exact);
      expect(nearest).toBeGreaterThan(2 ** 62);
      expect(read(written((w) => write(w, nearest)))).toBe(nearest);
    }
  });

  test("agree on floats, -0 and NaN too", () => {
    same(
      fc.double(),
      (w, v) => writeDouble(w, 0x09, v),
      (r) => r.double(),
    );
    same(
      fc.float(),
      (w, v) => writeFloat(w, 0x0d, v),
      (r) => r.float(),
    );
  });

  test("agree on texts and bytes of every length", () => {
    same(
      fc.string({ unit: "binary", maxLength: 80 }),
      (w, v) => w.string(0x0a, v),
      (r) => r.string(),
    );
    for (let size = 0; size < 100; size++) {
      const text = "abcdefghijklmnopqrstuvwxyz".repeat(4).slice(0, size);
      expect(written((writer) => writer.string(0x0a, text)).string()).toBe(text);
      const bytes = new Uint8Array(size).fill(size);
      expect(written((writer) => writer.octets(0x0a, bytes)).octets()).toEqual(bytes);
    }
  });

  test("a byte order mark is part of the text", () => {
    expect(written((writer) => writer.string(0x0a, "\uFEFFa")).string()).toBe("\uFEFFa");
  });
});

describe("Reader", () => {
  test("never reads behind its end, though the buffer goes on", () => {
    const bytes = new Uint8Array(64).fill(0x81);
    const reads: ((reader: Reader) => unknown)[] = [
      (reader) => reader.tag(),
      (reader) => reader.uint32(),
      (reader) => reader.uint64(),
      (reader) => reader.bool(),
      (reader) => reader.float(),
      (reader) => reader.double(),
      (reader) => reader.fixed64(),
      (reader) => reader.string(),
      (reader) => reader.octets(),
    ];
    for (const read of reads) {
      for (const size of [0, 1, 3]) {
        const reader = new Reader(bytes, 10, 10 + size);
        expect(() => read(reader)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
      }
    }
  });

  test("an end behind the buffer's is the buffer's", () => {
    expect(new Reader(new Uint8Array(3), 0, 1000).end).toBe(3);
  });

  test("reads numbers of a buffer that was put in the place of another", () => {
    const reader = new Reader(Uint8Array.of(0, 0, 0x80, 0x3f));
    expect(reader.float()).toBe(1);
    reader.bytes = Uint8Array.of(9, 0, 0, 0, 0x40).subarray(1);
    reader.position = 0;
    reader.end = 4;
    expect(reader.float()).toBe(2);
  });

  test("reads a 64-bit varint that a 32-bit field was given, modulo 2^32", () => {
    const bytes = Uint8Array.of(0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01);
    expect(new Reader(bytes).uint32()).toBe(5);
    expect(new Reader(bytes).bool()).toBe(true);
  });

  test("reads overlong varints", () => {
    expect(new Reader(Uint8Array.of(0x85, 0x80, 0x80, 0x00)).uint32()).toBe(5);
    expect(new Reader(Uint8Array.of(0x80, 0x80, 0x00)).bool()).toBe(false);
  });
});

describe("decode", () => {
  test("gives an owned copy of a raw body, and no Buffer", () => {
    const bytes = Buffer.from([1, 2, 3, 4, 5]);
    const body = decode(raw, bytes, 1, 4);
    bytes.fill(0);
    expect(body).toEqual(Uint8Array.of(2, 3, 4));
    expect(Buffer.isBuffer(body)).toBe(false);
  });

  test("refuses a codec that leaves bytes over", () => {
    const lazy = { name: "lazy", write: () => undefined, read: () => 0 };
    expect(() => decode(lazy, Uint8Array.of(1))).toThrow("INVALID_ARGUMENT");
  });
});

test("bytes are a copy of their own and a plain array, whatever class the message comes in", () => {
  for (const size of [0, 3, 100]) {
    for (const message of [new Uint8Array(size + 1), Buffer.alloc(size + 1)]) {
      message.fill(7);
      message[0] = size;
      const bytes = new Reader(message).octets();
      message.fill(9);
      expect(bytes.constructor).toBe(Uint8Array);
      expect(bytes).toEqual(new Uint8Array(size).fill(7));
    }
  }
});

test.each(["Uint8Array", "Buffer"])("readBytes copies a part of a %s into an array of its own", (kind) => {
  const all = Uint8Array.from({ length: 100 }, (_, n) => n);
  const bytes = kind === "Buffer" ? Buffer.from(all) : all;
  for (const size of [0, 1, 28, 29, 90]) {
    const copy = readBytes(bytes, 5, 5 + size);
    expect(copy).toEqual(Uint8Array.from({ length: size }, (_, n) => n + 5));
    expect(copy.buffer.byteLength).toBe(size);
    expect(Buffer.isBuffer(copy)).toBe(false);
  }
});
