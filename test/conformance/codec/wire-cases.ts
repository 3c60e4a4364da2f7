import type { Field, Message } from "../../../schema/model.ts";
import { delimited, forms, isPackable, max64, tag, text, types, varint, wireTypeOf } from "./wire-forms.ts";

/**
 * Cases of protobuf's binary format for proto3, put together from its specification: for each type of field what every reader
 * has to take, and what it has to give back or refuse. They stand for the binary cases of protobuf's own conformance suite.
 */
export interface WireCase {
  /** Family, type and what is tried: "scalar int32 3: same value". */
  readonly name: string;
  readonly input: readonly number[];
  /**
   * "refused", or what it is to be encoded as again: `exact` to the byte; `same` for bytes that are read as the same message.
   */
  readonly expected: "refused" | { readonly exact: readonly number[] } | { readonly same: readonly number[] };
}

/** No field has this number. */
const unknownNumber = 700;

/** What the message's fields are: the numbers of all forms of all types. */
class Layout {
  readonly #fields: readonly Field[];

  constructor(message: Message) {
    this.#fields = message.fields;
  }

  number(form: "one" | "many" | "packed" | "apart" | "choice", type: string): number {
    return this.#named(`${form}_${type}`);
  }

  get maps(): { readonly number: number; readonly key: string; readonly value: string }[] {
    return this.#fields
      .filter(({ label }) => label === "map")
      .map(({ name, number }) => {
        const [value = "", key = ""] = name.split("_by_");
        return { number, key, value };
      });
  }

  get choices(): string[] {
    return this.#fields
      .filter(({ oneof }) => oneof !== undefined)
      .map(({ name }) => name.replace("choice_", ""));
  }

  #named(name: string): number {
    const field = this.#fields.find((one) => one.name === name);
    if (!field) throw new Error(`there is no field ${name}`);
    return field.number;
  }
}

export function wireCases(message: Message): WireCase[] {
  const layout = new Layout(message);
  return [
    ...types.flatMap((type) => [...scalars(layout, type), ...lists(layout, type), ...cutShort(layout, type)]),
    ...layout.maps.flatMap((map) => maps(map)),
    ...layout.choices.flatMap((type) => choices(layout, type)),
    ...merges(layout),
    ...unknown(),
    ...groups(layout),
    ...illegal(layout),
    ...notUtf8(layout),
  ];
}

function field(number: number, type: string, value: readonly number[]): number[] {
  return [...tag(number, wireTypeOf(type)), ...value];
}

function scalars(layout: Layout, type: string): WireCase[] {
  const number = layout.number("one", type);
  const all = forms[type]!;
  const cases = all.flatMap(([input, written], n): WireCase[] => {
    // A default is not written, of a field without presence.
    const isDefault = type !== "message" && String(written) === String(all[0]![1]);
    const out = isDefault ? [] : field(number, type, written);
    const name = `scalar ${type} ${n}`;
    const sent = field(number, type, input);
    return [
      { name: `${name}: same value`, input: sent, expected: { same: out } },
      { name: `${name}: written in the shortest form`, input: sent, expected: { exact: out } },
    ];
  });
  if (type === "message") return cases;
  const last = field(number, type, all.at(-1)![1]);
  const every = all.flatMap(([input]) => field(number, type, input));
  return [
    ...cases,
    { name: `scalar ${type}: the last of several counts`, input: every, expected: { exact: last } },
  ];
}

