import { describe, expect, test } from "vitest";
import { propertyName } from "../../../codegen/typescript/naming.ts";
import { decode, encode, mapOf } from "../../../runtime/wire/codec/codec-runtime.ts";
import type { Field, FieldType } from "../../../schema/model.ts";
import fc from "../../setup/random.ts";
import { Choice, Lists, Maps, Outer, Singles, Small, Tree } from "./fixtures/kinds.messages.ts";
import { type AnyMessage, messageType, messageTypes } from "./message-types.ts";
import { fixtures, loadFixture } from "./regenerate.ts";
import { Values } from "./values.ts";

const values = new Values(await loadFixture(fixtures[0]!));
const names = [...messageTypes.keys()].filter((name) => name.startsWith("kinds."));

/** Takes the defaults out of messages, at every depth: some are left out, the others undefined. */
class Thinner {
  /** How often something was taken out. */
  count = 0;
  readonly #leavesOut: () => boolean;

  constructor(leavesOut: () => boolean) {
    this.#leavesOut = leavesOut;
  }

  message(name: string, message: AnyMessage): AnyMessage {
    const { fields } = values.index.message(name);
    const thin: AnyMessage = {};
    for (const field of fields) {
      const property = propertyName(field.oneof ?? field.name);
      const value = message[property];
      if (isDefault(field, value)) {
        this.count++;
        if (!this.#leavesOut()) thin[property] = undefined;
      } else if (field.oneof === undefined) thin[property] = this.#value(field.type, value);
      else {
        const held = value as { case: string; value: unknown };
        const member = fields.find(
          ({ oneof, name: own }) => oneof === field.oneof && propertyName(own) === held.case,
        );
        thin[property] = { case: held.case, value: this.#value(member!.type, held.value) };
      }
    }
    return thin;
  }

  #value(type: FieldType, value: unknown): unknown {
    if (type.kind !== "message") return value;
    const { name } = type;
    if (Array.isArray(value)) return value.map((item) => this.message(name, item));
    if (!(value instanceof Map)) return this.message(name, value as AnyMessage);
    return new Map([...value].map(([key, item]) => [key, this.message(name, item)]));
  }
}

/** Whether a field has its default value. A 0 in an optional field or in a oneof is present, so it is not a default. */
function isDefault(field: Field, value: unknown): boolean {
  if (value === undefined || field.oneof !== undefined) return value === undefined;
  if (value instanceof Map) return value.size === 0;
  if (Array.isArray(value)) return value.length === 0;
  if (field.label !== "single") return false;
  return value instanceof Uint8Array
    ? value.length === 0
    : [0, 0n, "", false].some((zero) => Object.is(zero, value));
}

describe.each(names)("%s", (name) => {
  const type = messageType(name);
  const thinned = fc
    .tuple(values.message(name, 3), fc.infiniteStream(fc.boolean()))
    .map(([whole, choices]) => {
      const thinner = new Thinner(() => choices.next().value === true);
      return { whole, thin: thinner.message(name, whole), count: thinner.count };
    });

  test("without its defaults, at any depth, has the bytes of the whole message", () => {
    let count = 0;
    fc.assert(
      fc.property(thinned, ({ whole, thin, ...found }) => {
        expect(encode(type, thin)).toEqual(encode(type, whole));
        count += found.count;
      }),
    );
    if (name !== "kinds.Empty" && name !== "kinds.Outer_Middle_Inner") expect(count).toBeGreaterThan(0);
  });

  test("create makes it whole again, at any depth", () => {
    fc.assert(
      fc.property(thinned, ({ whole, thin }) => {
        expect(type.create(thin)).toStrictEqual(decode(type, encode(type, whole)));
      }),
    );
  });
});

describe("a partial message", () => {
  test.each<[string, () => Uint8Array]>([
    ["kinds.Singles.aString: expected string, found null", () => encode(Singles, wrong({ aString: null }))],
    ["kinds.Singles.small: expected message, found null", () => encode(Singles, wrong({ small: null }))],
    [
      "kinds.Singles.small.text: expected string, found null",
      () => encode(Singles, wrong({ small: { text: null } })),
    ],
    ["kinds.Lists.small[1]: expected message, found null", () => encode(Lists, wrong({ small: [{}, null] }))],
    [
      "kinds.Lists.small[1]: expected message, found undefined",
      () => encode(Lists, wrong({ small: [{}, undefined] })),
    ],
    [
      "kinds.Lists.small[0].number: expected int32, found null",
      () => encode(Lists, wrong({ small: [{ number: null }] })),
    ],
    [
      "kinds.Maps.byBool[0].text: expected string, found null",
      () => encode(Maps, wrong({ byBool: new Map([[true, { text: null }]]) })),
    ],
    [
      "kinds.Outer.middle.inners: expected list, found null",
      () => encode(Outer, wrong({ middle: { inners: null } })),
    ],
    [
      "kinds.Tree.left.left.value: expected int32, found null",
      () => encode(Tree, wrong({ left: { left: { value: null } } })),
    ],
    ["kinds.Choice.kind: expected message, found null", () => encode(Choice, wrong({ kind: null }))],
    [
      "kinds.Choice.kind.value: expected int32, found undefined",
      () => encode(Choice, wrong({ kind: { case: "number" } })),
    ],
    [
      "kinds.Choice.kind.value.text: expected string, found null",
      () => encode(Choice, wrong({ kind: { case: "small", value: { text: null } } })),
    ],
  ])("is refused for %s", (refusal, write) => {
    expect(write).toThrow(`INVALID_ARGUMENT: ${refusal}`);
  });

  test("create leaves a wrong value where it is, for the writer to refuse with its place", () => {
    const refusalOf = (message: object) => () => encode(Singles, Singles.create(message));
    expect(refusalOf({ small: null })).toThrow("kinds.Singles.small: expected message, found null");
    expect(refusalOf({ small: "text" })).toThrow("kinds.Singles.small: expected message, found a string");
    expect(refusalOf({ small: { text: null } })).toThrow(
      "kinds.Singles.small.text: expected string, found null",
    );
    const list = (small: unknown) => () => encode(Lists, Lists.create(wrong({ small })));
    expect(list("text")).toThrow("kinds.Lists.small: expected list, found a string");
    expect(list(null)).toThrow("kinds.Lists.small: expected list, found null");
    expect(list([null])).toThrow("kinds.Lists.small[0]: expected message, found null");
    const map = (byBool: unknown) => () => encode(Maps, Maps.create(wrong({ byBool })));
    expect(map({})).toThrow("kinds.Maps.byBool: expected Map, found an object");
    expect(map(new Map([[true, 3]]))).toThrow("kinds.Maps.byBool[0]: expected message, found a number");
    const oneof = (kind: unknown) => () => encode(Choice, Choice.create(wrong({ kind })));
    expect(oneof(null)).toThrow("kinds.Choice.kind: expected message, found null");
    expect(oneof({ case: "toString", value: {} })).toThrow(
      "kinds.Choice.kind: expected member of the oneof, found an object",
    );
    expect(oneof({ case: "small", value: 3 })).toThrow(
      "kinds.Choice.kind.value: expected message, found a number",
    );
  });

  test("create does not let an own property called __proto__ become the prototype", () => {
    const made = Singles.create(JSON.parse('{"small": {"__proto__": {"text": "x"}, "number": 1}}'));
    expect(Object.getPrototypeOf(made.small)).toBe(Object.prototype);
    expect(made.small?.text).toBe("");
  });

  test("create makes messages of its own, and leaves those that it was given as they are", () => {
    const small = Object.freeze({ number: 5 });
    const made = Singles.create({ small });
    expect(made.small).toEqual({ number: 5, text: "" });
    expect(made.small).not.toBe(small);
  });

  test("create reads what a class computes or inherits, at any depth", () => {
    class Base {
      get number() {
        return 7;
      }
    }
    class Named extends Base {
      readonly values = [1];
      #text = "Ada";
      get text() {
        return this.#text;
      }
    }
    const named = new Named();
    const whole = { number: 7, text: "Ada" };
    expect(Small.create(named)).toStrictEqual(whole);
    expect(Singles.create({ small: named }).small).toStrictEqual(whole);
    expect(Lists.create({ small: [named] }).small).toStrictEqual([whole]);
    expect(Maps.create({ byBool: new Map([[true, named]]) }).byBool).toStrictEqual(new Map([[true, whole]]));
    expect(Choice.create({ kind: { case: "small", value: named } }).kind?.value).toStrictEqual(whole);
  });

  test("create leaves behind what the message does not declare, and keeps unknown fields", () => {
    const $unknown = { type: "kinds.Small", bytes: Uint8Array.of(0x7a, 0) };
    expect(Small.create(wrong({ number: 1, other: 2, $unknown }))).toStrictEqual({
      number: 1,
      text: "",
      $unknown,
    });
  });

  test("create refuses what is no message", () => {
    const refused = [
      null,
      5,
      "x",
      true,
      5n,
      [],
      () => 1,
      new Map(),
      new Set(),
      new Date(),
      Promise.resolve(),
    ];
    for (const value of refused) {
      expect(() => Small.create(value as never), String(value)).toThrow(
        /^INVALID_ARGUMENT: create: expected message, found /,
      );
    }
    expect(() => Small.create(null as never)).toThrow("create: expected message, found null");
    const promise = Singles.create(wrong({ small: Promise.resolve() }));
    expect(() => encode(Singles, promise)).toThrow("kinds.Singles.small: expected message, found an object");
  });

  test("create refuses more levels than can be written: a message in itself, a chain of 20,000", () => {
    const refusal = "INVALID_ARGUMENT: kinds.Tree is nested deeper than 100 levels";
    const left: Record<string, unknown> = {};
    left["left"] = left;
    const inList: Record<string, unknown> = {};
    inList["children"] = [inList];
    const inMap: Record<string, unknown> = {};
    inMap["named"] = new Map([["a", inMap]]);
    const byBranch: Record<string, unknown> = {};
    byBranch["branch"] = { tree: byBranch };
    for (const value of [left, inList, inMap, chain(20_000), chain(101)]) {
      expect(() => Tree.create(value)).toThrow(refusal);
    }
    expect(() => Tree.create(byBranch)).toThrow("is nested deeper than 100 levels");
    const deepest = Tree.create(chain(100));
    expect(encode(Tree, deepest)).toEqual(encode(Tree, chain(100)));
  });

  test("an absent map costs no allocation", () => {
    expect(mapOf(undefined)).toBe(mapOf(undefined));
    expect(Small.create(undefined)).toEqual({ number: 0, text: "" });
  });
});

/** A tree with this many levels below the root. */
function chain(levels: number): object {
  let tree: object = { value: 1 };
  for (let level = 0; level < levels; level++) tree = { left: tree };
  return tree;
}

/** A message that does not compile as one. */
function wrong(message: object): never {
  return message as never;
}
