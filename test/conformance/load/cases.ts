import type { Files } from "./protoc.ts";

/*
 * Small schemas that protobuf's compiler accepts, or refuses for one reason, by what they show. A text is the file
 * "a.proto" behind its syntax line; where several files are needed they are whole.
 */
type Cases = Readonly<Record<string, string | Files>>;

export function filesOf(schema: string | Files): Files {
  return typeof schema === "string" ? { "a.proto": `syntax = "proto3";\n${schema}` } : schema;
}

const descriptor = 'import "google/protobuf/descriptor.proto";';
const file = (text: string): string => `syntax = "proto3";\n${text}`;
const older = (text: string): string => `syntax = "proto2";\n${descriptor}\n${text}`;
/** An option of a message type on files, set to what stands in braces. */
const option = (value: string): string => `${descriptor}
  message O {
    bool b = 1; float f = 2; int32 i = 3; uint32 u = 4; string s = 5; bytes y = 6; Z z = 7; O o = 8; repeated O os = 9;
    repeated int32 is = 10; double d = 11; int64 l = 12; uint64 ul = 13; oneof x { int32 x1 = 14; int32 x2 = 15; }
    repeated string ss = 16; map<string, int32> m = 17; map<int32, O> mo = 18;
  }
  enum Z { Z0 = 0; Z1 = 1; }
  extend google.protobuf.FileOptions { O o = 50003; }
  option (o) = { ${value} };`;
const plainOption = (type: string, value: string): string =>
  `${descriptor} enum Z { Z0 = 0; Z1 = 1; } extend google.protobuf.FileOptions { ${type} o = 50003; } option (o) = ${value};`;

