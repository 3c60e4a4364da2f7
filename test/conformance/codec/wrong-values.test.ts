import { describe, expect, test } from "vitest";
import { SchemaIndex } from "../../../codegen/typescript/emit-context.ts";
import { propertyName } from "../../../codegen/typescript/naming.ts";
import {
  decode,
  encode,
  encodeInto,
  type MessageType,
  raw,
  Writer,
} from "../../../runtime/wire/codec/codec-runtime.ts";
import { isPhotinusError } from "../../../schema/errors.ts";
import type { Field } from "../../../schema/model.ts";
import {
  Choice,
  Empty,
  Far,
  Lists,
  Maps,
  Optionals,
  Outer,
  Singles,
  Small,
  Tree,
} from "./fixtures/kinds.messages.ts";
import { type AnyMessage, messageType, messageTypes } from "./message-types.ts";
import { fixtures, loadFixture } from "./regenerate.ts";

const schema = await loadFixture(fixtures[0]!);
const index = new SchemaIndex(schema);
const names = [...messageTypes.keys()].filter((name) => name.startsWith("kinds."));

/** What a value that cannot be written is answered with: code and reason. */
function refusal(type: MessageType<never>, value: unknown): string {
  const writer = new Writer();
  writer.append(Uint8Array.of(1, 2, 3));
  try {
    encodeInto(writer, type as MessageType<unknown>, value);
  } catch (error) {
    // Nothing of it stays in a buffer that others write into, too.
    expect([...writer.finish()]).toEqual([1, 2, 3]);
    if (!isPhotinusError(error)) throw error;
    return error.message;
  }
  return `written: ${[...writer.finish()]}`;
}

const notNumbers = [null, Number.NaN, "3", "", true, {}, [], 5n, Symbol("s"), () => 1];
const notFloats = notNumbers.filter((value) => !Number.isNaN(value));
const notBigints = [null, 3, 0, "3", "", true, {}, [], Number.NaN];

/** By type, values that no field of it holds. */
const wrongOf: Readonly<Record<string, readonly unknown[]>> = {
  uint32: [1.5, -1, 2 ** 32, Number.POSITIVE_INFINITY, ...notNumbers],
  int32: [1.5, 2 ** 31, -(2 ** 31) - 1, ...notNumbers],
  uint64: [-1n, 2n ** 64n, 10n ** 999n, ...notBigints],
  int64: [2n ** 63n, -(2n ** 63n) - 1n, ...notBigints],
  uint53: [1.5, -1, 2 ** 64, Number.POSITIVE_INFINITY, ...notNumbers],
  int53: [1.5, 2 ** 63, -(2 ** 63) * 1.1, Number.NEGATIVE_INFINITY, ...notNumbers],
  float: [3.5e38, -1e39, Number.MAX_VALUE, 2 ** 128 - 2 ** 103, ...notFloats],
  double: notFloats,
  bool: [null, 0, 1, "true", "", {}],
  string: [null, 3, 0, true, {}, [], new Uint8Array(1), 5n],
  bytes: [null, "abc", "", 3, 0, [1, 2], {}, new Float64Array(1)],
  message: [null, "abc", 3, 0, true, 5n],
};

function kindOf(field: Field): string {
  const { type } = field;
  if (type.kind !== "scalar") return type.kind === "enum" ? "int32" : "message";
  const kind = type.scalar
    .replace(/^s?fixed/, (match) => (match === "fixed" ? "uint" : "int"))
    .replace("sint", "int");
  return field.jsNumber ? kind.replace("64", "53") : kind;
}

/** A message that holds a value in one field, and the path to it as the error names it. */
function holding(field: Field, value: unknown): { readonly message: AnyMessage; readonly path: string } {
  const property = propertyName(field.name);
  if (field.oneof !== undefined) {
    const oneof = propertyName(field.oneof);
    return { message: { [oneof]: { case: property, value } }, path: `${oneof}.value` };
  }
  switch (field.label) {
    case "repeated":
      return { message: { [property]: [value] }, path: `${property}[0]` };
    case "map": {
      const key =
        { string: "k", bool: true }[field.mapKey as string] ?? (field.mapKey?.endsWith("64") ? 1n : 1);
      return { message: { [property]: new Map([[key, value]]) }, path: `${property}[0]` };
    }
    default:
      return { message: { [property]: value }, path: property };
  }
}

