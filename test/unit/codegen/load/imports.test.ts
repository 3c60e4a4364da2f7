import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../../codegen/load/diagnostic.ts";
import { loadSchema } from "../../../../codegen/load/load.ts";
import type { Schema } from "../../../../schema/model.ts";
import { loadFiles, messageOf, modelOf } from "./schemas.ts";

const file = (text: string): string => `syntax = "proto3";\n${text}`;

describe("imports", () => {
  it("reach across packages", async () => {
    const schema = await modelOf({
      "lobby/lobby.proto": file(
        'package lobby; import "world/place.proto"; message A { world.Place place = 1; }',
      ),
      "world/place.proto": file("package world; message Place { int32 x = 1; }"),
    });
    expect(schema.files.map(({ path, imports }) => [path, imports])).toEqual([
      ["lobby/lobby.proto", ["world/place.proto"]],
      ["world/place.proto", []],
    ]);
    expect(messageOf(schema, "lobby.A").fields[0]?.type).toEqual({ kind: "message", name: "world.Place" });
  });

  it("pass on what is imported publicly, and nothing else", async () => {
    const files = {
      "c.proto": file("message C {}"),
      "b.proto": file('import public "c.proto"; message B {}'),
      "a.proto": file('import "b.proto"; message A { B b = 1; C c = 2; }'),
    };
    await modelOf(files);
    const { diagnostics } = await loadFiles({ ...files, "b.proto": files["b.proto"].replace("public ", "") });
    expect(diagnostics).toMatchObject([
      { code: "PH005", location: { file: "a.proto", line: 2, column: 40 }, help: 'import "c.proto";' },
    ]);
  });

  it("bring Google's files along when a type of theirs is used", async () => {
    const schema = await modelOf({
      "a.proto": file(`
        import "google/protobuf/timestamp.proto";
        import "google/protobuf/struct.proto";
        import "google/protobuf/empty.proto";
        import "google/protobuf/api.proto";
        message A { google.protobuf.Timestamp at = 1; google.protobuf.Value any = 2; google.protobuf.Api api = 3; }`),
    });
    expect(schema.files.map(({ path }) => path)).toEqual([
      "a.proto",
      "google/protobuf/any.proto",
      "google/protobuf/api.proto",
      "google/protobuf/source_context.proto",
      "google/protobuf/struct.proto",
      "google/protobuf/timestamp.proto",
      "google/protobuf/type.proto",
    ]);
    expect(schema.files[0]?.imports).not.toContain("google/protobuf/empty.proto");
    const value = messageOf(schema, "google.protobuf.Value");
    expect(value.oneofs[0]?.fields).toContain("null_value");
    expect(messageOf(schema, "google.protobuf.Struct").fields[0]).toMatchObject({
      label: "map",
      mapKey: "string",
    });
    expect(messageOf(schema, "google.protobuf.Timestamp").fields.map(({ name }) => name)).toEqual([
      "seconds",
      "nanos",
    ]);
  });

  it("know every file that protobufjs brings", async () => {
    const names =
      "any api descriptor duration empty field_mask source_context struct timestamp type wrappers";
    const imports = names.split(" ").map((name) => `import "google/protobuf/${name}.proto";`);
    const schema = await modelOf({
      "a.proto": file(`${imports.join("\n")} message A { google.protobuf.UInt64Value value = 1; }`),
    });
    expect(schema.files.map(({ path }) => path)).toEqual(["a.proto", "google/protobuf/wrappers.proto"]);
  });

  it("may form a chain of any length, also one that is broken at its end", async () => {
    const count = 12_000;
    const chain = (
      last: string,
    ): Promise<{ schema: Schema | undefined; diagnostics: readonly Diagnostic[] }> =>
      loadSchema({
        root: "/nowhere",
        files: ["f0.proto"],
        readFile: async (path) => {
          const at = Number(/^f(\d+)\.proto$/.exec(path)?.[1]);
          if (!(at <= count)) return undefined;
          return file(`package p${at}; ${at === count ? last : `import "f${at + 1}.proto";`} message M {}`);
        },
      });
    expect((await chain("")).schema?.files).toHaveLength(count + 1);
    expect((await chain('import "nothing.proto";')).diagnostics).toMatchObject([{ code: "PH003" }]);
    expect((await chain('import "f5.proto";')).diagnostics).toMatchObject([{ code: "PH006" }]);
  });

  it("let a schema declare options of its own", async () => {
    const options = file(`
      package own;
      import "google/protobuf/descriptor.proto";
      message Hint { string text = 1; repeated int32 levels = 2; }
      extend google.protobuf.FieldOptions { Hint hint = 50001; }`);
    const user = (hint: string) =>
      file(`import "own.proto"; message A { int32 a = 1 [(own.hint) = ${hint}]; }`);
    await modelOf({ "own.proto": options, "a.proto": user('{ text: "x" levels: [1, 2] }') });
    const { diagnostics } = await loadFiles({
      "own.proto": options,
      "a.proto": user('{ txt: "x" levels: [1, "2"] }'),
    });
    expect(diagnostics.map(({ code, help }) => [code, help])).toEqual([
      ["PH011", "did you mean text?"],
      ["PH012", "remove the quotes"],
    ]);
  });

  it("bring options of proto2 files along, and no code for these", async () => {
    const rules = `syntax = "proto2"; package own; import "google/protobuf/descriptor.proto"; import "more.proto";
      message Rule { optional int32 least = 1 [default = 1]; map<string, int32> weights = 2; extensions 100 to max; }
      enum Mode { ON = 1; }
      extend google.protobuf.FieldOptions { optional Rule rule = 50001; optional More more = 50002; }`;
    const schema = await modelOf({
      "own.proto": rules,
      "more.proto": 'syntax = "proto2"; package own; message More { optional bool on = 1; }',
      "a.proto": file(`import "own.proto"; message A {
        int32 a = 1 [(own.rule) = { least: 2 weights: { key: "k" value: 1 } weights { key: "l" } }, (own.more).on = true];
      }`),
    });
    expect(schema.files.map(({ path }) => path)).toEqual(["a.proto"]);
  });

  it("refuse messages of proto2 files as fields and bodies, at the place that uses them", async () => {
    const { diagnostics } = await loadFiles({
      "own.proto": `syntax = "proto2"; import "google/protobuf/descriptor.proto";
        message Rule { optional int32 a = 1; } extend google.protobuf.FieldOptions { optional Rule rule = 50001; }`,
      "a.proto":
        file(`import "own.proto"; import "google/protobuf/descriptor.proto"; import "photinus/options.proto";
message A { Rule a = 1; google.protobuf.FileDescriptorProto b = 2; map<string, google.protobuf.FieldOptions> c = 3; }
service S { option (photinus.service) = { role: "s" };
  rpc Do(Rule) returns (google.protobuf.FileDescriptorSet) { option (photinus.command) = { id: 1 }; } }`),
    });
    expect(diagnostics.map(({ code, location }) => `${code} ${location.line}:${location.column}`)).toEqual([
      "PH002 3:13",
      "PH002 3:25",
      "PH002 3:80",
      "PH004 5:10",
      "PH004 5:25",
    ]);
    expect(diagnostics[1]?.message).toContain("google/protobuf/descriptor.proto, which is proto2");
  });

  it("refuse a proto2 file that is there for anything but options", async () => {
    const { diagnostics } = await loadFiles({
      "a.proto": 'syntax = "proto2"; message A { optional int32 a = 1; }',
    });
    expect(diagnostics).toMatchObject([{ code: "PH002", location: { line: 1, column: 10 } }]);
  });

  it("take maps in options entry by entry, and tell what is wrong with one", async () => {
    const { diagnostics } = await loadFiles({
      "own.proto": file(`import "google/protobuf/descriptor.proto"; message M { map<string, int32> m = 1; }
        extend google.protobuf.MessageOptions { M own = 50001; }`),
      "a.proto": file(
        'import "own.proto"; message A { option (own) = { m: { key: "k" value: "1" } m: { keys: 1 } m: 2 }; }',
      ),
    });
    expect(diagnostics.map(({ code, message, help }) => [code, message, help])).toEqual([
      ["PH012", 'm.value takes a whole number, not the string "1"', "remove the quotes"],
      ["PH011", "an entry of m has no field keys", "write { key: ... value: ... }"],
      [
        "PH012",
        "m takes fields in braces, not a single value",
        "write { key: ... }; the fields are: key, value",
      ],
    ]);
  });

  it("refuse a name that no file can have, as one that is not there", async () => {
    const { diagnostics } = await loadFiles({ "a.proto": file('import "photinus/\\x00.proto";') });
    expect(diagnostics).toMatchObject([{ code: "PH003", location: { file: "a.proto" } }]);
  });

  it("refuse types of Photinus itself as fields", async () => {
    const { diagnostics } = await loadFiles({
      "a.proto": file('import "photinus/control.proto"; message A { photinus.control.Ping ping = 1; }'),
    });
    expect(diagnostics).toMatchObject([{ code: "PH028" }]);
  });
});

