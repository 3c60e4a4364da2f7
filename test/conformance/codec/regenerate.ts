import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSchema } from "../../../codegen/load/load.ts";
import { SchemaIndex } from "../../../codegen/typescript/emit-context.ts";
import { messagesFile } from "../../../codegen/typescript/messages-file.ts";
import { printFile } from "../../../codegen/typescript/print/printer.ts";
import type { Schema } from "../../../schema/model.ts";

/**
 * Message code that tests and benchmarks import: committed under `fixtures`, and compared by a test with what the
 * generator writes now. Run this file to write it anew.
 */
export interface Fixture {
  /** Where the `.proto` files are. */
  readonly schema: string;
  /** Where the generated files go. */
  readonly output: string;
  /** What they import the codec runtime from. Default: the entry point, as users' code does. */
  readonly runtime?: string;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const fixtures: readonly Fixture[] = [
  { schema: here("schema"), output: here("fixtures") },
  {
    schema: here("../../bench/codec/schema"),
    output: here("../../bench/codec/fixtures"),
    // The benchmarks are a package of their own, where the entry point cannot be imported by name.
    runtime: "../../../../runtime/wire/codec/codec-runtime.ts",
  },
];

export async function loadFixture(fixture: Fixture): Promise<Schema> {
  const { schema, diagnostics } = await loadSchema({ root: fixture.schema });
  if (!schema) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return schema;
}

/** What the generator writes for a fixture: text by path. */
export async function generateFixture(fixture: Fixture): Promise<Map<string, string>> {
  const schema = await loadFixture(fixture);
  const index = new SchemaIndex(schema);
  const texts = new Map<string, string>();
  for (const file of schema.files) {
    const source = messagesFile("server", file, index, {});
    const text = printFile(source, { origin: file.path, comment: file.comment });
    const { output, runtime } = fixture;
    texts.set(`${output}/${source.path}`, runtime ? text.replace('"photinus/v1"', `"${runtime}"`) : text);
  }
  return texts;
}

export async function readFixture(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const fixture of fixtures) {
    for (const [path, text] of await generateFixture(fixture)) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  }
}
