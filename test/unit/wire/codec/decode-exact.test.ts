import { expect, test } from "vitest";
import {
  type Codec,
  decode,
  type Reader,
  Writer,
  writeFixed64,
  writeInt64,
  writeSfixed64,
  writeSint64,
  writeUint64,
} from "../../../../runtime/wire/codec/codec-runtime.ts";
import { decodeExact } from "../../../../runtime/wire/codec/decode-exact.ts";
import { isPhotinusError } from "../../../../schema/errors.ts";
import fc from "../../../setup/random.ts";

const int64 = fc.oneof(
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  fc.integer().map(BigInt),
  fc.bigInt({ min: -(1n << 34n), max: 1n << 34n }),
  fc.bigInt({ min: -(1n << 54n), max: 1n << 54n }),
);
const uint64 = int64.map((value) => BigInt.asUintN(64, value));

/** A message of one number, as a schema with another type reads it. */
function alone(read: (reader: Reader) => number): Codec<number> {
  return {
    name: "test.Alone",
    write() {},
    read(reader) {
      reader.tag();
      return read(reader);
    },
  };
}

test.each<
  [string, fc.Arbitrary<bigint>, (writer: Writer, value: bigint) => void, (reader: Reader) => number]
>([
  ["int32", int64, (w, v) => writeInt64(w, 0x08, v), (r) => r.int32()],
  ["uint32", uint64, (w, v) => writeUint64(w, 0x08, v), (r) => r.uint32()],
  ["sint32", int64, (w, v) => writeSint64(w, 0x08, v), (r) => r.sint32()],
  ["int53", int64, (w, v) => writeInt64(w, 0x08, v), (r) => r.int53()],
  ["uint53", uint64, (w, v) => writeUint64(w, 0x08, v), (r) => r.uint53()],
  ["sint53", int64, (w, v) => writeSint64(w, 0x08, v), (r) => r.sint53()],
  ["fixed53", uint64, (w, v) => writeFixed64(w, 0x09, v), (r) => r.fixed53()],
  ["sfixed53", int64, (w, v) => writeSfixed64(w, 0x09, v), (r) => r.sfixed53()],
])("a number of 64 bits that is read as %s is the same number, or refused", (_type, values, write, read) => {
  let refused = 0;
  let given = 0;
  fc.assert(
    fc.property(values, (value) => {
      const writer = new Writer();
      write(writer, value);
      const bytes = writer.finish();
      const codec = alone(read);
      // What protobuf makes of it is right when it is the same number.
      const isSame = BigInt(decode(codec, bytes)) === value;
      try {
        expect(BigInt(decodeExact(codec, bytes))).toBe(value);
        given++;
      } catch (error) {
        expect(isPhotinusError(error) && error.code === "OUT_OF_RANGE" && !isSame).toBe(true);
        refused++;
      }
    }),
    { numRuns: 500 },
  );
  expect(refused).toBeGreaterThan(0);
  expect(given).toBeGreaterThan(0);
});
