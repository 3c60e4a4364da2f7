import { got, head, type Pair, pair, passed, sent, stored } from "./pair.ts";

const clients = "old client, new client";

/** A pair of a message that clients send. */
const up = (name: string, before: string, after: string, expected: readonly string[]): Pair =>
  pair(name, sent(before), sent(after), expected);

/** A pair of a message that clients get. */
const down = (name: string, before: string, after: string, expected: readonly string[]): Pair =>
  pair(name, got(before), got(after), expected);

/** A pair of a message between nodes. */
const across = (name: string, before: string, after: string, expected: readonly string[]): Pair =>
  pair(name, passed(before), passed(after), expected);

const inner = "message Inner {\n  uint32 a = 1;\n}\n";
const twin = "message Twin {\n  uint32 a = 1;\n}\n";
const choice = (member: string, rest = "") =>
  `message Choice {\n  oneof o {\n  uint32 a = 1;\n${member}}\n${rest}}\n`;
/** Messages of one form, whose number is a bigint and a number in JavaScript. */
const forms =
  "message Exact {\n  uint64 a = 1;\n}\nmessage Short {\n  uint64 a = 1 [jstype = JS_NUMBER];\n}\n";
const other = "message Other {\n  string a = 1;\n}\n";

/** Changes of messages and their fields. */
export const fields: readonly Pair[] = [
  up("a field is added to a request", "uint32 a = 1;", "uint32 a = 1;\nuint32 b = 2;", ["field-added S"]),
  down("a field is added to a reply", "uint32 a = 1;", "uint32 a = 1;\noptional string b = 2;", [
    "field-added S",
  ]),
  across("a field is added between nodes", "uint32 a = 1;", "uint32 a = 1;\nrepeated string b = 2;", [
    "field-added S",
  ]),
  down("a field is deleted", "uint32 a = 1;\nuint32 b = 2;", "uint32 a = 1;", [
    `field-deleted B | ${clients}`,
  ]),
  down(
    "a field of a reply is deleted, number and name reserved",
    "uint32 a = 1;\nuint32 b = 2;",
    'uint32 a = 1;\nreserved 2;\nreserved "b";',
    ["field-deleted C | old client"],
  ),
  up(
    "a field of a request is deleted, number and name reserved",
    "uint32 a = 1;\nuint32 b = 2;",
    'uint32 a = 1;\nreserved 2;\nreserved "b";',
    ["field-deleted R | new client"],
  ),
  across(
    "a field between nodes is deleted, only its number reserved",
    "uint32 a = 1;\nuint32 b = 2;",
    "uint32 a = 1;\nreserved 2;",
    ["field-deleted R | old node", "name-not-reserved S! | other SDK"],
  ),
  up("the number of a field changes", "uint32 a = 1;", "uint32 a = 3;", [
    `field-number-changed B | ${clients}`,
  ]),
  down("two fields swap their numbers", "uint32 a = 1;\nuint32 b = 2;", "uint32 b = 1;\nuint32 a = 2;", [
    `field-number-changed B | ${clients}`,
    `field-number-changed B | ${clients}`,
  ]),
  up("a field takes a reserved number", "uint32 a = 1;\nreserved 2;", "uint32 a = 1;\nuint32 b = 2;", [
    `field-number-changed B | ${clients}`,
    "reservation-removed S! | old client, old node",
  ]),
  up("a field is renamed", "uint32 a = 1;", "uint32 b = 1;", ["field-renamed S! | other SDK"]),
  up("a field is renamed and keeps its name in JSON", "uint32 a = 1;", 'uint32 b = 1 [json_name = "a"];', [
    "field-renamed S! | other SDK",
  ]),
  up("a field gets another name in JSON", "uint32 a = 1;", 'uint32 a = 1 [json_name = "alpha"];', [
    "json-name-changed S! | other SDK",
  ]),
  up("an integer becomes a text", "uint32 a = 1;", "string a = 1;", [`field-type-changed B | ${clients}`]),
  up("an integer gets another encoding", "int32 a = 1;", "sint32 a = 1;", [
    `field-type-changed B | ${clients}`,
  ]),
  up("a signed integer becomes unsigned", "int32 a = 1;", "uint32 a = 1;", [
    `field-type-changed B | ${clients}`,
  ]),
  up("a fixed integer becomes a varint", "fixed32 a = 1;", "uint32 a = 1;", [
    `field-type-changed B | ${clients}`,
  ]),
  up("a text becomes bytes", "string a = 1;", "bytes a = 1;", [`field-type-changed B | ${clients}`]),
  up("a number becomes a fraction", "uint64 a = 1;", "double a = 1;", [`field-type-changed B | ${clients}`]),
  up("a flag becomes a number", "bool a = 1;", "uint32 a = 1;", [`field-type-changed B | ${clients}`]),
  down("an integer of a reply is widened", "int32 a = 1;", "int64 a = 1;", [
    "field-widened C | old client, other SDK",
  ]),
  up("an integer of a request is widened", "uint32 a = 1;", "uint64 a = 1;", [
    "field-widened R | new client, other SDK",
  ]),
  across("an integer between nodes is widened", "sint32 a = 1;", "sint64 a = 1;", [
    "field-widened R | old node, other SDK",
  ]),
  down("an integer of a reply is narrowed", "int64 a = 1;", "int32 a = 1;", [
    `field-type-changed B | ${clients}`,
  ]),
  down("a field becomes repeated", "uint32 a = 1;", "repeated uint32 a = 1;", [
    `field-cardinality-changed B | ${clients}`,
  ]),
  down("a list becomes a single text", "repeated string a = 1;", "string a = 1;", [
    `field-cardinality-changed B | ${clients}`,
  ]),
  down("a list becomes a map", "repeated string a = 1;", "map<string, string> a = 1;", [
    `field-cardinality-changed B | ${clients}`,
  ]),
  down("the keys of a map change their type", "map<string, uint32> a = 1;", "map<uint32, uint32> a = 1;", [
    `field-type-changed B | ${clients}`,
  ]),
  down("the values of a map change their type", "map<string, uint32> a = 1;", "map<string, string> a = 1;", [
    `field-type-changed B | ${clients}`,
  ]),
  up("a field may be absent now", "uint32 a = 1;", "optional uint32 a = 1;", ["default-changed S"]),
  down("a field may not be absent any more", "optional string a = 1;", "string a = 1;", [
    "default-changed S",
  ]),
  up("a list is not packed any more", "repeated uint32 a = 1;", "repeated uint32 a = 1 [packed = false];", [
    "packing-changed S",
  ]),
  up("a 64-bit field becomes a number in JavaScript", "uint64 a = 1;", "uint64 a = 1 [jstype = JS_NUMBER];", [
    "number-form-changed C | old client",
  ]),
  down("a number in JavaScript becomes a bigint", "uint64 a = 1 [jstype = JS_NUMBER];", "uint64 a = 1;", [
    "number-form-changed C | old client",
  ]),
  down("a field is deprecated", "uint32 a = 1;", "uint32 a = 1 [deprecated = true];", ["deprecated S"]),
  down("the data class of a field falls", "string a = 1 [(photinus.data) = SECRET];", "string a = 1;", [
    "data-class-lowered S!",
  ]),
  down("the data class of a field rises", "string a = 1;", "string a = 1 [(photinus.data) = PERSONAL];", [
    "data-class-raised S",
  ]),
  up(
    "a reserved number is released",
    "uint32 a = 1;\nreserved 5 to 9;",
    "uint32 a = 1;\nreserved 5, 7 to 9;",
    ["reservation-removed S! | old client, old node"],
  ),
  up("a reserved name is released", 'uint32 a = 1;\nreserved "b";', "uint32 a = 1;", [
    "reservation-removed S! | other SDK",
  ]),
  down(
    "a member is added to a oneof of a reply",
    "oneof o {\n  uint32 a = 1;\n}",
    "oneof o {\n  uint32 a = 1;\n  string b = 2;\n}",
    ["oneof-member-added C | old client"],
  ),
  up(
    "a member is added to a oneof of a request",
    "oneof o {\n  uint32 a = 1;\n}",
    "oneof o {\n  uint32 a = 1;\n  string b = 2;\n}",
    ["oneof-member-added S"],
  ),
  across(
    "a member is added to a oneof between nodes",
    "oneof o {\n  uint32 a = 1;\n}",
    "oneof o {\n  uint32 a = 1;\n  string b = 2;\n}",
    ["oneof-member-added R | old node"],
  ),
  down(
    "a member of a oneof of a reply is deleted, number and name reserved",
    "oneof o {\n  uint32 a = 1;\n  string b = 2;\n}",
    'oneof o {\n  uint32 a = 1;\n}\nreserved 2;\nreserved "b";',
    ["field-deleted C R | old client, new client"],
  ),
  pair(
    "a stored message loses a reserved member of a oneof",
    stored("Choice a = 2;", 'name: "row"', choice("  string b = 2;\n")),
    stored("Choice a = 2;", 'name: "row"', choice("", '  reserved 2;\n  reserved "b";\n')),
    ["field-deleted R M | old node, stored rows"],
  ),
  down(
    "a new oneof is added",
    "uint32 a = 1;",
    "uint32 a = 1;\noneof o {\n  uint32 b = 2;\n  string c = 3;\n}",
    ["field-added S", "field-added S"],
  ),
  up(
    "two fields move into a oneof",
    "uint32 a = 1;\nuint32 b = 2;",
    "oneof o {\n  uint32 a = 1;\n  uint32 b = 2;\n}",
    [`field-oneof-changed B | ${clients}`, `field-oneof-changed B | ${clients}`],
  ),
  down(
    "a field moves out of a oneof",
    "oneof o {\n  uint32 a = 1;\n  uint32 b = 2;\n}",
    "oneof o {\n  uint32 a = 1;\n}\nuint32 b = 2;",
    [`field-oneof-changed B | ${clients}`],
  ),
  up(
    "a oneof is renamed",
    "oneof o {\n  uint32 a = 1;\n  uint32 b = 2;\n}",
    "oneof p {\n  uint32 a = 1;\n  uint32 b = 2;\n}",
    ["oneof-renamed S! | other SDK"],
  ),
  up("one field alone moves into a new oneof", "string a = 1;", "oneof o {\n  string a = 1;\n}", [
    "oneof-renamed S! | other SDK",
  ]),
  pair(
    "the message of a field changes",
    got("Inner a = 1;", inner + other),
    got("Other a = 1;", inner + other),
    [`field-type-changed B | ${clients}`],
  ),
  pair("the message of a field is renamed", got("Inner a = 1;", inner), got("Twin a = 1;", twin), [
    "type-renamed S! | other SDK",
  ]),
  pair(
    "a field uses an equal message, and the former one stays",
    got("Inner a = 1;", inner + twin),
    got("Twin a = 1;", inner + twin),
    ["type-renamed S! | other SDK"],
  ),
  pair(
    "a field uses a message beside it whose number has another form in JavaScript",
    got("Exact a = 1;", forms),
    got("Short a = 1;", forms),
    [`field-type-changed B | ${clients}`],
  ),
  pair(
    "the values of a map lose a field",
    got("map<string, Inner> a = 1;", inner),
    got("map<string, Inner> a = 1;", "message Inner {}\n"),
    [`field-deleted B | ${clients}`],
  ),
  pair(
    "a nested message of a reply loses a field",
    got("Inner a = 1;", inner),
    got("Inner a = 1;", "message Inner {}\n"),
    [`field-deleted B | ${clients}`],
  ),
  pair("a message is added", got("uint32 a = 1;"), got("uint32 a = 1;", inner), ["type-added S"]),
  pair("a message that nothing uses is deleted", got("uint32 a = 1;", inner), got("uint32 a = 1;"), [
    "type-deleted S",
  ]),
  pair(
    "a message that is never sent loses a field",
    got("uint32 a = 1;", inner),
    got("uint32 a = 1;", "message Inner {}\n"),
    ["field-deleted S! | other SDK"],
  ),
  pair(
    "a schema of messages alone loses a field",
    `${head}message Inner {\n  uint32 a = 1;\n  uint32 b = 2;\n}\n`,
    `${head}message Inner {\n  uint32 a = 1;\n}\n`,
    [`field-deleted B | ${clients}`],
  ),
  pair(
    "a stored message loses a reserved field",
    stored("Inner a = 2;", 'name: "row"', inner),
    stored("Inner a = 2;", 'name: "row"', 'message Inner {\n  reserved 1;\n  reserved "a";\n}\n'),
    ["field-deleted R | old node"],
  ),
];

