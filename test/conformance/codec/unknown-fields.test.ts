import { describe, expect, test } from "vitest";
import { decode, encode, type MessageType, Reader } from "../../../runtime/wire/codec/codec-runtime.ts";
import fc from "../../setup/random.ts";
import { Choice, Empty, Lists, Maps, Optionals, Outer, Small, Tree } from "./fixtures/kinds.messages.ts";
import { type AnyMessage, messageType, messageTypes } from "./message-types.ts";
import { fixtures, loadFixture } from "./regenerate.ts";
import { Values } from "./values.ts";

const values = new Values(await loadFixture(fixtures[0]!));
const names = [...messageTypes.keys()].filter((name) => name.startsWith("kinds."));

/** Fields 1,000 to 1,004, of each wire type, which no message of the fixtures has. */
const unknown = Uint8Array.from([
  ...[0xc0, 0x3e, 0x96, 0x01],
  ...[0xc9, 0x3e, 1, 2, 3, 4, 5, 6, 7, 8],
  ...[0xd2, 0x3e, 2, 1, 2],
  ...[0xdd, 0x3e, 1, 2, 3, 4],
  ...[0xe3, 0x3e, 0x08, 1, 0xe4, 0x3e],
]);

/** A field of length-prefixed content. */
function field(tag: number, ...content: readonly number[]): number[] {
  return [tag, content.length, ...content];
}

function roundTrip<T>(type: MessageType<T>, bytes: readonly number[]): number[] {
  return [...encode(type, decode(type, Uint8Array.from(bytes)))];
}

describe.each(names)("%s", (name) => {
  const type = messageType(name);

  test("keeps unknown fields behind its own, through decode and encode", () => {
    fc.assert(
      fc.property(values.message(name), (value) => {
        const known = encode(type, value);
        const both = Uint8Array.from([...known, ...unknown]);
        const message = decode(type, both);
        expect(message).toEqual({ ...value, $unknown: { type: name, bytes: unknown } });
        expect(encode(type, message)).toEqual(both);
        expect(encode(type, decode(type, Uint8Array.from([...unknown, ...known])))).toEqual(both);
      }),
      { numRuns: 20 },
    );
  });

  test("without unknown fields has no property for them", () => {
    for (const value of fc.sample(values.message(name), 5)) {
      expect(Object.keys(decode(type, encode(type, value)))).toEqual(Object.keys(type.create()));
    }
  });
});

