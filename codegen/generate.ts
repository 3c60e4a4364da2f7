import type { Schema } from "../schema/model.ts";
import type { GeneratedFile, Target, TargetOptions } from "./target.ts";

/**
 * Writes a schema in these targets. Pure: the same schema and options give the same files, sorted by path, in whatever order
 * the schema has its own.
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