const colours = (values: string) => `enum Colour {\n  NONE = 0;\n${values}}\n`;

/** A pair of an enum in a message that clients get. */
const shown = (name: string, before: string, after: string, expected: readonly string[]): Pair =>
  pair(name, got("Colour a = 1;", colours(before)), got("Colour a = 1;", colours(after)), expected);

/** Changes of enums. */
export const enums: readonly Pair[] = [
  shown("a value is added to what clients get", "  RED = 1;\n", "  RED = 1;\n  BLUE = 2;\n", [
    "enum-value-added C | old client",
  ]),
  pair(
    "a value is added to what clients send",
    sent("Colour a = 1;", colours("  RED = 1;\n")),
    sent("Colour a = 1;", colours("  RED = 1;\n  BLUE = 2;\n")),
    ["enum-value-added S"],
  ),
  pair(
    "a value is added to what nodes pass",
    passed("Colour a = 1;", colours("  RED = 1;\n")),
    passed("Colour a = 1;", colours("  RED = 1;\n  BLUE = 2;\n")),
    ["enum-value-added R | old node"],
  ),
  pair(
    "a value is added to what rows have",
    stored("Colour a = 2;", 'name: "row"', colours("  RED = 1;\n")),
    stored("Colour a = 2;", 'name: "row"', colours("  RED = 1;\n  BLUE = 2;\n")),
    ["enum-value-added R | old node"],
  ),
  shown(
    "a value gets a second name",
    "  option allow_alias = true;\n  RED = 1;\n  CRIMSON = 1;\n",
    "  option allow_alias = true;\n  RED = 1;\n  CRIMSON = 1;\n  SCARLET = 1;\n",
    ["enum-value-added S"],
  ),
  shown("a value is removed", "  RED = 1;\n", "", [`enum-value-removed B | ${clients}`]),
  shown(
    "a value is removed, number and name reserved",
    "  RED = 1;\n",
    '  reserved 1;\n  reserved "RED";\n',
    [`enum-value-removed C | ${clients}`],
  ),
  shown("a value is removed, only its number reserved", "  RED = 1;\n", "  reserved 1;\n", [
    `enum-value-removed C | ${clients}`,
    "name-not-reserved S! | other SDK",
  ]),
  pair(
    "a stored value is removed, number and name reserved",
    stored("Colour a = 2;", 'name: "row"', colours("  RED = 1;\n")),
    stored("Colour a = 2;", 'name: "row"', colours('  reserved 1;\n  reserved "RED";\n')),
    ["enum-value-removed M | old node, stored rows"],
  ),
  shown("a value is renamed", "  RED = 1;\n", "  SCARLET = 1;\n", ["enum-value-renamed S! | other SDK"]),
  shown("two values swap their numbers", "  RED = 1;\n  BLUE = 2;\n", "  BLUE = 1;\n  RED = 2;\n", [
    `enum-value-number-changed B | ${clients}`,
    `enum-value-number-changed B | ${clients}`,
  ]),
  shown("a value gets another number", "  RED = 1;\n", "  RED = 4;\n", [
    `enum-value-number-changed B | ${clients}`,
  ]),
  shown("a reserved number of an enum is released", "  reserved 5;\n", "", [
    "reservation-removed S! | old client, old node",
  ]),
  shown("a value is deprecated", "  RED = 1;\n", "  RED = 1 [deprecated = true];\n", ["deprecated S"]),
  pair(
    "an enum is replaced by an integer",
    got("Colour a = 1;", colours("  RED = 1;\n")),
    got("int32 a = 1;", colours("  RED = 1;\n")),
    [`field-type-changed B | ${clients}`],
  ),
  pair(
    "an enum is renamed",
    got("Colour a = 1;", colours("  RED = 1;\n")),
    got("Hue a = 1;", colours("  RED = 1;\n").replace("enum Colour", "enum Hue")),
    ["type-renamed S! | other SDK"],
  ),
];
