import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { generate } from "../../codegen/generate.ts";
import { loadSchema } from "../../codegen/load/load.ts";
import { typescriptServer } from "../../codegen/typescript/server/typescript-server-target.ts";
import { decode, encode, type MessageType } from "../../runtime/wire/codec/codec-runtime.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const count = 1_500;

/** Types of fields whose writing takes different statements. */
const kinds: readonly (readonly string[])[] = [
  ["int32", "string", "double", "bool"],
  ["optional int32", "optional Kind"],
  ["repeated int32", "repeated string", "repeated Kind"],
  ["map<string, int32>", "map<int32, Small>"],
  ["Small", "bytes", "repeated Small"],
];

function fields(types: readonly string[]): string {
  return Array.from({ length: count }, (_, i) => `${types[i % types.length]} f${i} = ${i + 1};`).join("\n");
}

/** Types of each field of the first message. */
const values = Array.from({ length: count }, (_, i) => [i + 1, `text ${i}`, i + 0.5, true][i % 4]);

it(`messages of ${count} fields and oneofs of as many cases compile, and are written whole`, async () => {
  const messages = kinds.map((types, i) => `message Large${i} {\n${fields(types)}\n}`);
  const oneof = `message Choice { oneof choice {\n${fields(["int32", "string", "Small"])}\n} }`;
  const text = [
    'syntax = "proto3";',
    ...messages,
    oneof,
    "message Small { int32 a = 1; }",
    "enum Kind { NONE = 0; }",
  ];
  const readFile = async (path: string) => (path === "large.proto" ? text.join("\n") : undefined);
  const { schema } = await loadSchema({ root: "/nowhere", files: ["large.proto"], readFile });
  if (schema === undefined) throw new Error("no schema");
  const folder = await mkdtemp(join(root, "test/types/large-"));
  try {
    const config = {
      extends: "../../../tsconfig.json",
      include: ["."],
      exclude: [],
      compilerOptions: { noEmit: true },
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    for (const file of generate(schema, [typescriptServer])) {
      const path = join(folder, file.path);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, file.text);
    }
    const tsc = ["node_modules/typescript/bin/tsc", "-p", folder];
    const { stdout } = await promisify(execFile)(process.execPath, tsc, {
      cwd: root,
      maxBuffer: 1 << 24,
    }).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error) }));
    expect(stdout).toBe("");
    const module: unknown = await import(join(folder, "server/large.messages.ts"));
    const type = Reflect.get(Object(module), "Large0") as MessageType<Record<string, unknown>>;
    const value = type.create(Object.fromEntries(values.map((one, i) => [`f${i}`, one])));
    expect(decode(type, encode(type, value))).toEqual(value);
  } finally {
    await rm(folder, { recursive: true });
  }
});
