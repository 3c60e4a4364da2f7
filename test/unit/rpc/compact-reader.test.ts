import { expect, test } from "vitest";
import { CompactReader } from "../../../runtime/rpc/envelope/compact-reader.ts";
import { IllegalMessageError, kind } from "../../../runtime/rpc/envelope/message-kinds.ts";

/** A number in one of the widths of msgpack. */
function uint(value: number, width: "short" | 0xcc | 0xcd | 0xce | 0xcf): number[] {
  if (width === "short") return [value];
  const size = { 204: 1, 205: 2, 206: 4, 207: 8 }[width];
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return [width, ...bytes.subarray(8 - size)];
}

const body = [0xc4, 3, 7, 8, 9];
const widths = ["short", 0xcc, 0xcd, 0xce, 0xcf] as const;

/** Calls and answers with the same numbers in every width; the reader has a path of its own for some of them. */
const messages = widths.flatMap((one) =>
  widths.flatMap((other) => [
    [0x96, kind.ask, ...uint(5, one), ...uint(6, other), ...uint(7, one), 0xc0, ...body],
    [0x96, kind.ask, ...uint(5, 0xce), ...uint(6, 0xce), ...uint(7, other), 0xc0, ...body],
    [0x96, kind.relay, ...uint(5, 0xce), ...uint(4, one), ...uint(6, 0xce), ...uint(7, other), ...body],
    [0x96, kind.relay, ...uint(5, one), ...uint(4, other), ...uint(6, one), ...uint(7, other), ...body],
    [0x93, kind.answer, ...uint(5, one), ...body],
  ]),
);

function read(reader: CompactReader, message: readonly number[], before = 3): CompactReader {
  // Bytes around the message must not be taken for a part of it.
  const bytes = Uint8Array.from([...new Array(before).fill(0xce), ...message, 0xc4, 0, 0, 0, 0, 0]);
  reader.read(bytes, before, before + message.length);
  return reader;
}

test("calls and answers are the same in every width of their numbers", () => {
  for (const message of messages) {
    const got = read(new CompactReader(), message);
    expect([got.kind, got.key, got.bodyEnd - got.bodyStart]).toEqual([message[1], 5, 3]);
    if (got.kind !== kind.answer) expect([got.number, got.ms]).toEqual([6, 7]);
    if (got.kind === kind.relay) expect(got.session).toBe(4);
    expect(got.bodyEnd).toBe(3 + message.length);
  }
});

test("a call without target and trace has nothing of the one before", () => {
  const reader = new CompactReader();
  const target = [0xa1, 0x78];
  read(reader, [0x97, kind.ask, 5, 6, 7, ...target, ...body, 0xa1, 0x74]);
  expect([reader.target, reader.trace]).toEqual(["x", "t"]);
  for (const message of messages.filter(([, of]) => of !== kind.answer)) {
    const { trace } = read(reader, message);
    expect(trace).toBeUndefined();
    if (reader.kind === kind.ask) expect(reader.target).toBeUndefined();
    read(reader, [0x97, kind.ask, 5, 6, 7, ...target, ...body, 0xa1, 0x74]);
  }
});

test("a message that is cut anywhere, or has a byte more, is illegal", () => {
  const reader = new CompactReader();
  for (const message of messages) {
    for (let size = 0; size < message.length; size++)
      expect(() => read(reader, message.slice(0, size))).toThrow(IllegalMessageError);
    expect(() => read(reader, [...message, 0])).toThrow(IllegalMessageError);
  }
});

test("the key 0 is illegal in a call of another node and in an answer, and marks a notify in a relay", () => {
  const reader = new CompactReader();
  expect(() => read(reader, [0x96, kind.ask, ...uint(0, 0xce), ...uint(6, 0xce), 7, 0xc0, ...body])).toThrow(
    "key",
  );
  expect(() => read(reader, [0x93, kind.answer, ...uint(0, 0xce), ...body])).toThrow("key");
  expect(read(reader, [0x96, kind.relay, ...uint(0, 0xce), 4, ...uint(6, 0xce), 7, ...body]).key).toBe(0);
});
