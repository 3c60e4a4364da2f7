import type { Schema } from "../schema/model.ts";
import type { GeneratedFile, Target, TargetOptions } from "./target.ts";

/**
 * Generates the files of a schema for some targets, sorted by path. Pure: equal schemas and options give equal files, whatever
 * the order of the schema's files. Writes nothing.
 */
export function generate(
  schema: Schema,
  targets: Iterable<Target>,
  options: TargetOptions = {},
): GeneratedFile[] {
  const ordered = { ...schema, files: schema.files.toSorted(byPath) };
  return [...new Set(targets)].flatMap((target) => target.emit(ordered, options)).sort(byPath);
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}
