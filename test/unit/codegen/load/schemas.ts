import type { Diagnostic } from "../../../../codegen/load/diagnostic.ts";
import { loadSchema } from "../../../../codegen/load/load.ts";
import { checksOf } from "../../../../codegen/target.ts";
import { builtInTargets } from "../../../../codegen/targets.ts";
import type { Message, Schema, Service } from "../../../../schema/model.ts";

const checks = checksOf(builtInTargets);

export const head = 'syntax = "proto3";\npackage test;\nimport "photinus/options.proto";\n';

/** Loads files that exist in memory only. */
export function loadFiles(
  files: Readonly<Record<string, string>>,
): Promise<{ schema: Schema | undefined; diagnostics: readonly Diagnostic[] }> {
  return loadSchema({
    root: "/nowhere",
    checks,
    files: Object.keys(files),
    readFile: async (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
  });
}

/** The model of files that must be good. */
export async function modelOf(files: Readonly<Record<string, string>>): Promise<Schema> {
  const { schema, diagnostics } = await loadFiles(files);
  if (schema === undefined) throw new Error(JSON.stringify(diagnostics, null, 1));
  return schema;
}

/** The model of one file, "test.proto", with the usual head before it. */
export function modelOfText(text: string): Promise<Schema> {
  return modelOf({ "test.proto": head + text });
}

export function messageOf(schema: Schema, fullName: string): Message {
  const message = schema.files.flatMap((file) => file.messages).find((m) => m.fullName === fullName);
  if (message === undefined) throw new Error(`no message ${fullName}`);
  return message;
}

export function serviceOf(schema: Schema, fullName: string): Service {
  const service = schema.files.flatMap((file) => file.services).find((s) => s.fullName === fullName);
  if (service === undefined) throw new Error(`no service ${fullName}`);
  return service;
}
