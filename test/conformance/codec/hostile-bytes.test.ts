import { describe, expect, test } from "vitest";
import { decode, encode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { isPhotinusError } from "../../../schema/errors.ts";
import fc from "../../setup/random.ts";
import { Choice, Lists, Maps, Optionals, Singles, Small, Tree } from "./fixtures/kinds.messages.ts";
import { type AnyMessage, messageType, messageTypes } from "./message-types.ts";
import { loadTheirs } from "./protobufjs.ts";
import { fixtures, loadFixture } from "./regenerate.ts";
import { Values } from "./values.ts";

const [fixture] = fixtures;
const schema = await loadFixture(fixture!);
const root = await loadTheirs(fixture!.schema, ["kinds.proto", "hostile.proto"]);
const values = new Values(schema);
const names = [...messageTypes.keys()].filter((name) => name.startsWith("kinds."));

/** The message, or undefined when the bytes were refused in the way that they should be. */
function accepted(name: string, bytes: Uint8Array): AnyMessage | undefined {
  try {
    return decode(messageType(name), bytes);
  } catch (error) {
    if (isPhotinusError(error) && error.code === "INVALID_ARGUMENT") return undefined;
    throw error;
  }
}

function theyAccept(name: string, bytes: Uint8Array): boolean {
  try {
    root.lookupType(name).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

test("there are messages to try", () => {
  expect(names.length).toBeGreaterThan(15);
});

describe.each(names)("%s", (name) => {
  test("every truncation is refused or accepted as protobufjs does", () => {
    for (const value of fc.sample(values.message(name), 6)) {
      const bytes = encode(messageType(name), value);
      for (let end = 0; end < bytes.length; end++) {
        const cut = bytes.slice(0, end);
        expect(accepted(name, cut) !== undefined, `${end} of ${bytes.length} bytes`).toBe(
          theyAccept(name, cut),
        );
      }
    }
  });

  test("random bytes are refused, or make a message that can be encoded", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const message = accepted(name, bytes);
        if (message) expect(decode(messageType(name), encode(messageType(name), message))).toEqual(message);
      }),
      { numRuns: 150 },
    );
  });

  test("a changed byte is refused, or makes a message that can be encoded", () => {
    fc.assert(
      fc.property(values.message(name), fc.nat(), fc.nat(255), (value, at, byte) => {
        const bytes = encode(messageType(name), value);
        if (bytes.length > 0) bytes[at % bytes.length] = byte;
        const message = accepted(name, bytes);
        if (message) expect(decode(messageType(name), encode(messageType(name), message))).toEqual(message);
      }),
      { numRuns: 100 },
    );
  });
});

/** Messages in messages: each level is the level below it within fields of these tags, the innermost last. */
function nested(levels: number, tags: readonly number[] = [0x12]): Uint8Array {
  let bytes: number[] = [];
  for (let level = 0; level < levels; level++) {
    for (const tag of tags.toReversed()) bytes = [tag, ...length(bytes.length), ...bytes];
  }
  return Uint8Array.from(bytes);
}

function length(size: number): number[] {
  return size < 0x80 ? [size] : [(size & 0x7f) | 0x80, ...length(size >>> 7)];
}

describe("nesting", () => {
  test("100 levels are read, 101 refused", () => {
    expect(decode(Tree, nested(100)).left).toBeDefined();
    expect(() => decode(Tree, nested(101))).toThrow("kinds.Tree is nested deeper than 100 levels");
  });

  test.each([
    ["a field", [0x12]],
    ["a list", [0x1a]],
    ["the values of a map", [0x22, 0x12]],
    ["another message", [0x2a, 0x0a]],
  ])("1,000 levels are refused, by way of %s", (_way, tags) => {
    expect(decode(Tree, nested(10, tags))).toBeDefined();
    expect(accepted("kinds.Tree", nested(1000, tags))).toBeUndefined();
  });

  test("a message that contains itself is not written", () => {
    const tree = Tree.create();
    tree.left = tree;
    expect(() => encode(Tree, tree)).toThrow("INVALID_ARGUMENT: kinds.Tree is nested deeper than 100 levels");
  });

  test("unknown groups are skipped 100 levels deep, and refused beyond", () => {
    const groups = (levels: number) =>
      Uint8Array.from([
        ...new Array<number>(levels).fill(0x7b),
        ...new Array<number>(levels).fill(0x7c),
        0x08,
        5,
      ]);
    expect(decode(Small, groups(100)).number).toBe(5);
    expect(() => decode(Small, groups(101))).toThrow("nested deeper");
    expect(() => decode(Small, groups(60_000))).toThrow("nested deeper");
  });
});