function lists(layout: Layout, type: string): WireCase[] {
  const all = forms[type]!;
  const many = layout.number("many", type);
  const apart = (number: number, at: 0 | 1) => all.flatMap((form) => field(number, type, form[at]));
  if (!isPackable(type)) {
    return [{ name: `list ${type}`, input: apart(many, 0), expected: { exact: apart(many, 1) } }];
  }
  const packed = (number: number, at: 0 | 1) => [
    ...tag(number, 2),
    ...delimited(all.flatMap((form) => form[at])),
  ];
  const out = { many: packed(many, 1) } as const;
  const cases: WireCase[] = [];
  for (const [form, sent] of [
    ["packed", packed],
    ["apart", apart],
  ] as const) {
    cases.push(
      { name: `list ${type} sent ${form}: same values`, input: sent(many, 0), expected: { same: out.many } },
      {
        name: `list ${type} sent ${form}: packed by default`,
        input: sent(many, 0),
        expected: { exact: out.many },
      },
    );
    for (const [declared, write] of [
      ["packed", packed],
      ["apart", apart],
    ] as const) {
      const number = layout.number(declared, type);
      const name = `list ${type} sent ${form}, declared ${declared}`;
      cases.push({ name, input: sent(number, 0), expected: { exact: write(number, 1) } });
    }
  }
  return cases;
}

/** A message that ends too early: before a value, within it, within a list or a message. */
function cutShort(layout: Layout, type: string): WireCase[] {
  const wireType = wireTypeOf(type);
  const part = { 0: [0x80], 1: [1, 2, 3, 4, 5, 6, 7], 2: [0x80], 5: [1, 2, 3] }[wireType]!;
  const places = [
    ["a field", layout.number("one", type)],
    ["a list", layout.number("many", type)],
    ["an unknown field", unknownNumber],
  ] as const;
  const inputs: [string, number[]][] = places.flatMap(([what, number]) => [
    [`before the value of ${what}`, tag(number, wireType)],
    [`within the value of ${what}`, [...tag(number, wireType), ...part]],
    ...(wireType === 2
      ? [[`before the content of ${what}`, [...tag(number, 2), 1]] as [string, number[]]]
      : []),
  ]);
  const many = layout.number("many", type);
  if (isPackable(type)) {
    inputs.push(["within a value of a packed list", [...tag(many, 2), ...delimited(part)]]);
    inputs.push(["within a packed list", [...tag(many, 2), 1]]);
  }
  if (type === "message") {
    const within = delimited([...tag(1, 0), 0x80]);
    inputs.push(["within a message's value", [...tag(layout.number("one", type), 2), ...within]]);
  }
  return inputs.map(([where, input]) => ({ name: `cut ${type}: ${where}`, input, expected: "refused" }));
}

function maps({ number, key, value }: Layout["maps"][number]): WireCase[] {
  const [keyDefault, keyOther] = [forms[key]![0]![1], forms[key]![1]![1]];
  const [valueDefault, valueOther] = [forms[value]![0]![1], forms[value]![1]![1]];
  const k = (content: readonly number[]) => field(1, key, content);
  const v = (content: readonly number[]) => field(2, value, content);
  const entry = (...parts: readonly (readonly number[])[]) => [...tag(number, 2), ...delimited(parts.flat())];
  const whole = entry(k(keyOther), v(valueOther));
  const zero = entry(k(keyDefault), v(valueDefault));
  const wrong = (at: number, type: string) => (wireTypeOf(type) === 2 ? [at * 8, 1] : [at * 8 + 2, 1, 0x61]);
  const inputs: [string, number[], number[]][] = [
    ["defaults", zero, zero],
    ["an empty entry", entry(), zero],
    ["other values", whole, whole],
    ["the value before the key", entry(v(valueOther), k(keyOther)), whole],
    ["the key in two entries", [...entry(k(keyOther), v(valueDefault)), ...whole], whole],
    ["the key twice in an entry", entry(k(keyDefault), k(keyOther), v(valueOther)), whole],
    ["the value twice in an entry", entry(k(keyOther), v(valueDefault), v(valueOther)), whole],
    ["a key of another wire type", entry(wrong(1, key), v(valueOther)), entry(k(keyDefault), v(valueOther))],
    [
      "a value of another wire type",
      entry(k(keyOther), wrong(2, value)),
      entry(k(keyOther), v(valueDefault)),
    ],
  ];
  return inputs.map(([what, input, exact]) => ({
    name: `map ${key}, ${value}: ${what}`,
    input,
    expected: { exact },
  }));
}

