import { globSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadSchema } from "../../../codegen/load/load.ts";
import { accepted, filesOf, refused } from "./cases.ts";
import { compile, compileFolder } from "./protoc.ts";
import { corpora } from "./sources.ts";
import { compare, disagreement, load } from "./verdict.ts";

const isError = ({ severity }: { readonly severity: string }): boolean => severity === "error";

describe("what protoc accepts is accepted, and read alike", () => {
  test.each(Object.entries(accepted))("%s", async (_name, schema) => {
    const files = filesOf(schema);
    const { diagnostics } = await load(files);
    expect(diagnostics.filter(isError)).toEqual([]);
    expect(compile(files)).toMatchObject({ accepted: true });
    expect(await disagreement(files)).toBeUndefined();
  });

  test("real schemas", async () => {
    expect(corpora.length).toBeGreaterThan(5);
    for (const files of corpora) {
      const loaded = await load(files);
      expect(loaded.diagnostics.filter(isError)).toEqual([]);
      expect(loaded.schema?.files.length).toBeGreaterThan(0);
      expect(compare(loaded, compile(files))).toBeUndefined();
    }
  });
});

describe("what protoc refuses is refused, at a place of its own", () => {
  test.each(Object.entries(refused))("%s", async (_name, schema) => {
    const files = filesOf(schema);
    expect(compile(files)).toMatchObject({ accepted: false });
    const { diagnostics } = await load(files);
    expect(diagnostics.filter(isError).length).toBeGreaterThan(0);
    for (const { help } of diagnostics) expect(help).not.toBe("");
  });
});

/** `PROTO_CORPUS=/some/folder` compares every proto3 file below a folder, whose root imports begin at. */
const folder = process.env["PROTO_CORPUS"];

describe.skipIf(folder === undefined)("the files of a folder that is named (set PROTO_CORPUS)", () => {
  const root = folder ?? ".";
  const names = folder === undefined ? ["none"] : globSync("**/*.proto", { cwd: root }).sort();
  test.each(names)("%s", async (name) => {
    const loaded = await loadSchema({ root, files: [name] });
    expect(compare(loaded, compileFolder(root, [name]))).toBeUndefined();
  });
});