export const accepted: Cases = {
  "nothing but the syntax": "",
  "a oneof called as optional would call its own":
    "message A { oneof _a { int32 b = 1; } optional string a = 2; }",
  "packages called like what objects inherit":
    "package constructor.toString.__proto__; message A { A a = 1; }",
  "messages called like what objects inherit":
    "message constructor { __proto__ a = 1; } message __proto__ { toString b = 1; } message toString {}",
  "a oneof called __proto__": "message A { oneof __proto__ { int32 a = 1; int32 constructor = 2; } }",
  "thirty nested messages": `${"message A { ".repeat(30)}${"}".repeat(30)}`,
  "a type of the root beside one of the package around": {
    "a.proto": file("message Point { int32 x = 1; }"),
    "b.proto": file(
      'package p; import "a.proto"; message Point { string y = 1; } message A { .Point a = 1; Point b = 2; .p.Point c = 3; }',
    ),
    "c.proto": file('package p.Inner; import "a.proto"; message B { .Point a = 1; Point b = 2; }'),
  },
  "a field whose name is its type's": "message A { A A = 1; } message Maybe { Maybe optional = 1; }",
  "words of the grammar as names":
    "message message { .message message = 1; .enum enum = 2; } message enum {} message rpc { int32 option = 1; int32 reserved = 2; int32 syntax = 3; oneof oneof { int32 map = 4; } map<string, rpc> to = 5; }",
  "a type named in part by the message around":
    "message A { message B { message C {} } B.C a = 1; A.B.C b = 2; .A.B.C c = 3; }",
  "packed = false where nothing could be packed":
    "message A { string a = 1 [packed = false]; repeated bytes b = 2 [packed = false]; int32 c = 3 [packed = false]; A d = 4 [packed = false]; }",
  "jstype where it says nothing":
    "message A { int64 a = 1 [jstype = JS_NORMAL]; int32 b = 2 [jstype = JS_NORMAL]; }",
  "lazy = false where nothing could be lazy":
    "message A { string a = 1 [lazy = false]; A b = 2 [lazy = true]; repeated A c = 3 [lazy = true]; }",
  "the last numbers before and after those of protobuf":
    "message A { int32 a = 18999; int32 b = 20000; int32 c = 536870911; int32 d = 0x10; int32 e = 017; }",
  "reserved ranges that touch":
    'message A { reserved 1 to 3, 4, 5 to max; reserved "a", "b"; reserved "not a name"; }',
  "reserved numbers of enums below 0": 'enum E { A = 0; reserved -10 to -1, 5, 7 to max; reserved "B"; }',
  "aliases of one number": "enum E { option allow_alias = true; A = 0; B = 0; E_A = 0; }",
  "empty statements": ";; message A { ; int32 a = 1; ; }; enum E { ; Z = 0; ; }; ;",
  "a json_name of any kind": 'message A { int32 a = 1 [json_name = ""]; int32 b = 2 [json_name = "x y"]; }',
  "an import seen through a public one": {
    "a.proto": file('import "b.proto"; message A { C c = 1; D d = 2; }'),
    "b.proto": file('import public "c.proto"; import public "d.proto";'),
    "c.proto": file("message C {}"),
    "d.proto": file("message D {}"),
  },
  "a weak import": {
    "a.proto": file('import weak "b.proto"; message A { B b = 1; }'),
    "b.proto": file("message B {}"),
  },
  "strings with every escape": String.raw`option java_package = "\a\b\f\n\r\t\v\\\?\'\"\x41\101\u0041\U00010041" 'and "more"';`,
  "a comment with a star and a slash apart": "/* * / ** // */ message A {} // /* open",
  "numbers close to symbols": "message A{int32 a=1[deprecated=true];reserved 2 to 3;}",
  "options of every form inside braces": option(
    'b: t f: -inf i: - 5 u: 0x10, s: "a" \'b\'; y: "\\xff" z: 1 o < b: 0 > os [{}, < >] os: {} is: [1, 2] is: 3 ss: [] d: 1e400 l: -9223372036854775808 ul: 18446744073709551615 x1: 017',
  ),
  "options of one number in two files": {
    "a.proto": file(`${descriptor} extend google.protobuf.FileOptions { int32 a = 50001; }`),
    "b.proto": file(`${descriptor} extend google.protobuf.FileOptions { int32 b = 50001; }`),
  },
  "a map in an option, as entries": option(
    'm: { key: "k" value: 1 } m { value: 2 } m: [{ key: "x" }, {}] mo { key: -1 value { i: 1 } }',
  ),
  "an option set part by part": `${descriptor} message O { O o = 1; int32 i = 2; repeated int32 r = 3; } extend google.protobuf.FileOptions { O o = 50003; }
    option (o).i = 1; option (o).o.i = 2; option (o).o.o.i = 3; option (o).r = 1; option (o).r = 2;`,
  "options of every scalar type": `${descriptor} extend google.protobuf.FileOptions { float f = 50001; int32 i = 50002; uint64 u = 50003; bool b = 50004; string s = 50005; bytes y = 50006; Z z = 50007; double d = 50008; }
    enum Z { Z0 = 0; Z1 = 1; } option (f) = -0x10; option (i) = -2147483648; option (u) = 18446744073709551615; option (b) = false; option (s) = 'a' "b"; option (y) = "\\x00"; option (z) = Z1; option (d) = 1e400;`,
  ...Object.fromEntries(
    ["constructor", "__proto__", "toString", "hasOwnProperty"].map((name) => [
      `options, fields and values called ${name}`,
      `${descriptor} message ${name} { int32 ${name} = 1; map<string, .${name}> ${name}s = 2; } enum E { Z = 0; E_${name} = 1; }
       extend google.protobuf.FileOptions { .${name} o_${name} = 50001; E ${name}_e = 50002; }
       option (o_${name}) = { ${name}: 1 ${name}s { key: "${name}" value { ${name}: 2 } } }; option (${name}_e) = E_${name};`,
    ]),
  ),
  "an option of a message called like a scalar": `${descriptor} message string { .string string = 1; } message O { string s = 1; } extend google.protobuf.FileOptions { O o = 50003; } option (o) = { s: "a" };`,
  "options declared in a file of proto2": {
    "a.proto": file(
      'import "o.proto"; message A { int32 a = 1 [(o.rule).a = 1, (o.hint) = "h", (o.M.in) = true]; }',
    ),
    "o.proto": older(
      "package o; message Rule { optional int32 a = 1 [default = 7]; required string b = 2; extensions 100 to max; optional group Old = 3 { repeated int32 c = 1; } }".replace(
        "required",
        "optional",
      ) +
        " extend google.protobuf.FieldOptions { optional Rule rule = 51001; repeated string hint = 51002; } message M { extend google.protobuf.FieldOptions { optional bool in = 51003; } } enum E { E_ONE = 1; }",
    ),
  },
};