function choices(layout: Layout, type: string): WireCase[] {
  const number = layout.number("choice", type);
  const zero = field(number, type, forms[type]![0]![1]);
  const other = field(number, type, forms[type]![1]![1]);
  const rivals = layout.choices.filter((one) => one !== type);
  const rival = rivals.flatMap((one) => field(layout.number("choice", one), one, forms[one]![1]![1]));
  const inputs: [string, number[], number[]][] = [
    ["the default is written", zero, zero],
    ["another value", other, other],
    ["the last of two values", [...zero, ...other], other],
    ["the last of two members", [...rival, ...other], other],
    ["the last of two members is at its default", [...rival, ...zero], zero],
  ];
  return inputs.flatMap(([what, input, out]) => [
    { name: `oneof ${type}: ${what}, same message`, input, expected: { same: out } },
    { name: `oneof ${type}: ${what}`, input, expected: { exact: out } },
  ]);
}

/** A message that comes in parts is put together; an entry of a map replaces the one before. */
function merges(layout: Layout): WireCase[] {
  const one = (type: string, value: bigint) => field(layout.number("one", type), type, varint(value));
  const many = (value: bigint) => field(layout.number("many", "int32"), "int32", varint(value));
  const whole = (...parts: readonly (readonly number[])[]) => [...tag(2, 2), ...delimited(parts.flat())];
  const first = whole(one("int64", 1_234n), one("uint32", 1_234n), many(1_234n));
  const second = whole(one("int32", 4_321n), one("uint32", 4_321n), many(4_321n));
  const list = [
    ...tag(layout.number("many", "int32"), 2),
    ...delimited([...varint(1_234n), ...varint(4_321n)]),
  ];
  const merged = whole(one("int64", 1_234n), one("int32", 4_321n), one("uint32", 4_321n), list);
  const within = (number: number, content: readonly number[]) => [...tag(number, 2), ...delimited(content)];
  const places = [
    ["a field", layout.number("one", "message")],
    ["a member of a oneof", layout.number("choice", "message")],
  ] as const;
  const map = layout.maps.find(({ value }) => value === "message")!.number;
  const entry = (content: readonly number[]) => within(map, [0x0a, 1, 0x61, ...within(2, content)]);
  const last = [...tag(layout.number("many", "int32"), 2), ...delimited(varint(4_321n))];
  const replaced = whole(one("int32", 4_321n), one("uint32", 4_321n), last);
  return [
    ...places.flatMap(([what, number]): WireCase[] => {
      const input = [...within(number, first), ...within(number, second)];
      const exact = within(number, merged);
      return [
        { name: `merge ${what}: same message`, input, expected: { same: exact } },
        { name: `merge ${what}`, input, expected: { exact } },
      ];
    }),
    {
      name: "merge: an entry of a map replaces the one before",
      input: [...entry(first), ...entry(second)],
      expected: { exact: entry(replaced) },
    },
  ];
}

/** Fields that the message does not have come back as they were, in their order. */
function unknown(): WireCase[] {
  const some = (type: string) => field(unknownNumber, type, forms[type]![1]![1]);
  const group = [...tag(unknownNumber, 3), 0x08, 1, ...tag(unknownNumber, 4)];
  const mixed = [...some("string"), ...some("int32"), ...some("bytes"), ...some("uint64")];
  const inputs: [string, number[]][] = [
    ...types.map((type): [string, number[]] => [type, some(type)]),
    ["a group", group],
    ["groups in a group", [...tag(unknownNumber, 3), ...group, ...group, ...tag(unknownNumber, 4)]],
    ["several of one number and of different wire types", mixed],
    ["within a message", [...tag(10, 2), ...delimited(mixed)]],
    ["a known number of another wire type", [...tag(5, 2), 1, 0x61]],
  ];
  return inputs.map(([what, input]) => ({ name: `unknown ${what}`, input, expected: { exact: input } }));
}

