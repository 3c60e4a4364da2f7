import type { Schema } from "../schema/model.ts";
import type { SchemaCheck } from "./load/files.ts";
import type { Lock } from "./lock/lock.ts";
import type { Memo } from "./memo.ts";

export interface GeneratedFile {
  /** Name of the target that wrote it. */
  readonly target: string;
  /** Below the output folder, with slashes: "server/meadow/meadow.service.ts". */
  readonly path: string;
  readonly text: string;
}

export interface TargetOptions {
  /** The extension of relative imports in TypeScript. Default "ts"; "js" for a project that compiles without rewriting. */
  readonly importExtension?: "ts" | "js";
  /** The lock with this schema; without it nothing is known of what the schema had once. */
  readonly lock?: Lock | undefined;
  /** What earlier runs have made; files that have not changed since are not made again. */
  readonly memo?: Memo | undefined;
}

/** One form that a schema is written in: a language's server or client, or documents. */
export interface Target {
  /** As the command line names it: "typescript-client". */
  readonly name: string;
  /** Whether a run that names no targets writes it. Default false. */
  readonly isDefault?: boolean;
  /**
   * Whether it is written from Photinus' own messages, whatever the schema folder holds, and without a lock file. Such a
   * target has a run of its own. Default false.
   */
  readonly isOfOwnMessages?: boolean;
  /**
   * Reports what the target cannot write, such as two declarations that its language would give one name. Runs with the
   * loader's own checks, so that a user sees everything at once. Default: nothing.
   */
  readonly check?: SchemaCheck;
  /** From the model to files: the same model and options give the same files, with a memo or without. */
  emit(schema: Schema, options: TargetOptions): GeneratedFile[];
}

/** The targets of a run that names none. */
export function defaultsOf(targets: readonly Target[]): readonly Target[] {
  return targets.filter(({ isDefault }) => isDefault);
}

/** What a schema must pass to be written in these targets. */
export function checksOf(targets: Iterable<Target>): SchemaCheck[] {
  return Array.from(targets, ({ check }) => check).filter((check) => check !== undefined);
}
