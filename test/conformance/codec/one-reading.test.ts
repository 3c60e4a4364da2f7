import { describe, expect, test } from "vitest";
import { decode, encode, type MessageType, Reader } from "../../../runtime/wire/codec/codec-runtime.ts";
import { fieldKey } from "../../../runtime/wire/key/field-key.ts";
import { findField } from "../../../runtime/wire/key/find-field.ts";
import fc from "../../setup/random.ts";
import { Choice, Lists, Maps, Numbers, Optionals, Singles, Small, Tree } from "./fixtures/kinds.messages.ts";

/** Bytes that another parser may read as another message are refused by every parser of ours, and alike. */

function isRead(type: MessageType<never>, bytes: readonly number[]): boolean {
  try {
    decode<unknown>(type, Uint8Array.from(bytes));
    return true;
  } catch {
    return false;
  }
}

/** A varint of exactly so many bytes, of the lower bits of a value. */
function varint(value: bigint, size: number): number[] {
  return Array.from({ length: size }, (_, n) => {
    const bits = Number((value >> BigInt(7 * n)) & 0x7fn);
    return n < size - 1 ? bits | 0x80 : bits;
  });
}

describe("a length", () => {
  const places = [
    ["a string", Singles, [0x72]],
    ["bytes", Singles, [0x7a]],
    ["a message", Singles, [0x8a, 0x01]],
    ["a list of messages", Lists, [0x8a, 0x01]],
    ["a packed list of varints", Lists, [0x2a]],
    ["a packed list of fixed numbers", Lists, [0x0a]],
    ["a map's entry", Maps, [0x1a]],
    ["a member of a oneof", Choice, [0x1a]],
    ["a message of a type that holds itself", Tree, [0x12]],
    ["an unknown field", Small, [0x7a]],
    ["a text in an unknown group", Small, [0x7b, 0x7a]],
  ] as const;

  test.each(places)("is not cut to 32 bits: %s", (_what, type, tag) => {
    const closed = tag[0] === 0x7b ? [0x7c] : [];
    // Cut, each of these is 0.
    for (const size of [1n << 32n, 1n << 33n, 1n << 63n]) {
      const bytes = [...tag, ...varint(size, 10), ...closed];
      expect(isRead(type as MessageType<never>, bytes), `length ${size}`).toBe(false);
    }
    expect(isRead(type as MessageType<never>, [...tag, 0, ...closed])).toBe(true);
    expect(isRead(type as MessageType<never>, [...tag, ...varint(0n, 11), ...closed])).toBe(false);
  });

  test("of 2^32 + 1 is not 1, for the node and for the gate", () => {
    const text = [0x72, 0x81, 0x80, 0x80, 0x80, 0x10, 0x61];
    expect(() => decode(Singles, Uint8Array.from(text))).toThrow(
      "INVALID_ARGUMENT: a length points outside the message",
    );
    const bytes = Uint8Array.from([...text, 0x08, 0x07]);
    expect(findField(bytes, 0, bytes.length, 0x08)).toBe(-1);
  });
});

test("a number of eleven bytes is refused wherever it stands", () => {
  const eleven = varint(0n, 11);
  const places: readonly (readonly [MessageType<never>, readonly number[]])[] = [
    ...[0x18, 0x20, 0x28, 0x30, 0x38, 0x40, 0x68].map((tag) => [Singles, [tag, ...eleven]] as const),
    ...[0x08, 0x10, 0x18].map((tag) => [Numbers, [tag, ...eleven]] as const),
    ...[0x1a, 0x22, 0x2a, 0x32, 0x3a, 0x42, 0x6a].map((tag) => [Lists, [tag, 11, ...eleven]] as const),
    [Optionals, [0x18, ...eleven]],
    [Maps, [0x1a, 12, 0x08, ...eleven]],
    [Small, [0x78, ...eleven]],
    [Small, [0x7b, 0x78, ...eleven, 0x7c]],
    [Small, eleven],
  ] as never;
  expect(places.length).toBeGreaterThan(20);
  for (const [type, bytes] of places)
    expect(isRead(type, bytes), `${type.name} ${bytes.join(" ")}`).toBe(false);
});

/** Parts of messages, most of them legal, with every way to write tags, lengths and numbers long, cut or wrong. */
const number = fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: (1n << 70n) - 1n }));
const written = fc.tuple(number, fc.integer({ min: 1, max: 11 })).map(([value, size]) => varint(value, size));
const length = (size: number) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant([size]) },
    { weight: 2, arbitrary: fc.integer({ min: 2, max: 11 }).map((bytes) => varint(BigInt(size), bytes)) },
    fc
      .tuple(fc.integer({ min: 31, max: 69 }), fc.integer({ min: 5, max: 10 }))
      .map(([bit, bytes]) => varint((1n << BigInt(bit)) | BigInt(size), bytes)),
  );
