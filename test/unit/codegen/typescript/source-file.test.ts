import { describe, expect, it } from "vitest";
import { docstring, wrap } from "../../../../codegen/typescript/print/docs.ts";
import { callable, objectLiteral, propertyKey } from "../../../../codegen/typescript/print/layout.ts";
import { printFile } from "../../../../codegen/typescript/print/printer.ts";
import { SourceFile } from "../../../../codegen/typescript/source-file.ts";

const door = { package: "photinus/v1" } as const;

describe("imports of a generated file", () => {
  it("come once for each module, sorted", () => {
    const file = new SourceFile("a.ts");
    file.import(door, "sendPush", "value");
    file.import(door, "defineService", "value");
    file.import(door, "sendPush", "value");
    expect(file.importLines()).toEqual(['import { defineService, sendPush } from "photinus/v1";']);
  });

  it("are of types where all that is imported is a type", () => {
    const file = new SourceFile("a.ts");
    file.import(door, "Codec", "type");
    expect(file.importLines()).toEqual(['import type { Codec } from "photinus/v1";']);
  });

  it("mark the types among values, and a name that is used as both as a value", () => {
    const file = new SourceFile("a.ts");
    file.import(door, "Codec", "type");
    file.import(door, "raw", "type");
    file.import(door, "raw", "value");
    expect(file.importLines()).toEqual(['import { type Codec, raw } from "photinus/v1";']);
  });

  it("step aside for the file's own names", () => {
    const file = new SourceFile("a.ts");
    file.declareExport("Writer");
    expect(file.import(door, "Writer", "type")).toBe("Writer$1");
    expect(file.importLines()).toEqual(['import type { Writer as Writer$1 } from "photinus/v1";']);
  });

  it("never take the name of an export, which cannot vary", () => {
    const file = new SourceFile("a.ts");
    file.import(door, "Writer", "type");
    expect(() => file.declareExport("Writer")).toThrow("a.ts: the name Writer is taken");
  });

  it("step aside for each other", () => {
    const file = new SourceFile("a.ts");
    expect(file.import({ file: "b.ts" }, "Step", "value")).toBe("Step");
    expect(file.import({ file: "c.ts" }, "Step", "value")).toBe("Step$1");
  });

  it("of other files are relative and carry the extension asked for", () => {
    const names = (path: string, extension: "ts" | "js") =>
      new SourceFile(path, { importExtension: extension }).specifierOf({ file: "meadow/chat.messages.ts" });
    expect(names("meadow/chat.service.ts", "ts")).toBe("./chat.messages.ts");
    expect(names("index.ts", "js")).toBe("./meadow/chat.messages.js");
    expect(names("other/deep/x.ts", "ts")).toBe("../../meadow/chat.messages.ts");
    expect(new SourceFile("photinus/control.ts").specifierOf({ file: "../codec/codec-runtime.ts" })).toBe(
      "../../codec/codec-runtime.ts",
    );
  });
});

describe("printing", () => {
  it("puts header, imports and statements apart by one empty line, and indentation right", () => {
    const file = new SourceFile("a.ts");
    file.import(door, "raw", "value");
    file.add("export const a = {\nb: raw,\n};", "export function f(): void {\nif (a) {\na.b;\n}\n}");
    expect(printFile(file, { origin: "x.proto", comment: "About x." })).toBe(
      [
        "// Written by photinus codegen from x.proto; do not edit.",
        "// About x.",
        "",
        'import { raw } from "photinus/v1";',
        "",
        "export const a = {\n  b: raw,\n};",
        "",
        "export function f(): void {\n  if (a) {\n    a.b;\n  }\n}",
        "",
      ].join("\n"),
    );
  });

  it("brackets in strings, templates and comments do not count", () => {
    const file = new SourceFile("a.ts");
    file.add('f({\n// {\na: "{[(\\"",\n/* ( */\nb: `[\n {`,\n/**\n* {\n*/\nc: 1,\n});');
    expect(printFile(file, { origin: "x" })).toContain(
      'f({\n  // {\n  a: "{[(\\"",\n  /* ( */\n  b: `[\n {`,\n  /**\n   * {\n   */\n  c: 1,\n});\n',
    );
  });

  it("statements stand further in than the label of a switch before them", () => {
    const file = new SourceFile("a.ts");
    file.add("switch (a) {\ncase 1: {\nb;\n}\ncase 2:\nswitch (c) {\ndefault:\nd;\n}\ne;\n}");
    expect(printFile(file, { origin: "x" })).toContain(
      "switch (a) {\n  case 1: {\n    b;\n  }\n  case 2:\n    switch (c) {\n      default:\n        d;\n    }\n    e;\n}\n",
    );
  });
});

describe("text of generated code", () => {
  it("a comment cannot end its docstring", () => {
    expect(docstring("ends */ here")).toBe("/** ends *\\/ here */\n");
  });

  it("a docstring has a line for each of its lines, whatever ends them", () => {
    expect(docstring("a\r\nb\u2028c", "", "d")).toBe("/**\n * a\n * b\n * c\n *\n * d\n */\n");
  });

  it("nothing is documented by nothing", () => {
    expect(docstring("", " \n ")).toBe("");
  });

  it("long sentences are broken between words", () => {
    expect(wrap("aa bb cc", 5)).toBe("aa bb\ncc");
    expect(wrap("unbreakable", 5)).toBe("unbreakable");
  });

  it("a long signature has a parameter a line", () => {
    expect(callable("f", ["a: A"], ": void;")).toBe("f(a: A): void;");
    const long = "x".repeat(60);
    expect(callable("f", [long, long], ": void;")).toBe(`f(\n  ${long},\n  ${long},\n): void;`);
  });

  it("a long object has an entry a line", () => {
    expect(objectLiteral(["a: 1"], 100)).toBe("{ a: 1 }");
    expect(objectLiteral(["a: 1"], 104)).toBe("{\n  a: 1,\n}");
    expect(objectLiteral([], 0)).toBe("{}");
  });

  it("a property that is no identifier is quoted", () => {
    expect(propertyKey("a$1")).toBe("a$1");
    expect(propertyKey("1a")).toBe('"1a"');
  });
});