describe("unknown fields", () => {
  const more = [...unknown];

  test.each<[string, MessageType<never>, readonly number[]]>([
    ["a message", Outer, field(0x0a, ...more)],
    ["a message in a message", Outer, field(0x0a, ...field(0x0a, 0x08, 1, ...more))],
    ["a list of messages", Outer, field(0x0a, ...field(0x12, ...more), ...field(0x12, ...more))],
    ["a value of a map", Maps, field(0x5a, 0x08, 1, ...field(0x12, 0x08, 1, ...more))],
    ["an empty message in a map", Maps, field(0x62, ...field(0x0a, 0x61), ...field(0x12, ...more))],
    ["a member of a oneof", Choice, field(0x32, 0x08, 7, ...more)],
    ["a type that holds itself", Tree, field(0x12, ...field(0x12, 0x08, 1, ...more))],
  ] as never)("stay where they were: in %s", (_where, type, bytes) => {
    expect(roundTrip(type, bytes)).toEqual([...bytes]);
  });

  test("that stand among known ones keep their order", () => {
    const bytes = [0xc0, 0x3e, 1, 0x08, 7, 0xd2, 0x3e, 1, 9, ...field(0x12, 0x61), 0xc0, 0x3e, 2];
    expect(roundTrip(Small, bytes)).toEqual([
      ...[0x08, 7, ...field(0x12, 0x61)],
      ...[0xc0, 0x3e, 1, 0xd2, 0x3e, 1, 9, 0xc0, 0x3e, 2],
    ]);
  });

  test("of parts of one message are put together", () => {
    const part = (n: number) => [0x8a, 0x01, 3, 0xc0, 0x3e, n];
    const message = decode(Optionals, Uint8Array.from([...part(1), ...part(2), ...part(3)]));
    const all = Uint8Array.of(0xc0, 0x3e, 1, 0xc0, 0x3e, 2, 0xc0, 0x3e, 3);
    expect(message.small).toEqual({ number: 0, text: "", $unknown: { type: "kinds.Small", bytes: all } });
  });

  test("go with the member of a oneof that another one replaces", () => {
    expect(roundTrip(Choice, [...field(0x32, ...more), 0x10, 7])).toEqual([0x10, 7]);
  });

  test("of a copy are the copy's own", () => {
    const read = (bytes: readonly number[], into?: Small) => {
      reader.bytes = Uint8Array.from(bytes);
      reader.position = 0;
      reader.end = bytes.length;
      return Small.read(reader, bytes.length, into);
    };
    const reader = new Reader();
    const one = read([0xc0, 0x3e, 1, 0xc0, 0x3e, 2]);
    const two = { ...one };
    read([0xc0, 0x3e, 3], one);
    read([0xc0, 0x3e, 4], two);
    read([0xc0, 0x3e, 5], one);
    expect([...encode(Small, one)]).toEqual([0xc0, 0x3e, 1, 0xc0, 0x3e, 2, 0xc0, 0x3e, 3, 0xc0, 0x3e, 5]);
    expect([...encode(Small, two)]).toEqual([0xc0, 0x3e, 1, 0xc0, 0x3e, 2, 0xc0, 0x3e, 4]);
  });

  test("that were put back by hand are not written over for whoever has the later ones", () => {
    const reader = new Reader(Uint8Array.of(0xc0, 0x3e, 1, 0xc0, 0x3e, 2, 0xc0, 0x3e, 3, 0xc0, 0x3e, 4));
    const message = Small.create();
    Small.read(reader, 6, message);
    const { $unknown: first } = message;
    Small.read(reader, 9, message);
    const { $unknown: second } = message;
    if (first) message.$unknown = first;
    Small.read(reader, 12, message);
    expect([...(second?.bytes ?? [])].filter((_, n) => n % 3 === 2)).toEqual([1, 2, 3]);
    expect([...encode(Small, message)].filter((_, n) => n % 3 === 2)).toEqual([1, 2, 4]);
  });

  test("of one type are not written in a message of another, where they may be known", () => {
    const request = decode(Empty, Uint8Array.of(0x08, 66, 0x12, 1, 0x61));
    const push: Small = { ...request, number: 7, text: "seven" };
    expect(decode(Small, encode(Small, push))).toEqual({ number: 7, text: "seven" });
    expect(roundTrip(Outer, [])).toEqual([]);
    expect(encode(Empty, structuredClone({ ...request }))).toEqual(encode(Empty, request));
    const read = Small.read(new Reader(Uint8Array.of(0x78, 1)), 2, push);
    expect([...encode(Small, read)]).toEqual([0x08, 7, ...field(0x12, ...Buffer.from("seven")), 0x78, 1]);
  });

  test("that are no bytes are refused", () => {
    const wrong = { $unknown: { type: "kinds.Empty", bytes: "secret" } } as never;
    expect(() => encode(Empty, wrong)).toThrow("kinds.Empty.$unknown.bytes: expected bytes, found a string");
  });

  test("are owned bytes: what they came in may be written over", () => {
    const bytes = Uint8Array.from(unknown);
    const message = decode(Empty, bytes);
    bytes.fill(0xff);
    expect(encode(Empty, message)).toEqual(unknown);
  });

  test("are copied a bounded number of times, however many there are and in however many parts they come", () => {
    const count = 200_000;
    const alternating = new Uint8Array(count * 4);
    const parts = new Uint8Array(count * 4);
    for (let n = 0; n < count; n++) {
      alternating.set([0x08, 1, 0x78, 1], 4 * n);
      parts.set([0x12, 2, 0x78, 1], 4 * n);
    }
    // Copied anew for each, these would be 40 GB.
    const small = decode(Small, alternating);
    expect(small.$unknown?.bytes.length).toBe(2 * count);
    expect(small.$unknown?.bytes.buffer.byteLength).toBeLessThanOrEqual(4 * count + 64);
    expect(decode(Tree, parts).left?.$unknown?.bytes.length).toBe(2 * count);
  });

  test("that are malformed are refused as ever", () => {
    expect(() => decode(Small, Uint8Array.of(0x7b, 0x08, 1))).toThrow("INVALID_ARGUMENT");
    expect(() => decode(Lists, Uint8Array.of(0x9a, 0x3f, 5, 1))).toThrow("INVALID_ARGUMENT");
  });

  test("have tags in the shortest form, as all that is written", () => {
    expect(roundTrip(Small, [0xf8, 0x80, 0x00, 5])).toEqual([0x78, 5]);
  });

  test("survive a copy to another thread, as heavy handlers get it", () => {
    const message: AnyMessage = structuredClone(decode(messageType("kinds.Small"), unknown));
    expect(encode(messageType("kinds.Small"), message)).toEqual(unknown);
  });
});