describe.each(names)("%s", (name) => {
  const type = messageType(name);
  const { fields } = index.message(name);

  test("refuses what a field does not hold, and names the field", () => {
    for (const field of fields) {
      for (const wrong of wrongOf[kindOf(field)] ?? []) {
        const { message, path } = holding(field, wrong);
        const given = `${field.name}: ${String(wrong).slice(0, 20)}`;
        const said = refusal(type as never, { ...type.create(), ...message });
        expect(said, given).toMatch(
          /^INVALID_ARGUMENT: \S+: expected .*, found |^INVALID_ARGUMENT: \S+: unreadable$/,
        );
        expect(said, given).toContain(`: ${name}.${path}: `);
      }
    }
  });

  test("takes what is absent or undefined for the default", () => {
    const message: AnyMessage = {};
    expect(encode(type, message)).toHaveLength(0);
    for (const key of Object.keys(type.create())) message[key] = undefined;
    expect(encode(type, message)).toHaveLength(0);
  });

  test("refuses what is no message", () => {
    for (const wrong of [null, 3, "abc", true, 5n]) {
      expect(refusal(type as never, wrong), String(wrong)).toMatch(`INVALID_ARGUMENT: ${name}: `);
    }
  });
});

test("what is no message is refused in its field, also with properties that a field is named after", () => {
  for (const wrong of [
    "",
    "text",
    3,
    true,
    () => 1,
    [],
    new Map(),
    new Set(),
    new Date(0),
    Promise.resolve(),
  ]) {
    const given = String(wrong);
    expect(refusal(Singles as never, { small: wrong }), given).toMatch("INVALID_ARGUMENT: kinds.Singles.");
    expect(refusal(Tree as never, { left: wrong }), given).toMatch("INVALID_ARGUMENT: kinds.Tree.");
    expect(refusal(Empty as never, wrong), given).toMatch("INVALID_ARGUMENT: kinds.Empty");
  }
  // The text has a `length`, which is a valid uint32.
  const writer = new Writer();
  const mark = writer.begin(0x0a);
  writer.append(Uint8Array.of(0x08, 6));
  expect(() => writer.endMessage(mark, "secret")).toThrow("expected message, found a string");
  const Measured = {
    name: "Measured",
    write: (to: Writer, value: { length: number }) => to.append(Uint8Array.of(0x08, value.length)),
  };
  expect(() => encode(Measured, "secret" as never)).toThrow("Measured: expected message, found a string");
});

