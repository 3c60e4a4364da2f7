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
import { checksOf, type Target } from "../target.ts";
import { builtInTargets } from "../targets.ts";
import { isMissing } from "../write/missing.ts";
import { writeWhole } from "../write/text.ts";
import { resolveJobs } from "./jobs.ts";
import type { Output } from "./output.ts";

export interface RenameOptions {
  /** The folder that paths are relative to. */
  readonly folder: string;
  /** The targets that jobs may name. Default: the built-in ones. */
  readonly targets?: readonly Target[];
  readonly output: Output;
}

/** `photinus rename`: gives something another name in schema and lock file; false when a schema would be wrong with it. */
export async function rename(
  from: string,
  to: string,
  flags: { readonly schema?: string; readonly kind?: Kind },
  { folder, output, targets = builtInTargets }: RenameOptions,
): Promise<boolean> {
  const jobs = await resolveJobs(folder, flags.schema === undefined ? {} : { schema: flags.schema }, targets);
  const users = jobs.filter((job) => !job.targets.some(({ isOfOwnMessages }) => isOfOwnMessages));
  const schemas = new Set(users.map((job) => job.schema));
  if (schemas.size > 1)
    throw new Refusal(`there are several schemas: say which with --schema, ${[...schemas].join(" or ")}`);
  const [schema = "schema"] = schemas;
  const root = resolve(folder, schema);
  const checks = checksOf(new Set(users.flatMap((job) => job.targets)));
  const { lock, diagnostics } = await readLock(root);
  for (const diagnostic of diagnostics) output.complain(formatDiagnostic(diagnostic, schema));
  if (diagnostics.length > 0) return false;
  const result = await renameIn(root, lock, { from, to, kind: flags.kind }, checks);
  if (isList(result)) {
    for (const diagnostic of result) output.complain(formatDiagnostic(diagnostic, schema));
    output.complain(`error: "${from}" was not renamed; nothing was written`);
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
      ? `${schema}/${lockFileName}: not there, so nothing knows the former name; take it from version control, if it ever was`
      : `${schema}/${lockFileName}: ids and numbers are what they were`,
  );
  const { subject, after } = result;
  output.print(`the ${subject.kind} ${subject.name} is ${after} now`);
  for (const line of remindersOf(result)) output.print(`next: ${line}`);
  return true;
}

/** Array.isArray does not narrow to a list that cannot be changed. */
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

/** Writes a file whole, or not at all. */
function replace(path: string, text: string): void {
  try {
    writeWhole(path, text);
  } catch (error) {
    throw new Refusal(`cannot write ${path}: ${messageOf(error)}`);
  }
}