export const refused: Cases = {
  "a field of proto2 without a label": {
    "a.proto": older(
      "extend google.protobuf.FileOptions { optional M m = 50003; } message M { int32 a = 1; }",
    ),
  },
  "a nested field of proto2 without a label": {
    "a.proto": older(
      "extend google.protobuf.FileOptions { optional M m = 50003; } message M { message N { M m = 1; } }",
    ),
  },
  "a service of proto2 with a type that is not declared": {
    "a.proto": older(
      "extend google.protobuf.FileOptions { optional int32 m = 50003; } service S { rpc C(M) returns (M); }",
    ),
  },
  "an option of proto2 without a label": {
    "a.proto": older("extend google.protobuf.FileOptions { int32 m = 50003; }"),
  },
  "a field of proto2 of a type that is not declared": {
    "a.proto": older(
      "extend google.protobuf.FileOptions { optional M m = 50003; } message M { optional Missing a = 1; }",
    ),
  },
  "a field of proto2 with a number that protobuf reserves": {
    "a.proto": older(
      "extend google.protobuf.FileOptions { optional M m = 50003; } message M { optional int32 a = 19001; }",
    ),
  },
  "a syntax line that is not the first statement": {
    "a.proto": 'option java_package = "a"; syntax = "proto3";',
  },
  "a package twice": "package a; package b;",
  "an import twice": `${descriptor} ${descriptor}`,
  "a file that imports itself": 'import "a.proto";',
  "an import that is not there": 'import "nothing.proto";',
  "a type that is not imported": {
    "a.proto": file('import "b.proto"; message A { C c = 1; }'),
    "b.proto": file('import "c.proto";'),
    "c.proto": file("message C {}"),
  },
  "a type hidden by a nearer package": {
    "a.proto": file("package inner; message Point {}"),
    "b.proto": file('package p.inner; import "a.proto"; message A { inner.Point a = 1; }'),
  },
  "a message taken by an rpc of its service": "message A {} service S { rpc A(A) returns (A); }",
  "a message that a field of the same message takes": "message A { int32 B = 1; message B {} }",
  "a message called like a package": {
    "a.proto": file("package p.q; message A {}"),
    "b.proto": file("package p; message q {}"),
  },
  "a message for the entries of a map, declared":
    "message A { map<int32, int32> some_names = 1; message SomeNamesEntry {} }",
  "enum values of one name in one scope": "enum A { X = 0; } enum B { X = 0; }",
  "enum values that are one name without the enum's": "enum Color { COLOR_RED = 0; RED = 1; }",
  "enum values that differ in case alone": "enum E { Aa = 0; aA = 1; }",
  "allow_alias without aliases": "enum E { option allow_alias = true; A = 0; }",
  "allow_alias = false": "enum E { option allow_alias = false; A = 0; }",
  "an enum without values": "enum E {}",
  "a first enum value that is not 0": "enum E { A = 1; B = 0; }",
  "an enum number twice": "enum E { A = 0; B = 0; }",
  "an enum number beyond 32 bits": "enum E { A = 0; B = 2147483648; }",
  "a reserved enum range that ends before it begins": "enum E { A = 0; reserved 3 to 1; }",
  "a number that is reserved twice": "message A { reserved 1 to 3, 3; }",
  "a name that is reserved twice": 'message A { reserved "a", "a"; }',
  "a reserved number 0": "message A { reserved 0; }",
  "a reserved enum number twice": "enum E { A = 0; reserved 1 to 3, 2; }",
  "a field with a reserved number": "message A { reserved 1; int32 a = 1; }",
  "a field with a reserved name": 'message A { reserved "a"; int32 a = 1; }',
  "a field number twice": "message A { int32 a = 1; int32 b = 1; }",
  "field number 0": "message A { int32 a = 0; }",
  "a field number of protobuf's own": "message A { int32 a = 19500; }",
  "a field number too high": "message A { int32 a = 536870912; }",
  "a negative field number": "message A { int32 a = -1; }",
  required: "message A { required int32 a = 1; }",
  "a default value": "message A { int32 a = 1 [default = 1]; }",
  "a group": "message A { optional group G = 1 { int32 a = 1; } }",
  "extension ranges": "message A { extensions 100 to 199; }",
  "an extension of what is no option": "message A {} extend A { int32 a = 100; }",
  "an empty extend": `${descriptor} extend google.protobuf.FileOptions {}`,
  "an empty statement in extend": `${descriptor} extend google.protobuf.FileOptions { int32 a = 50001; ; }`,
  "an option that is a map": `${descriptor} extend google.protobuf.FileOptions { map<int32, int32> a = 50001; }`,
  "an option with a number that options do not leave free": `${descriptor} extend google.protobuf.FileOptions { int32 a = 50; }`,
  "an option with a number of protobuf's own": `${descriptor} extend google.protobuf.FileOptions { int32 a = 19500; }`,
  "options of one number": `${descriptor} extend google.protobuf.FileOptions { int32 a = 50001; int32 b = 50001; }`,
  "an option with a json_name": `${descriptor} extend google.protobuf.FileOptions { int32 a = 50001 [json_name = "b"]; }`,
  "features, which are of editions": "option features.field_presence = EXPLICIT; message A {}",
  "features of a field": "message A { int32 a = 1 [features.field_presence = IMPLICIT]; }",
  "an option for the compiler alone": "option uninterpreted_option = {};",
  "a message set": "message A { option message_set_wire_format = true; }",
  "packed where nothing can be packed": "message A { repeated string a = 1 [packed = true]; }",
  "packed on one number": "message A { int32 a = 1 [packed = true]; }",
  "jstype on 32 bits": "message A { int32 a = 1 [jstype = JS_NUMBER]; }",
  "lazy on a number": "message A { int32 a = 1 [lazy = true]; }",
  "a json_name twice": 'message A { int32 a = 1 [json_name = "b", json_name = "b"]; }',
  "a json_name that is no string": "message A { int32 a = 1 [json_name = b]; }",
  "a map with keys of float": "message A { map<float, int32> a = 1; }",
  "a map with keys of an enum": "message A { map<E, int32> a = 1; } enum E { Z = 0; }",
  "a map of maps": "message A { map<int32, map<int32, int32>> a = 1; }",
  "a repeated map": "message A { repeated map<int32, int32> a = 1; }",
  "a map in a oneof": "message A { oneof o { map<int32, int32> a = 1; } }",
  "a label in a oneof": "message A { oneof o { optional int32 a = 1; } }",
  "an empty oneof": "message A { oneof o {} }",
  "an empty statement in a oneof": "message A { oneof o { int32 a = 1; ; } }",
  "a field of a type called message": "message message {} message A { message a = 1; }",
  "an enum value called option": "enum E { option = 0; }",
  "an enum as a message of an rpc": "enum E { Z = 0; } service S { rpc A(E) returns (E); }",
  "stream as the name of a message": "message stream {} service S { rpc A(stream) returns (stream); }",
  "a comment in a comment": "/* /* */ message A {}",
  "a comment that does not end": "/* message A {}",
  "a string over two lines": 'option java_package = "a\nb";',
  "a string with an escape that is none": 'option java_package = "\\q";',
  "a string with a line end escaped": 'option java_package = "a\\\nb";',
  "a byte order mark in the middle": "message \uFEFFA {}",
  "a number with letters": "message A { int32 a = 1a; }",
  "an octal number with an 8": "message A { int32 a = 08; }",
  "a hexadecimal number without digits": "message A { int32 a = 0x; }",
  "a number with two points": plainOption("float", "1.2.3"),
  "empty brackets": "message A { int32 a = 1 []; }",
  "an option that is not there": "message A { option (nothing) = 1; }",
  ...Object.fromEntries(
    ["constructor", "__proto__", "toString", "hasOwnProperty"].flatMap((name) => [
      [`an option of a type called ${name} that is not there`, plainOption(name, "1")],
      [`a bool of the option value ${name}`, plainOption("bool", name)],
      [`a bool inside braces of the value ${name}`, option(`b: ${name}`)],
      [`an enum of the option value ${name}`, plainOption("Z", name)],
      [`the option value { ${name}: 1 }`, option(`${name}: 1`)],
      [`the option value { m { ${name}: 1 } }`, option(`m { ${name}: 1 }`)],
      [`the option ${name}`, `message A { option (${name}) = 1; }`],
      [`the field type ${name}`, `message A { ${name} a = 1; map<string, ${name}> b = 2; }`],
    ]),
  ),
  "an option on the wrong thing": `${descriptor} extend google.protobuf.FieldOptions { int32 a = 50001; } option (a) = 1;`,
  "an option twice": 'option java_package = "a"; option java_package = "b";',
  "a list as an option": `${descriptor} extend google.protobuf.FileOptions { repeated int32 a = 50001; } option (a) = [1, 2];`,
  "an option whole after a part of it": `${descriptor} message O { int32 a = 1; } extend google.protobuf.FileOptions { O o = 50001; } option (o).a = 1; option (o) = {};`,
  ...Object.fromEntries(
    [
      ...[
        "b: 2",
        'b: "true"',
        "b: TRUE",
        "f: 0x10",
        "f: foo",
        "i: 1.0",
        "i: 2147483648",
        "u: -1",
        "l: 9223372036854775808",
      ],
      ...[
        "ul: 18446744073709551616",
        "s: abc",
        "s: 1",
        'z: "Z1"',
        "z: Z2",
        "o: 1",
        "o",
        "os: [{},]",
        "b true",
        "i: [1]",
        "i: --1",
      ],
      ...[
        "b: true b: true",
        "x1: 1 x2: 2",
        "o {} o {}",
        "b: true,; i: 1",
        ", b: true",
        "x: 1",
        "is [1]",
        "m: { key: 1 }",
        "m: 1",
      ],
      ...['m: { keys: "a" }', 'm: { key: "a" key: "b" }', "m { value: { } }"],
    ].map((value) => [`the option value { ${value} }`, option(value)]),
  ),
  ...Object.fromEntries(
    [
      ...([
        ["bool", "True"],
        ["bool", "1"],
        ["bool", '"true"'],
        ["Z", "1"],
        ["Z", '"Z1"'],
        ["Z", "Z2"],
      ] as const),
      ...([
        ["int32", "2147483648"],
        ["int32", "-2147483649"],
        ["int32", "1.0"],
        ["int32", "+1"],
        ["uint32", "-1"],
      ] as const),
      ...([
        ["uint32", "-0"],
        ["int64", "9223372036854775808"],
        ["uint64", "18446744073709551616"],
        ["string", "a"],
      ] as const),
    ].map(([type, value]) => [`the ${type} option ${value}`, plainOption(type, value)]),
  ),
};