describe("the files of a schema", () => {
  it("are those of the folder, without Photinus' own", async () => {
    const root = new URL("../../../../schema", import.meta.url).pathname;
    const { schema, diagnostics } = await loadSchema({ root });
    expect(diagnostics).toEqual([]);
    expect(schema?.files.map(({ path }) => path)).toEqual([
      "meadow/chat.proto",
      "meadow/login.proto",
      "meadow/meadow.proto",
      "meadow/world.proto",
    ]);
  });

  it("are Photinus' own when these are asked for", async () => {
    const { schema, diagnostics } = await loadSchema({ root: "/nowhere", internal: true });
    expect(diagnostics).toEqual([]);
    expect(schema?.files.map(({ path }) => path)).toEqual(["photinus/control.proto", "photinus/link.proto"]);
    expect(schema && messageOf(schema, "photinus.control.Hello").fields).toHaveLength(11);
  });

  it("must be there", async () => {
    const { schema, diagnostics } = await loadSchema({ root: "/nowhere/at/all" });
    expect(schema).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: "PH009" }]);
    const named = await loadSchema({ root: "/nowhere/at/all", files: ["a.proto"] });
    expect(named.diagnostics).toMatchObject([{ code: "PH009", location: { file: "a.proto" } }]);
  });

  it("do not hide mistakes behind a broken one, nor blame files that need it", async () => {
    const { diagnostics } = await loadFiles({
      "broken.proto": file("message Broken { int32 a = ; }"),
      "needs.proto": file('import "broken.proto"; message A { Broken b = 1; Nothing c = 2; }'),
      "other.proto": file("message Other { Nothing a = 1; }"),
    });
    expect(diagnostics.map(({ code, location }) => [code, location.file])).toEqual([
      ["PH001", "broken.proto"],
      ["PH004", "other.proto"],
    ]);
  });
});

describe("names of files and folders", () => {
  it.each([
    'quo"te.proto',
    "new\nline.proto",
    "a#b.proto",
    "d#e/a.proto",
    "what?.proto",
    "100%25.proto",
    "a*/b.proto",
  ])("%j is refused, since generated code imports and names it", async (path) => {
    const { schema, diagnostics } = await loadFiles({ [path]: file("message A {}") });
    expect(schema).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: "PH015", location: { file: path, line: 1, column: 1 } }]);
  });

  it("may have letters of any language, digits, dots, dashes and spaces", async () => {
    await modelOf({ "two words/é-1_x.v2.proto": file("message A {}") });
  });
});
