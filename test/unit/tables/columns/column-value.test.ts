import { expect, test } from "vitest";
import { columnValue } from "../../../../runtime/tables/columns/column-value.ts";
import { encode, type MessageType, writeInt64 } from "../../../../runtime/wire/codec/codec-runtime.ts";

/** A message with one list of numbers, as schemas with 32 and with 64 bits have it. */
function listOf(bits: 32 | 64): MessageType<{ slots: (number | bigint)[] }> {
  const type: MessageType<{ slots: (number | bigint)[] }> = {
    name: "test.List",
    create: () => ({ slots: [] }),
    write(writer, { slots }) {
      for (const slot of slots ?? []) writeInt64(writer, 0x08, BigInt(slot));
    },
    read(reader, end, into) {
      const value = into ?? type.create();
      while (reader.position < end) {
        reader.tag();
        value.slots.push(bits === 32 ? reader.int32() : reader.int64());
      }
      return value;
    },
  };
  return type;
}

test("a list whose numbers became wider is never read cut, so that it cannot be written back so", () => {
  const read = (slots: readonly bigint[]) =>
    columnValue.messageOf("hero.bag", listOf(32), encode(listOf(64), { slots: [...slots] })).slots;
  expect(read([1n, -1n, 2n ** 31n - 1n, -(2n ** 31n)])).toEqual([1, -1, 0x7fff_ffff, -0x8000_0000]);
  for (const beyond of [2n ** 31n, -(2n ** 31n) - 1n, 2n ** 32n + 5n, 2n ** 63n - 1n]) {
    expect(() => read([1n, beyond])).toThrow(
      "OUT_OF_RANGE: hero.bag: a number is out of the range of its field; a process of a newer schema wrote it",
    );
  }
});