const tag = (field: number, wireType: number) => {
  const value = BigInt(field * 8 + wireType);
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(varint(value, field < 16 ? 1 : 2)) },
    fc.integer({ min: 2, max: 11 }).map((size) => varint(value, size)),
    fc
      .tuple(fc.integer({ min: 32, max: 69 }), fc.integer({ min: 5, max: 10 }))
      .map(([bit, size]) => varint((1n << BigInt(bit)) | value, size)),
  );
};
const { part, group } = fc.letrec<{ part: number[]; group: number[] }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.tuple(tag(2, 0), written).map((list) => list.flat()),
    fc
      .tuple(
        fc.integer({ min: 11, max: 20 }).chain((field) => tag(field, 0)),
        written,
      )
      .map((list) => list.flat()),
    fc.uint8Array({ maxLength: 4 }).chain((content) => {
      const field = fc.constantFrom(1, 3, 7, 14).chain((one) => tag(one, 2));
      const text = [...content].map((byte) => byte & 0x7f);
      return fc.tuple(field, length(text.length)).map(([head, size]) => [...head, ...size, ...text]);
    }),
    fc.tuple(tag(9, 0), written).map((list) => list.flat()),
    fc.tuple(tag(12, 5), fc.constant([1, 2, 3, 4])).map((list) => list.flat()),
    fc.tuple(tag(11, 1), fc.constant([1, 2, 3, 4, 5, 6, 7, 8])).map((list) => list.flat()),
    tie("group"),
  ),
  group: fc
    .tuple(
      fc.integer({ min: 14, max: 17 }),
      fc.array(tie("part"), { maxLength: 3 }),
      fc.integer({ min: 0, max: 9 }),
    )
    .chain(([field, parts, wrong]) =>
      fc
        .tuple(tag(field, 3), tag(wrong === 0 ? field + 1 : field, 4))
        .map(([head, last]) => [...head, ...parts.flat(), ...last]),
    ),
}));

describe("gate and node", () => {
  const rivals = [[0x1a, 0x28, 0x32, 0x3a, 0x40, 0x48, 0x52]];

  test("find the same number in a oneof, or both refuse the bytes", () => {
    let read = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: part }, group), { maxLength: 5 }), (parts) => {
        const bytes = Uint8Array.from(parts.flat());
        const found = (body: Uint8Array) => findField(body, 0, body.length, 0x10, [], rivals);
        const isAccepted = isRead(Choice as MessageType<never>, [...bytes]);
        // A number behind the bytes is found only by a reader that reads to the end.
        const behind = Uint8Array.from([...bytes, 0x10, 7]);
        expect(found(behind) >= 0).toBe(isAccepted);
        if (!isAccepted) {
          refused++;
          return;
        }
        read++;
        const { kind } = decode(Choice, bytes);
        expect(fieldKey.int32(bytes, found(bytes))).toBe(kind?.case === "number" ? kind.value : 0);
      }),
      { numRuns: 5_000 },
    );
    expect(read).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(500);
  });

  test("find the same number in a message that comes in parts, each of which may take it away", () => {
    const inner = (...content: readonly number[]) => [0x52, content.length, ...content];
    const piece = fc.constantFrom(
      [],
      [0x10, 7],
      [0x10, 9],
      [0x1a, 1, 0x61],
      [0x3a, 1, 0x62],
      [0x0a, 1, 0x61],
    );
    const others = [[0x10, 0x1a, 0x28, 0x32, 0x3a, 0x40, 0x48], rivals[0]!];
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            piece,
            fc.array(piece, { maxLength: 3 }).map((parts) => inner(...parts.flat())),
          ),
        ),
        (parts) => {
          const bytes = Uint8Array.from(parts.flat());
          const at = findField(bytes, 0, bytes.length, 0x52, [0x10], others);
          const { kind } = decode(Choice, bytes);
          const held = kind?.case === "inner" ? kind.value.kind : undefined;
          expect(fieldKey.int32(bytes, at)).toBe(held?.case === "number" ? held.value : 0);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("refuse groups beyond 100 levels, and read those up to it", () => {
    for (const [levels, isAccepted] of [
      [100, true],
      [101, false],
      [50_000, false],
    ] as const) {
      const bytes = [
        ...new Array<number>(levels).fill(0x7b),
        ...new Array<number>(levels).fill(0x7c),
        0x10,
        7,
      ];
      expect(isRead(Choice as MessageType<never>, bytes)).toBe(isAccepted);
      expect(findField(Uint8Array.from(bytes), 0, bytes.length, 0x10) >= 0).toBe(isAccepted);
    }
  });

  test("see one text in a byte order mark and the text behind it", () => {
    const bytes = Uint8Array.of(0x0a, 4, 0xef, 0xbb, 0xbf, 0x61);
    expect(fieldKey.string(bytes, findField(bytes, 0, bytes.length, 0x0a))).toBe(
      decode(Choice, bytes).before,
    );
  });
});

/** Bytes of each field of a message, with its tag. */
function fieldsOf(bytes: Uint8Array): Uint8Array[] {
  const reader = new Reader(bytes);
  const fields: Uint8Array[] = [];
  while (reader.position < reader.end) {
    const start = reader.position;
    reader.skip(reader.tag());
    fields.push(bytes.slice(start, reader.position));
  }
  return fields;
}

test("fields in any order, among unknown ones, are read as in the order of their numbers", () => {
  const whole = encode(Singles, {
    aDouble: 0.5,
    aFloat: 1.5,
    anInt32: -3,
    anInt64: 4n,
    aUint32: 500,
    aUint64: 6n,
    aSint32: -7,
    aSint64: -8n,
    aFixed32: 9,
    aFixed64: 10n,
    aSfixed32: -11,
    aSfixed64: -12n,
    aBool: true,
    aString: "fourteen, and longer than sixteen bytes",
    someBytes: Uint8Array.of(15),
    color: 1,
    small: { number: 17, text: "seventeen" },
    empty: {},
  });
  const fields = fieldsOf(whole);
  expect(fields.length).toBe(18);
  const unknown = [Uint8Array.of(0xa0, 0x06, 0x01), Uint8Array.of(0xa2, 0x06, 0x01, 0x61)];
  fc.assert(
    fc.property(fc.shuffledSubarray([...fields, ...unknown], { minLength: 20 }), (shuffled) => {
      const { $unknown, ...known } = decode(Singles, Buffer.concat(shuffled));
      expect(encode(Singles, known)).toEqual(whole);
      expect($unknown?.bytes.length).toBe(7);
    }),
    { numRuns: 500 },
  );
});
