import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../../codegen/load/diagnostic.ts";
import { loadFiles, messageOf, modelOf, modelOfText } from "./schemas.ts";

describe("messages in the model", () => {
  it("carry comments above and behind declarations, not those that stand apart", async () => {
    const schema = await modelOf({
      "a.proto": [
        "// A licence that stands apart.",
        "",
        "// The file.",
        "// Two lines.",
        'syntax = "proto3";',
        "",
        "// Apart.",
        "",
        "/*",
        " * A message.",
        " *",
        " * Of three lines.",
        " */",
        "message A { // not this",
        "  int32 behind = 1; // Behind.",
        "  int32 none = 2;",
        "  // Above,",
        "  //   indented.",
        "  int32 above = 3; // not this",
        "  /** Block. */",
        "  oneof kind {",
        "    // Inside.",
        "    int32 inside = 4;",
        "  }",
        "  string text = 5 [",
        "    deprecated = true",
        "  ]; // Over lines.",
        "}",
        "enum E { // The enum.",
        "  E_NONE = 0; // Nothing.",
        "}",
        "",
      ].join("\n"),
    });
    const [file] = schema.files;
    const message = messageOf(schema, "A");
    expect(file?.comment).toBe("The file.\nTwo lines.");
    expect(message.comment).toBe("A message.\n\nOf three lines.");
    expect(Object.fromEntries(message.fields.map((f) => [f.name, f.comment]))).toEqual({
      behind: "Behind.",
      none: "",
      above: "Above,\n  indented.",
      inside: "Inside.",
      text: "Over lines.",
    });
    expect(message.oneofs).toEqual([{ name: "kind", comment: "Block.", fields: ["inside"] }]);
    expect(file?.enums[0]).toMatchObject({ comment: "The enum.", values: [{ comment: "Nothing." }] });
  });

  it("keep comments in files with Windows line ends", async () => {
    const schema = await modelOf({
      "a.proto":
        '\uFEFFsyntax = "proto3";\r\n// One\r\n// two.\r\nmessage A {\r\n  int32 a = 1; // b\r\n}\r\n',
    });
    const message = messageOf(schema, "A");
    expect(message.comment).toBe("One\ntwo.");
    expect(message.fields[0]?.comment).toBe("b");
    expect(message.location).toEqual({ file: "a.proto", line: 4, column: 9 });
  });

  it("have fields of every label, in order of their numbers", async () => {
    const schema = await modelOfText(`
      enum Color { COLOR_NONE = 0; }
      message A {
        repeated uint32 numbers = 9;
        repeated uint32 unpacked = 8 [packed = false];
        repeated string words = 7;
        repeated Color colors = 6;
        map<uint64, A> children = 5;
        optional bytes maybe = 4;
        A next = 3;
        int64 big = 2 [jstype = JS_NUMBER];
        Color color = 1 [(photinus.data) = SECRET];
      }`);
    const { fields } = messageOf(schema, "test.A");
    expect(fields.map(({ location: _, comment: __, ...field }) => field)).toEqual([
      { ...plain, name: "color", number: 1, type: { kind: "enum", name: "test.Color" }, dataClass: "SECRET" },
      { ...plain, name: "big", number: 2, type: { kind: "scalar", scalar: "int64" }, jsNumber: true },
      { ...plain, name: "next", number: 3, type: { kind: "message", name: "test.A" }, label: "optional" },
      { ...plain, name: "maybe", number: 4, type: { kind: "scalar", scalar: "bytes" }, label: "optional" },
      {
        ...plain,
        name: "children",
        number: 5,
        type: { kind: "message", name: "test.A" },
        label: "map",
        mapKey: "uint64",
      },
      {
        ...plain,
        name: "colors",
        number: 6,
        type: { kind: "enum", name: "test.Color" },
        label: "repeated",
        packed: true,
      },
      { ...plain, name: "words", number: 7, type: { kind: "scalar", scalar: "string" }, label: "repeated" },
      {
        ...plain,
        name: "unpacked",
        number: 8,
        type: { kind: "scalar", scalar: "uint32" },
        label: "repeated",
      },
      {
        ...plain,
        name: "numbers",
        number: 9,
        type: { kind: "scalar", scalar: "uint32" },
        label: "repeated",
        packed: true,
      },
    ]);
  });

  it("tell a real oneof from what optional makes", async () => {
    const schema = await modelOfText(`
      message A {
        oneof kind { string text = 1; A inner = 2; }
        optional int32 maybe = 3;
      }`);
    const message = messageOf(schema, "test.A");
    expect(message.oneofs).toEqual([{ name: "kind", comment: "", fields: ["text", "inner"] }]);
    expect(message.fields.map(({ oneof }) => oneof)).toEqual(["kind", "kind", undefined]);
  });

  it("are listed with nested ones after their parents, names found from the inside out", async () => {
    const schema = await modelOfText(`
      message Inner { string outer = 1; }
      message A {
        Inner a = 1;
        .test.Inner b = 2;
        B.Inner c = 3;
        message Inner { int32 x = 1; }
        message B {
          Inner d = 1;
          message Inner { Kind kind = 1; }
          enum Kind { KIND_NONE = 0; }
        }
      }`);
    const [file] = schema.files;
    expect(file?.messages.map(({ fullName }) => fullName)).toEqual([
      "test.Inner",
      "test.A",
      "test.A.Inner",
      "test.A.B",
      "test.A.B.Inner",
    ]);
    expect(messageOf(schema, "test.A.B.Inner").parents).toEqual(["A", "B"]);
    expect(file?.enums.map(({ fullName, parents }) => [fullName, parents])).toEqual([
      ["test.A.B.Kind", ["A", "B"]],
    ]);
    const types = (name: string) =>
      messageOf(schema, name).fields.map(({ type }) => "name" in type && type.name);
    expect(types("test.A")).toEqual(["test.A.Inner", "test.Inner", "test.A.B.Inner"]);
    expect(types("test.A.B")).toEqual(["test.A.B.Inner"]);
  });

  it("keep every hostile name", async () => {
    const names =
      "constructor __proto__ Object delete then toString hasOwnProperty stream returns message".split(" ");
    const fields = names.map((name, i) => `int32 ${name} = ${i + 1};`).join(" ");
    const schema = await modelOfText(`
      message Fields { ${fields} }
      message __proto__ { __proto__ constructor = 1; }
      message constructor { __proto__ __proto__ = 1; }
      message labels { optional optional optional = 1; repeated repeated repeated = 2; }
      message optional {}
      message repeated { oneof oneof { int32 option = 1; } }
      enum Values { VALUES_NONE = 0; __proto__value = 1; }
    `);
    expect(messageOf(schema, "test.Fields").fields.map(({ name }) => name)).toEqual(names);
    expect(messageOf(schema, "test.__proto__").fields[0]?.type).toEqual({
      kind: "message",
      name: "test.__proto__",
    });
    expect(messageOf(schema, "test.constructor").fields[0]?.name).toBe("__proto__");
  });

  it("take packed = false anywhere, and true only where something can be packed", async () => {
    const schema = await modelOfText(
      "message A { string a = 1 [packed = false]; repeated bytes b = 2 [packed = false]; }",
    );
    expect(messageOf(schema, "test.A").fields.map(({ packed }) => packed)).toEqual([false, false]);
    expect(await told("message A { repeated string a = 1 [packed = true]; }")).toMatchObject([
      { code: "PH027" },
    ]);
  });

  it("have no features, which editions have", async () => {
    const text =
      "option features.field_presence = IMPLICIT; message A { int32 a = 1 [features.field_presence = EXPLICIT]; }";
    const diagnostics = await told(text);
    expect(diagnostics.map(({ code, location }) => [code, location.column])).toEqual([
      ["PH010", 8],
      ["PH010", 69],
    ]);
    expect(diagnostics[1]?.help).toContain('"optional"');
  });

  it("warn of standard options that only newer versions know, and refuse misspelled ones", async () => {
    const text =
      "option java_api_version = 2; message A { option wholly_new = { a: 1 }; option deprecatd = true; }";
    expect(await told(text)).toMatchObject([
      { code: "PH014", severity: "warning", message: "unknown option: java_api_version" },
      { code: "PH014", severity: "warning", message: "unknown option: wholly_new" },
      { code: "PH010", severity: "error", help: "did you mean deprecated?" },
    ]);
  });

  it("refuse standard options of something else", async () => {
    const text = 'message A { option allow_alias = true; int32 a = 1 [java_package = "a"]; }';
    expect(await told(text)).toMatchObject([
      { code: "PH010", message: "the option allow_alias belongs to enums, not to messages" },
      { code: "PH010", message: "the option java_package belongs to files, not to fields" },
    ]);
  });

  it.each([
    ["int32 a = 1; int32 b = 1;", "such as 2"],
    ["int32 a = 18999; int32 b = 18999;", "such as 20000"],
    ["int32 a = 1; int32 b = 1; reserved 2 to 9, 10;", "such as 11"],
    ["int32 a = 536870911; int32 b = 536870911;", "such as 1"],
    ["int32 a = 5; int32 b = 5; reserved 6 to max;", "such as 1"],
  ])("are given the number of a field that is free: %s", async (fields, expected) => {
    const [diagnostic] = await told(`message A { ${fields} }`);
    expect(diagnostic?.code).toBe("PH021");
    expect(diagnostic?.help.endsWith(expected)).toBe(true);
  });

  it("may be empty, and refer to themselves", async () => {
    const schema = await modelOfText(
      "message Empty {} message A { B b = 1; } message B { repeated A a = 1; }",
    );
    expect(messageOf(schema, "test.Empty").fields).toEqual([]);
    expect(messageOf(schema, "test.B").fields[0]?.type).toEqual({ kind: "message", name: "test.A" });
  });

  it("have aliases of enum values where the enum allows them", async () => {
    const schema = await modelOfText("enum E { option allow_alias = true; A = 0; B = 0; C = -1; D = 0x10; }");
    expect(schema.files[0]?.enums[0]?.values.map(({ name, number }) => [name, number])).toEqual([
      ["A", 0],
      ["B", 0],
      ["C", -1],
      ["D", 16],
    ]);
  });
});

/** What is said of a text, whose first line the first of its lines is. */
async function told(text: string): Promise<readonly Diagnostic[]> {
  const { diagnostics } = await loadFiles({ "a.proto": `syntax = "proto3";\n${text}` });
  return diagnostics;
}

const plain = { label: "single", packed: false, jsNumber: false, dataClass: "PLAIN" } as const;
