import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { schemaFiles } from "../../../../codegen/load/files.ts";
import { readOutline } from "../../../../codegen/load/read/reader.ts";
import fc from "../../../setup/random.ts";
import { loadFiles } from "./schemas.ts";

const folder = new URL("../../../../schema/", import.meta.url);
const good = readFileSync(new URL("meadow/meadow.proto", folder), "utf8");
const tokens = good.match(/\s+|\w+|[^\w\s]/g) ?? [];

const problemsOf = (text: string) =>
  readOutline("a.proto", text).problems.map(({ message, at }) => `${at.line}:${at.column} ${message}`);

describe("reading a file", () => {
  it("survives any change of its tokens, and points into the file", async () => {
    expect(tokens.length).toBeGreaterThan(500);
    const index = fc.nat(tokens.length - 1);
    const piece = fc.oneof(
      index.map((i) => tokens[i] ?? ""),
      fc.constantFrom("", "{", "}", '"', "/*", "=", "\0", "["),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(index, piece), { minLength: 1, maxLength: 4 }), async (changes) => {
        const changed = [...tokens];
        for (const [i, text] of changes) changed[i] = text;
        const text = changed.join("");
        const lines = text.split("\n");
        const { schema, diagnostics } = await loadFiles({ "a.proto": text });
        expect(schema === undefined).toBe(diagnostics.some(({ severity }) => severity === "error"));
        for (const { location } of diagnostics) {
          expect(location.column).toBeGreaterThan(0);
          expect(location.column).toBeLessThanOrEqual((lines[location.line - 1] ?? "").length + 1);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("survives any text at all", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        readOutline("a.proto", text);
      }),
    );
  });

  it("goes on after a mistake, to tell of the next one", () => {
    expect(
      problemsOf("message A { int32 a 1; int32 b = 2; }\nmessage B { string = 3; }\n}\nenum {}"),
    ).toEqual([
      '1:21 expected "=" before the field\'s number, found "1"',
      '2:20 expected the name of the field, found "="',
      '3:1 expected a declaration, such as message, enum or service, found "}"',
      '4:6 expected the name of the enum, found "{"',
    ]);
  });

  it("refuses what is nested too deep, without running out of stack", () => {
    const deep = 20_000;
    expect(problemsOf("message A {".repeat(deep) + "}".repeat(deep))).not.toEqual([]);
    expect(problemsOf(`option a = ${"{ a: ".repeat(deep)}${"}".repeat(deep)};`)).not.toEqual([]);
    expect(problemsOf(`option a = ${"[".repeat(deep)}${"]".repeat(deep)};`)).not.toEqual([]);
  });

  it("takes strings with escapes, both quotes, and several in a row", () => {
    const { outline } = readOutline("a.proto", String.raw`import 'a\x41\101\n\"' "b"'c';`);
    expect(outline.imports[0]?.text).toBe('aAA\n"bc');
  });

  it("counts lines and columns over tabs, comments and Windows line ends", () => {
    const { outline } = readOutline(
      "a.proto",
      "/* one\r\n two */ message A {\r\n\tint32 b = 1; /* x */ int32 c = 2;\r\n}",
    );
    expect(outline.messages[0]?.at).toEqual({ line: 2, column: 17 });
    expect(outline.messages[0]?.fields.map(({ at }) => at)).toEqual([
      { line: 3, column: 8 },
      { line: 3, column: 29 },
    ]);
  });
});

it("a schema's linked folders are searched, and a link to a folder above is not followed without end", async () => {
  const root = mkdtempSync(join(tmpdir(), "photinus-links-"));
  try {
    mkdirSync(join(root, "schema"));
    mkdirSync(join(root, "shared"));
    writeFileSync(join(root, "schema/a.proto"), "");
    writeFileSync(join(root, "shared/b.proto"), "");
    symlinkSync(join(root, "shared"), join(root, "schema/linked"));
    symlinkSync(join(root, "schema"), join(root, "shared/back"));
    symlinkSync(join(root, "nothing"), join(root, "schema/gone"));
    expect((await schemaFiles(join(root, "schema")))?.sort()).toEqual(["a.proto", "linked/b.proto"]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
