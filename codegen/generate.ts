import type { Schema } from "../schema/model.ts";
import type { GeneratedFile, Target, TargetOptions } from "./target.ts";

/** Writes a schema in these targets. Pure: the same schema and options give the same files, sorted by path. */
export function generate(
  schema: Schema,
  targets: Iterable<Target>,
  options: TargetOptions = {},
): GeneratedFile[] {
  const files = [...new Set(targets)].flatMap((target) => target.emit(schema, options));
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