describe("the error", () => {
  test.each<[string, MessageType<never>, unknown]>([
    ["kinds.Singles.aUint32: expected uint32, found a fraction", Singles, { aUint32: 1.5 }],
    ["kinds.Singles.aUint32: expected uint32, found a string", Singles, { aUint32: "3" }],
    ["kinds.Singles.aUint64: expected uint64, found a number", Singles, { aUint64: 7 }],
    ["kinds.Singles.aUint64: expected uint64, found a bigint", Singles, { aUint64: -1n }],
    ["kinds.Singles.anInt64: expected int64, found a bigint", Singles, { anInt64: 10n ** 999n }],
    ["kinds.Singles.aString: expected string, found null", Singles, { aString: null }],
    ["kinds.Singles.small.text: expected string, found a number", Singles, { small: { text: 5 } }],
    ["kinds.Singles.small: expected message, found null", Singles, { small: null }],
    ["kinds.Far.n262144.number: expected int32, found NaN", Far, { n262144: { number: Number.NaN } }],
    ["kinds.Lists.aUint32[2]: expected uint32, found undefined", Lists, { aUint32: [1, 2, undefined] }],
    ["kinds.Lists.aString: expected list, found a string", Lists, { aString: "abc" }],
    ["kinds.Lists.aUint32: expected list, found a number", Lists, { aUint32: 3 }],
    [
      "kinds.Lists.small[1].number: expected int32, found a fraction",
      Lists,
      { small: [{}, { number: -0.5 }] },
    ],
    [
      "kinds.Outer.middle.inners[1].mood: expected int32, found a fraction",
      Outer,
      { middle: { inners: [{}, { mood: 1.5 }] } },
    ],
    [
      "kinds.Maps.byBool[1].number: expected int32, found a list",
      Maps,
      {
        byBool: new Map([
          [false, {}],
          [true, { number: [] }],
        ]),
      },
    ],
    ["kinds.Maps.byString: expected Map, found an object", Maps, { byString: {} }],
    [
      "kinds.Tree.left.left.value: expected int32, found a number",
      Tree,
      { left: { left: { value: 2 ** 31 } } },
    ],
    [
      "kinds.Choice.kind: expected member of the oneof, found an object",
      Choice,
      { kind: { case: "nothing", value: 1 } },
    ],
    ["kinds.Choice.kind: expected member of the oneof, found a string", Choice, { kind: "text" }],
    [
      "kinds.Choice.kind.value.number: expected int32, found a number",
      Choice,
      { kind: { case: "small", value: { number: 1 / 0 } } },
    ],
    [
      "kinds.Choice.second.value: expected double, found a string",
      Choice,
      { second: { case: "weight", value: "1" } },
    ],
  ] as never)("%s", (message, type, value) => {
    expect(refusal(type, value)).toBe(`INVALID_ARGUMENT: ${message}`);
  });

  test("finds its way in frozen messages, and through getters", () => {
    const frozen = Object.freeze({ small: Object.freeze({ number: 1.5, text: "" }) });
    expect(refusal(Singles as never, frozen)).toContain(
      "kinds.Singles.small.number: expected int32, found a fraction",
    );
    class Player {
      readonly #id = 1.5;
      get number() {
        return this.#id;
      }
    }
    expect(refusal(Small as never, new Player())).toContain(
      "kinds.Small.number: expected int32, found a fraction",
    );
  });

  test("names the field that holds no message, not the last one read in it", () => {
    for (const wrong of [[], new Set(), new Date(0), Promise.resolve()]) {
      expect(refusal(Singles as never, { small: wrong })).toMatch(
        /^INVALID_ARGUMENT: kinds\.Singles\.small: expected message, found /,
      );
    }
  });

  test("of a getter that throws is the getter's own, with its path", () => {
    const small = {
      get text(): string {
        throw new Error("not loaded");
      },
    };
    expect(refusal(Singles as never, { small })).toBe(
      "INVALID_ARGUMENT: kinds.Singles.small.text: Error: not loaded",
    );
  });

  test("of an opaque body that is no bytes", () => {
    for (const body of ["abc", "", [1, 2], null, 3]) {
      expect(refusal(raw as never, body), String(body)).toMatch(
        /^INVALID_ARGUMENT: photinus.Raw: expected bytes, found .*$/,
      );
    }
  });

  test("shows no text and no key, which may be somebody's secret", () => {
    const secret = "correct horse";
    expect(refusal(Singles as never, { aUint32: secret })).not.toContain("horse");
    expect(refusal(Maps as never, { byString: new Map([[secret, 3]]) })).not.toContain("horse");
  });
});

describe("values at the ends of their types", () => {
  test("are written: whole numbers", () => {
    const value = Singles.create({
      anInt32: -(2 ** 31),
      aUint32: 2 ** 32 - 1,
      aSint32: 2 ** 31 - 1,
      aFixed32: 2 ** 32 - 1,
      aSfixed32: -(2 ** 31),
      anInt64: -(2n ** 63n),
      aUint64: 2n ** 64n - 1n,
      aSint64: 2n ** 63n - 1n,
      aFixed64: 2n ** 64n - 1n,
      aSfixed64: -(2n ** 63n),
    });
    expect(decode(Singles, encode(Singles, value))).toEqual(value);
  });

  test("are written: fractions, NaN, infinities and -0", () => {
    for (const number of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -0,
      3.4028234663852886e38,
    ]) {
      const value = Optionals.create({ aFloat: number, aDouble: number });
      expect(decode(Optionals, encode(Optionals, value))).toEqual(value);
      const single = Singles.create({ aFloat: number, aDouble: number });
      expect(decode(Singles, encode(Singles, single))).toEqual(single);
    }
    expect(decode(Singles, encode(Singles, Singles.create({ aFloat: 0.1 }))).aFloat).toBe(Math.fround(0.1));
    expect(encode(Empty, Empty.create())).toHaveLength(0);
  });

  test("-0 of a whole number is 0", () => {
    expect(decode(Optionals, encode(Optionals, Optionals.create({ anInt32: -0, aUint32: -0 }))).anInt32).toBe(
      0,
    );
  });
});