describe("lengths", () => {
  const huge = [0xff, 0xff, 0xff, 0xff, 0x0f];

  test.each([
    ["a string", Singles, 0x72],
    ["bytes", Singles, 0x7a],
    ["a packed list", Lists, 0x0a],
    ["a list of messages", Lists, 0x8a],
    ["a map", Maps, 0x0a],
    ["a member of a oneof", Choice, 0x32],
    ["an unknown field", Small, 0x3a],
  ])("a length of 4 GiB is refused before anything is allocated: %s", (_what, type, tag) => {
    const bytes = Uint8Array.from(tag === 0x8a ? [0x8a, 0x01, ...huge, 0] : [tag, ...huge, 0]);
    expect(() => decode<unknown>(type, bytes)).toThrow(
      "INVALID_ARGUMENT: a length points outside the message",
    );
  });

  test("a packed list that ends within a number is refused", () => {
    expect(() => decode(Lists, Uint8Array.from([0x0a, 9, ...new Array<number>(16).fill(0)]))).toThrow(
      "exceeds the end",
    );
  });
});

describe("malformed fields", () => {
  test.each([
    ["field number 0", [0x00, 0x01]],
    ["wire type 6", [0x0e, 0x01]],
    ["wire type 7", [0x0f, 0x01]],
    ["an end of a group that was not begun", [0x0c]],
    ["a group that does not end", [0x7b, 0x08, 0x01]],
    ["a group that another number ends", [0x7b, 0x84, 0x01]],
    ["a number of eleven bytes", [0x08, ...new Array<number>(10).fill(0x80), 0x01]],
    ["a field number beyond 29 bits", [0xff, 0xff, 0xff, 0xff, 0x7f, 0x01]],
    ["an overlong byte in a string", [0x12, 2, 0xc0, 0x80]],
    ["half a surrogate pair in a string", [0x12, 3, 0xed, 0xa0, 0x80]],
    ["a broken byte in a long string", [0x12, 60, ...new Array<number>(59).fill(0x61), 0xff]],
  ])("%s is refused", (_what, bytes) => {
    expect(accepted("kinds.Small", Uint8Array.from(bytes))).toBeUndefined();
  });
});

describe("what newer and older peers send", () => {
  test("a field of another wire type counts as unknown", () => {
    const bytes = Uint8Array.from([0x0a, 1, 5, 0x10, 9]);
    expect(decode(Small, bytes)).toEqual({ number: 0, text: "", $unknown: { type: "kinds.Small", bytes } });
  });

  test("the last of several values of a single field counts", () => {
    expect(decode(Small, Uint8Array.from([0x08, 1, 0x08, 2]))).toEqual({ number: 2, text: "" });
  });

  test("a message field that comes twice is merged", () => {
    const twice = [0x8a, 0x01, 2, 0x08, 7, 0x8a, 0x01, 3, 0x12, 1, 0x61];
    expect(decode(Optionals, Uint8Array.from(twice)).small).toEqual({ number: 7, text: "a" });
  });

  test("a oneof keeps what came last, and merges the same message", () => {
    expect(decode(Choice, Uint8Array.from([0x10, 1, 0x1a, 1, 0x62])).kind).toEqual({
      case: "text",
      value: "b",
    });
    const small = { case: "small", value: { number: 7, text: "a" } };
    expect(decode(Choice, Uint8Array.from([0x32, 2, 0x08, 7, 0x32, 3, 0x12, 1, 0x61])).kind).toEqual(small);
  });

  test("lists are read packed and unpacked, mixed", () => {
    expect(decode(Lists, Uint8Array.from([0x28, 1, 0x2a, 2, 2, 3, 0x28, 4])).aUint32).toEqual([1, 2, 3, 4]);
  });

  test("an entry of a map may lack its key or its value, or hold them twice", () => {
    const entries = [0x1a, 0, 0x1a, 4, 0x08, 3, 0x08, 4, 0x1a, 2, 0x10, 9];
    expect(decode(Maps, Uint8Array.from(entries)).byUint32).toEqual(
      new Map([
        [0, 9],
        [4, 0],
      ]),
    );
  });

  test("an enum keeps numbers that have no name", () => {
    const bytes = Uint8Array.from([0x80, 0x01, 77]);
    expect(decode(Singles, bytes).color).toBe(77);
    expect(encode(Singles, decode(Singles, bytes))).toEqual(bytes);
  });
});
