import { head, type Pair, pair, stored } from "./pair.ts";

/** Service whose clients send and get the rows of the table. */
const shown = `service Box {
  option (photinus.service) = { role: "box" };
  rpc Take(Row) returns (Row) { option (photinus.command) = { id: 1 }; }
}
`;

/** Service whose clients get the rows of the table, and send none. */
const given = `${shown.replace("Take(Row)", "Take(Ok)")}message Ok {}
`;

/** A pair in which columns change of a table whose rows clients get. */
const gotten = (name: string, before: string, after: string, expected: readonly string[]): Pair =>
  pair(name, stored(before, undefined, given), stored(after, undefined, given), expected);

/** A pair in which columns change of a table whose rows clients send and get, too. */
const shared = (name: string, before: string, after: string, expected: readonly string[]): Pair =>
  pair(name, stored(before, undefined, shown), stored(after, undefined, shown), expected);

const rows = "old node, stored rows";

/** A pair in which columns of one table change. */
const columns = (name: string, before: string, after: string, expected: readonly string[]): Pair =>
  pair(name, stored(before), stored(after), expected);

/** A pair in which only the options of the table change. */
const options = (name: string, before: string, after: string, expected: readonly string[]): Pair =>
  pair(
    name,
    stored("uint32 a = 2;\nuint32 b = 3;", before),
    stored("uint32 a = 2;\nuint32 b = 3;", after),
    expected,
  );

const key = (fields: string) => `${head}message Row {
  option (photinus.table) = { name: "row" };
${fields}
}
`;

/** Second table, "more", of rows that have a key alone. */
const more = key("  uint64 id = 1 [(photinus.column) = { primary_key: true }];")
  .replace(head, "")
  .replace("Row", "More")
  .replace('"row"', '"more"');

