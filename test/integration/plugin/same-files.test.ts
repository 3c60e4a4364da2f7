import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CodegenFolder } from "../../setup/codegen-folder.ts";
import { buf, installOwnSchema, pluginIn, protoc, root, textsIn } from "./compilers.ts";

const project = CodegenFolder.forEachTest();

/** Schemas, and what the command has written of them. */
const schemas = [
  { name: "the example", schema: "schema", targets: [] },
  {
    name: "the card duel",
    schema: "examples/duel/schema",
    targets: ["typescript-server", "typescript-client"],
  },
  { name: "hostile names", schema: "test/golden/codegen/fixtures/hostile/schema", targets: [] },
  { name: "wire types of every kind", schema: "test/conformance/codec/schema", targets: [] },
  { name: "tables", schema: "test/conformance/tables/schema", targets: ["typescript-server"] },
  { name: "schemas of others", schema: "test/conformance/load/corpus", targets: [] },
];

/** Copies a schema, and gives what the command writes of it. */
async function generated(schema: string, targets: readonly string[]): Promise<Record<string, string>> {
  const own = join(root, schema, "photinus");
  cpSync(join(root, schema), join(project.path, "schema"), {
    recursive: true,
    filter: (path) => path !== own,
  });
  expect(await project.run(targets.length === 0 ? {} : { targets })).toBe(true);
  const texts = textsIn(join(project.path, "generated"));
  expect(Object.keys(texts).length).toBeGreaterThan(1);
  return texts;
}

function writeBufFiles(strategy: string, opt: readonly string[]): void {
  const own = installOwnSchema(project.path);
  const lines = ["version: v2", "modules:", "  - path: schema", `  - path: ${own}`];
  const plugin = [`  - local: ${pluginIn(project.path)}`, "    out: out", strategy];
  const options = opt.length === 0 ? [] : ["    opt:", ...opt.map((one) => `      - ${one}`)];
  writeFileSync(join(project.path, "buf.yaml"), `${lines.join("\n")}\n`);
  writeFileSync(
    join(project.path, "buf.gen.yaml"),
    `${["version: v2", "plugins:", ...plugin, ...options].join("\n")}\n`,
  );
}

describe.each(schemas)("the files of photinus codegen, byte for byte: $name", ({ schema, targets }) => {
  const opt = targets.map((target) => `targets=${target}`);

  test("by protoc", async () => {
    const texts = await generated(schema, targets);
    expect(protoc(project.path, { opt: opt.join(",") })).toEqual({ status: 0, errors: "" });
    expect(textsIn(join(project.path, "out"))).toEqual(texts);
    expect(existsSync(join(project.path, "out/manifest.json"))).toBe(false);
  });

  test("by buf generate", async () => {
    const texts = await generated(schema, targets);
    writeBufFiles("    strategy: all", opt);
    expect(buf(project.path)).toEqual({ status: 0, errors: "" });
    expect(textsIn(join(project.path, "out"))).toEqual(texts);
  });
});

test("with buf's usual strategy, folder by folder, the answer names what is missing and the strategy to write", async () => {
  await generated("schema", []);
  await project.put(
    "schema/other/other.proto",
    'syntax = "proto3";\npackage other;\nmessage Other { uint32 id = 1; }\n',
  );
  writeBufFiles("    strategy: directory", []);
  const { status, errors } = buf(project.path);
  expect(status).not.toBe(0);
  expect(errors).toContain("files of the folder schema were not compiled: ");
  expect(errors).toContain("other/other.proto");
  expect(errors).toContain("with buf write strategy: all in buf.gen.yaml");
  expect(existsSync(join(project.path, "out"))).toBe(false);
});
