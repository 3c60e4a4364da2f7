import { describe, expect, test } from "vitest";
import { decode, encode } from "../../../runtime/wire/codec/codec-runtime.ts";
import fc from "../../setup/random.ts";
import { messageType, messageTypes } from "./message-types.ts";
import { fromTheirs, loadTheirs, toTheirs } from "./protobufjs.ts";
import { fixtures, loadFixture } from "./regenerate.ts";
import { Values } from "./values.ts";

const [fixture] = fixtures;
const schema = await loadFixture(fixture!);
const root = await loadTheirs(fixture!.schema, ["kinds.proto", "hostile.proto"]);
/** Compared with protoc only: protobufjs loses a field named __proto__, and has other field names in Google's messages. */
const notTheirs = ["hostile.Object", "kinds.WellKnown"];
const names = [...messageTypes.keys()].filter(
  (name) => !name.startsWith("batch.") && !notTheirs.includes(name),
);
const runs = { numRuns: 60 };

test("there are messages to compare", () => {
  expect(names.length).toBeGreaterThan(30);
});

describe.each(names)("%s", (name) => {
  const type = messageType(name);
  const theirs = root.lookupType(name);
  const values = new Values(schema);
  // protobufjs keeps maps in objects, whose keys have an order of their own.
  const orderless = new Values(schema, 1);

  test("encodes to the same bytes as protobufjs", () => {
    fc.assert(
      fc.property(orderless.message(name), (value) => {
        const expected = theirs.encode(theirs.fromObject(toTheirs(orderless.index, name, value))).finish();
        expect(hex(encode(type, value))).toBe(hex(expected));
      }),
      runs,
    );
  });

  test("decodes what protobufjs encodes", () => {
    fc.assert(
      fc.property(values.message(name), (value) => {
        const bytes = theirs.encode(theirs.fromObject(toTheirs(values.index, name, value))).finish();
        expect(decode(type, bytes)).toEqual(value);
      }),
      runs,
    );
  });

  test("encodes what protobufjs decodes", () => {
    fc.assert(
      fc.property(values.message(name), (value) => {
        const message = theirs.decode(encode(type, value));
        const object = theirs.toObject(message, { longs: String, defaults: true, oneofs: true });
        expect(encode(type, fromTheirs(values.index, name, object)).length).toBe(encode(type, value).length);
        expect(fromTheirs(values.index, name, object)).toEqual(value);
      }),
      runs,
    );
  });
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
