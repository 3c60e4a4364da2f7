import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf } from "../../schema/errors.ts";
import { type Diagnostic, formatDiagnostic } from "../load/diagnostic.ts";
import { lockPath } from "../lock/file.ts";
import { parseLock } from "../lock/format.ts";
import { lockFileName } from "../lock/lock.ts";
import { Refusal } from "../refusal.ts";
import type { Kind } from "../rename/kinds.ts";
import { remindersOf } from "../rename/reminders.ts";
import { lockTextOf, renameIn } from "../rename/rename.ts";
import type { Target } from "../target.ts";
import { builtInTargets } from "../targets.ts";
import { isMissing } from "../write/missing.ts";
import { writeWhole } from "../write/text.ts";
import { oneSchema } from "./jobs.ts";
import type { Output } from "./output.ts";

/** Options of {@link rename}. */
export interface RenameOptions {
  /** Working directory; paths are relative to it. */
  readonly folder: string;
  /** Targets that jobs may name. Default: the built-in ones. */
  readonly targets?: readonly Target[];
  readonly output: Output;
}

/**
 * Runs `photinus rename`: renames a declaration in the schema and its lock file, and prints the next steps. Files are written
 * only after the renamed schema has passed all checks.
 *
 * @param from full name of the declaration, or an unambiguous end of it
 * @param to new name, without package and parents
 * @returns false when the schema has errors before or after the renaming
 * @throws Refusal for an unknown or ambiguous name, an invalid new name, or several schemas
 */
export async function rename(
  from: string,
  to: string,
  flags: { readonly schema?: string; readonly kind?: Kind },
  { folder, output, targets = builtInTargets }: RenameOptions,
): Promise<boolean> {
  const { schema, checks } = await oneSchema(folder, flags.schema, targets);
  const root = resolve(folder, schema);
  const { lock, diagnostics } = await readLock(root);
  for (const diagnostic of diagnostics) output.complain(formatDiagnostic(diagnostic, schema));
  if (diagnostics.length > 0) return false;
  const result = await renameIn(root, lock, { from, to, kind: flags.kind }, checks);
  if (isList(result)) {
    for (const diagnostic of result) output.complain(formatDiagnostic(diagnostic, schema));
    output.complain(`error: "${from}" not renamed; no file was written`);
    return false;
  }
  for (const [path, { text, count }] of result.files) {
    replace(join(root, path), text);
    output.print(`${schema}/${path}: ${count} ${count === 1 ? "place" : "places"}`);
  }
  const lockText = lockTextOf(result);
  if (lockText !== undefined) replace(lockPath(root), lockText);
  output.print(
    lockText === undefined
      ? `${schema}/${lockFileName}: not found, so the former name is not recorded; restore the file from version control if it was committed`
      : `${schema}/${lockFileName}: ids and numbers are unchanged`,
  );
  const { subject, after } = result;
  output.print(`renamed the ${subject.kind} ${subject.name} to ${after}`);
  for (const line of remindersOf(result)) output.print(`next: ${line}`);
  return true;
}

/** Narrows to a readonly list, which `Array.isArray` does not. */
function isList(result: object): result is readonly Diagnostic[] {
  return Array.isArray(result);
}

async function readLock(root: string): Promise<ReturnType<typeof parseLock>> {
  try {
    return parseLock(await readFile(lockPath(root), "utf8"));
  } catch (error) {
    if (!isMissing(error)) throw error;
    return { lock: undefined, diagnostics: [] };
  }
}

/** Writes a file atomically; an error becomes a {@link Refusal}. */
function replace(path: string, text: string): void {
  try {
    writeWhole(path, text);
  } catch (error) {
    throw new Refusal(`cannot write ${path}: ${messageOf(error)}`);
  }
}
