import type { Schema } from "../schema/model.ts";
import { documents } from "./documents/target.ts";
import type { GeneratedFile, Target, TargetOptions } from "./target.ts";
import { typescriptClient } from "./typescript/client/target.ts";
import { internal } from "./typescript/internal.ts";
import { typescriptServer } from "./typescript/server/target.ts";

/** Every language and form that a schema can be written in, by name. */
export const targets: ReadonlyMap<string, Target> = new Map(
  [typescriptServer, typescriptClient, documents, internal].map((target) => [target.name, target]),
);

/** What is written when nothing else is asked for. */
export const defaultTargets: readonly string[] = [
  typescriptServer.name,
  typescriptClient.name,
  documents.name,
];

export interface GenerateOptions extends TargetOptions {
  /** Names of targets. Default: {@link defaultTargets}. */
  readonly targets?: readonly string[];
}

/**
 * Writes a schema in the languages asked for. Pure: the same schema and options give the same files, sorted by path.
 * Throws a RangeError for a target that does not exist.
 */
export function generate(schema: Schema, options: GenerateOptions = {}): GeneratedFile[] {
  const files: GeneratedFile[] = [];
  for (const name of new Set(options.targets ?? defaultTargets)) {
    const target = targets.get(name);
    if (!target) throw new RangeError(`no target "${name}"; there are ${[...targets.keys()].join(", ")}`);
    files.push(...target.emit(schema, options));
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