/** Changes of tables and their columns. */
export const tables: readonly Pair[] = [
  pair(
    "another column becomes the primary key",
    key("  uint64 id = 1 [(photinus.column) = { primary_key: true }];\n  uint64 a = 2;"),
    key("  uint64 id = 1;\n  uint64 a = 2 [(photinus.column) = { primary_key: true }];"),
    [`primary-key-changed M | ${rows}`],
  ),
  pair(
    "a column joins the primary key",
    key("  uint64 id = 1 [(photinus.column) = { primary_key: true }];\n  uint64 a = 2;"),
    key(
      "  uint64 id = 1 [(photinus.column) = { primary_key: true }];\n  uint64 a = 2 [(photinus.column) = { primary_key: true }];",
    ),
    [`primary-key-changed M | ${rows}`],
  ),
  pair(
    "the database numbers the key",
    key("  uint64 id = 1 [(photinus.column) = { primary_key: true }];"),
    key("  uint64 id = 1 [(photinus.column) = { primary_key: true auto_increment: true }];"),
    [`auto-increment-changed M | ${rows}`],
  ),
  columns(
    "a text column is narrowed",
    "string a = 2 [(photinus.column) = { max_length: 64 }];",
    "string a = 2 [(photinus.column) = { max_length: 32 }];",
    [`column-narrowed M | ${rows}`],
  ),
  columns(
    "a text column is widened",
    "string a = 2 [(photinus.column) = { max_length: 32 }];",
    "string a = 2 [(photinus.column) = { max_length: 64 }];",
    ["column-widened R | old node"],
  ),
  columns("an integer column is narrowed", "int64 a = 2;", "int32 a = 2;", [`column-narrowed M | ${rows}`]),
  columns("an integer column is widened", "uint32 a = 2;", "uint64 a = 2;", ["column-widened R | old node"]),
  columns(
    "a 64-bit column becomes a number in JavaScript",
    "uint64 a = 2;",
    "uint64 a = 2 [jstype = JS_NUMBER];",
    ["number-form-changed M | stored rows"],
  ),
  columns("an integer column gets another encoding", "int32 a = 2;", "sint32 a = 2;", [
    "column-type-changed S! | other SDK",
  ]),
  columns("an integer column is widened with another encoding", "fixed32 a = 2;", "uint64 a = 2;", [
    "column-widened R | old node",
  ]),
  pair(
    "the key is widened",
    key("  uint32 id = 1 [(photinus.column) = { primary_key: true }];"),
    key("  uint64 id = 1 [(photinus.column) = { primary_key: true }];"),
    ["column-widened R | old node"],
  ),
  pair(
    "a text key is widened",
    key("  string id = 1 [(photinus.column) = { primary_key: true max_length: 10 }];"),
    key("  string id = 1 [(photinus.column) = { primary_key: true max_length: 20 }];"),
    ["column-widened R | old node"],
  ),
  pair(
    "a key becomes a number in JavaScript",
    key("  uint64 id = 1 [(photinus.column) = { primary_key: true }];"),
    key("  uint64 id = 1 [jstype = JS_NUMBER, (photinus.column) = { primary_key: true }];"),
    ["number-form-changed M | stored rows"],
  ),
  columns("a column changes its type", "uint32 a = 2;", "string a = 2;", [
    `column-type-changed R M | ${rows}`,
  ]),
  columns("a column becomes a list", "uint32 a = 2;", "repeated uint32 a = 2;", [
    `field-cardinality-changed R M | ${rows}`,
  ]),
  columns("a column is dropped", "uint32 a = 2;", 'reserved 2;\nreserved "a";', [
    `column-dropped M | ${rows}`,
  ]),
  columns("a column is dropped, its number not reserved", "uint32 a = 2;", "", [
    `column-dropped M | ${rows}`,
  ]),
  columns("a column is added that must not be null", "uint32 a = 2;", "uint32 a = 2;\nuint32 b = 3;", [
    "column-added-not-null M | stored rows",
  ]),
  columns("a column is added that may be null", "uint32 a = 2;", "uint32 a = 2;\noptional uint32 b = 3;", [
    "column-added R | stored rows",
  ]),
  columns("a list is added as a column", "uint32 a = 2;", "uint32 a = 2;\nrepeated uint32 b = 3;", [
    "column-added-not-null M | stored rows",
  ]),
  columns("a oneof is added as a column", "uint32 a = 2;", "uint32 a = 2;\noneof o {\n  uint32 b = 3;\n}", [
    "column-added R | stored rows",
  ]),
  columns("a column may be null now", "uint32 a = 2;", "optional uint32 a = 2;", [
    "column-null-changed R | old node",
    "default-changed S",
  ]),
  columns("a column may not be null any more", "optional uint32 a = 2;", "uint32 a = 2;", [
    "column-null-changed M | stored rows",
    "default-changed S",
  ]),
  columns("a column is renamed with its field", "uint32 a = 2;", "uint32 b = 2;", [
    `column-renamed M | ${rows}`,
    "field-renamed S! | other SDK",
  ]),
  columns(
    "a field is renamed and keeps its column",
    "uint32 a = 2;",
    'uint32 b = 2 [(photinus.column) = { name: "a" }];',
    ["field-renamed S! | other SDK"],
  ),
  columns(
    "a column moves into a oneof",
    "uint32 a = 2;\nuint32 b = 3;",
    "oneof o {\n  uint32 a = 2;\n  uint32 b = 3;\n}",
    [
      `field-oneof-changed R M | ${rows}`,
      `field-oneof-changed R M | ${rows}`,
      `row-form-changed R M | ${rows}`,
      `row-form-changed R M | ${rows}`,
    ],
  ),
  columns("the number of a column changes", "uint32 a = 2;", "uint32 a = 3;", [
    `field-number-changed R M | ${rows}`,
    `row-form-changed R | ${rows}`,
  ]),
  columns(
    "a column becomes unique",
    "uint32 a = 2;",
    "uint32 a = 2 [(photinus.column) = { unique: true }];",
    [`unique-added M | ${rows}`],
  ),
  columns(
    "an index becomes unique",
    "uint32 a = 2 [(photinus.column) = { index: true }];",
    "uint32 a = 2 [(photinus.column) = { unique: true }];",
    [`unique-added M | ${rows}`],
  ),
  columns(
    "a unique index is removed",
    "uint32 a = 2 [(photinus.column) = { unique: true }];",
    "uint32 a = 2;",
    [`unique-removed R M | ${rows}`],
  ),
  columns("an index is added", "uint32 a = 2;", "uint32 a = 2 [(photinus.column) = { index: true }];", [
    "index-added R | old node",
  ]),
  columns(
    "a text column gets an index",
    "string a = 2 [(photinus.column) = { max_length: 40 }];",
    "string a = 2 [(photinus.column) = { max_length: 40 index: true }];",
    ["index-added R | old node"],
  ),
  columns(
    "a column with an index is added",
    "uint32 a = 2;",
    "uint32 a = 2;\nuint32 b = 3 [(photinus.column) = { index: true }];",
    ["column-added-not-null M | stored rows", "index-added R | old node"],
  ),
  columns(
    "a column with an index is added that may be null",
    "uint32 a = 2;",
    "uint32 a = 2;\noptional uint32 b = 3 [(photinus.column) = { index: true }];",
    ["column-added R | stored rows"],
  ),
  columns(
    "a unique column is added that may be null",
    "uint32 a = 2;",
    "uint32 a = 2;\noptional uint32 b = 3 [(photinus.column) = { unique: true }];",
    ["column-added R | stored rows", `unique-added M | ${rows}`],
  ),
  columns("an index is removed", "uint32 a = 2 [(photinus.column) = { index: true }];", "uint32 a = 2;", [
    "index-removed R | old node",
  ]),
  options(
    "a unique index over two columns is added",
    'name: "row"',
    'name: "row" index: { columns: ["a", "b"] unique: true }',
    [`unique-added M | ${rows}`],
  ),
  options(
    "the columns of an index change",
    'name: "row" index: { columns: ["a", "b"] }',
    'name: "row" index: { columns: ["b", "a"] }',
    ["index-added R | old node", "index-removed R | old node"],
  ),
  columns(
    "a foreign key is added",
    "uint64 a = 2;",
    'uint64 a = 2 [(photinus.column) = { foreign_key: "row.id" }];',
    [`foreign-key-added M | ${rows}`, "index-added R | old node"],
  ),
  columns(
    "a column with an index becomes a foreign key",
    "uint64 a = 2 [(photinus.column) = { index: true }];",
    'uint64 a = 2 [(photinus.column) = { foreign_key: "row.id" }];',
    [`foreign-key-added M | ${rows}`],
  ),
  pair(
    "the table of a foreign key is renamed",
    stored('uint64 a = 2 [(photinus.column) = { foreign_key: "row.id" }];'),
    stored('uint64 a = 2 [(photinus.column) = { foreign_key: "line.id" }];', 'name: "line"'),
    [`table-renamed M | ${rows}`],
  ),
  pair(
    "a foreign key leads to another table",
    stored('uint64 a = 2 [(photinus.column) = { foreign_key: "row.id" }];', undefined, more),
    stored('uint64 a = 2 [(photinus.column) = { foreign_key: "more.id" }];', undefined, more),
    [`foreign-key-added M | ${rows}`],
  ),
  columns(
    "a foreign key is removed",
    'uint64 a = 2 [(photinus.column) = { foreign_key: "row.id" }];',
    "uint64 a = 2;",
    ["foreign-key-removed R | old node", "index-removed R | old node"],
  ),
  columns(
    "a foreign key is removed, and its index stays",
    'uint64 a = 2 [(photinus.column) = { foreign_key: "row.id" }];',
    "uint64 a = 2 [(photinus.column) = { index: true }];",
    ["foreign-key-removed R | old node"],
  ),
  columns(
    "the owner of rows is withdrawn",
    "uint64 a = 2 [(photinus.column) = { owner: true index: true }];",
    "uint64 a = 2 [(photinus.column) = { index: true }];",
    ["owner-changed S! | stored rows"],
  ),
  columns(
    "the data class of a column falls",
    "uint64 a = 2 [(photinus.column) = { owner: true index: true }];\nstring b = 3 [(photinus.data) = PERSONAL];",
    "uint64 a = 2 [(photinus.column) = { owner: true index: true }];\nstring b = 3;",
    ["data-class-lowered S!"],
  ),
  options("a table is renamed", 'name: "row"', 'name: "line"', [`table-renamed M | ${rows}`]),
  options("a table moves to another database", 'name: "row"', 'name: "row" database: "shop"', [
    `table-renamed M | ${rows}`,
  ]),
  options(
    "writes are not durable in the database any more",
    'name: "row" durability: WRITE_THROUGH',
    'name: "row"',
    ["durability-changed S! R | old node"],
  ),
  options("writes become durable in the database", 'name: "row"', 'name: "row" durability: WRITE_THROUGH', [
    "durability-changed R | old node",
  ]),
  options("rows stay cached for a shorter time", 'name: "row"', 'name: "row" ttl_s: 60', [
    "cache-time-changed S",
  ]),
  pair(
    "the message of a table is renamed",
    stored("uint32 a = 2;"),
    stored("uint32 a = 2;").replace("message Row", "message Line"),
    ["type-renamed S! | other SDK"],
  ),
  pair("a table is added", stored(""), stored("", undefined, more), ["table-added S"]),
  pair("a table is dropped", stored("", undefined, more), stored(""), [`table-dropped M | ${rows}`]),
  shared("a column that clients get is dropped", "uint32 a = 2;", "", [
    `column-dropped M | ${rows}`,
    "field-deleted B | old client, new client",
  ]),
  shared(
    "a column that clients get is dropped, number and name reserved",
    "uint32 a = 2;",
    'reserved 2;\nreserved "a";',
    [`column-dropped M | ${rows}`, "field-deleted C R | old client, new client"],
  ),
  shared("a column that clients get is widened", "uint32 a = 2;", "uint64 a = 2;", [
    "column-widened R | old node",
    "field-widened C R | old client, new client, other SDK",
  ]),
  shared("a column that clients get changes its type", "uint32 a = 2;", "string a = 2;", [
    `column-type-changed R M | ${rows}`,
    "field-type-changed B | old client, new client",
  ]),
  shared("a column that clients get becomes a list", "uint32 a = 2;", "repeated uint32 a = 2;", [
    `field-cardinality-changed R M B | old client, new client, ${rows}`,
  ]),
  gotten("a list in a column that clients get is widened", "repeated int32 a = 2;", "repeated int64 a = 2;", [
    "field-widened C R | old client, old node, other SDK",
  ]),
  gotten(
    "a map in a column that clients get is widened",
    "map<string, int32> a = 2;",
    "map<string, int64> a = 2;",
    ["field-widened C R | old client, old node, other SDK"],
  ),
  gotten(
    "a column of a oneof that clients get gets a member",
    "oneof o {\n  int32 a = 2;\n}",
    "oneof o {\n  int32 a = 2;\n  string b = 3;\n}",
    ["oneof-member-added C R | old client, old node"],
  ),
  gotten(
    "a column of a oneof that clients get loses a reserved member",
    "oneof o {\n  int32 a = 2;\n  string b = 3;\n}",
    'oneof o {\n  int32 a = 2;\n}\nreserved 3;\nreserved "b";',
    [`column-dropped M | ${rows}`, "field-deleted C R | old client, new client"],
  ),
  shared("the number of a column that clients get changes", "uint32 a = 2;", "uint32 a = 3;", [
    `field-number-changed B | old client, new client, ${rows}`,
    `row-form-changed R | ${rows}`,
  ]),
];