function groups(layout: Layout): WireCase[] {
  const inside = (number: number, content: readonly number[]) => [
    ...tag(number, 3),
    ...content,
    ...tag(number, 4),
  ];
  const one = layout.number("one", "int32");
  const message = layout.number("one", "message");
  const content = field(2, "string", text("hello"));
  const cases: [string, number[]][] = [3, 4].flatMap((wireType): [string, number[]][] => {
    const what = wireType === 3 ? "a group that does not end" : "the end of no group";
    const alone = (number: number) => tag(number, wireType);
    return [
      [what, alone(201)],
      [`${what}, of a large number`, alone(1_234)],
      [`${what}, with the number of a field`, alone(one)],
      [`${what}, within a message`, [...tag(message, 2), ...delimited(alone(1_234))]],
      [`${what}, within a group`, inside(201, alone(202))],
      [`${what}, before a field`, [...alone(one), ...content]],
    ];
  });
  cases.push(["a group that another number ends", [...tag(201, 3), ...content, ...tag(202, 4)]]);
  cases.push([
    "a group in a group that another number ends",
    inside(201, [...tag(202, 3), ...content, ...tag(203, 4)]),
  ]);
  return cases.map(([what, input]) => ({ name: `group: ${what}`, input, expected: "refused" }));
}

function illegal(layout: Layout): WireCase[] {
  const cases: [string, number[]][] = [
    ["number 0, wire type 1", [0x01, 1, 2, 3, 4, 5, 6, 7, 8]],
    ["number 0, wire type 2", [0x02, 1, 1]],
    ["number 0, wire type 3", [0x03, 0x04]],
    ["number 0, wire type 5", [0x05, 1, 2, 3, 4]],
    ["a number far too high", [0x88, 0x80, 0x80, 0x80, 0x80, 0x80, 0x0f, 1]],
    ["a number that is just too high", [0x88, 0x80, 0x80, 0x80, 0x40, 1]],
    ["more than five bytes", [0x88, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 1]],
    ["more than ten bytes", [0x88, ...new Array<number>(11).fill(0x80), 0x00, 1]],
  ];
  for (const wireType of [6, 7]) {
    for (const number of [0, 1, 2, 3]) {
      for (const value of [0, 1, 2, 3]) {
        cases.push([
          `number ${number}, wire type ${wireType}, then ${value}`,
          [number * 8 + wireType, value],
        ]);
      }
    }
  }
  const lengths: [string, number[]][] = ["string", "bytes", "message"].flatMap(
    (type): [string, number[]][] => [
      [`of ${type}, 2^31`, [...tag(layout.number("one", type), 2), ...varint(2n ** 31n)]],
      [`of ${type}, 2^32`, [...tag(layout.number("one", type), 2), ...varint(2n ** 32n)]],
      [`of ${type}, 2^64 - 1`, [...tag(layout.number("one", type), 2), ...varint(max64)]],
    ],
  );
  return [
    ...cases.map(([what, input]): WireCase => ({ name: `tag: ${what}`, input, expected: "refused" })),
    ...lengths.map(([what, input]): WireCase => ({ name: `length ${what}`, input, expected: "refused" })),
  ];
}

function notUtf8(layout: Layout): WireCase[] {
  const bad = delimited([0xa0, 0xb0, 0xc0, 0xd0]);
  const map = layout.maps.find(({ key, value }) => key === "string" && value === "string")!.number;
  const inputs: [string, number[]][] = [
    ["a field", field(layout.number("one", "string"), "string", bad)],
    ["a list", field(layout.number("many", "string"), "string", bad)],
    ["a member of a oneof", field(layout.number("choice", "string"), "string", bad)],
    ["a key", [...tag(map, 2), ...delimited([0x0a, ...bad, 0x12, 1, 0x61])]],
    ["a value of a map", [...tag(map, 2), ...delimited([0x0a, 1, 0x61, 0x12, ...bad])]],
  ];
  return inputs.map(([what, input]) => ({ name: `no UTF-8: ${what}`, input, expected: "refused" }));
}
