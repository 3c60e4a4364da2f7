import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { modelOf } from "../../evolution/model/model-of.ts";
import { historyOf } from "../../history/history.ts";
import { historyLines } from "../../history/history-text.ts";
import { formatDiagnostic } from "../../load/diagnostic.ts";
import { loadSchema } from "../../load/load.ts";
import { lockPath } from "../../lock/file.ts";
import { parseLock } from "../../lock/format.ts";
import { emptyLock, lockFileName } from "../../lock/lock.ts";
import type { Target } from "../../target.ts";
import { builtInTargets } from "../../targets.ts";
import { isMissing } from "../../write/missing.ts";
import { oneSchema } from "../jobs.ts";
import type { Output } from "../output.ts";

/** Flags of `photinus log`. */
export interface LogFlags {
  /** Folder of the schema. Default: the only schema of package.json, or "schema". */
  readonly schema?: string;
}

/** Options of {@link log}. */
export interface LogOptions {
  /** Working directory; paths are relative to it. */
  readonly folder: string;
  /** Targets that jobs may name. Default: the built-in ones. */
  readonly targets?: readonly Target[];
  readonly output: Output;
}

/**
 * Runs `photinus log`: prints the releases in the lock file as a changelog by command, the newest first, below the changes that are
 * not released. Writes nothing.
 *
 * @returns false when the schema or its lock file has errors
 * @throws Refusal for several schemas of which none is named
 */
export async function log(flags: LogFlags, options: LogOptions): Promise<boolean> {
  const { folder, output, targets = builtInTargets } = options;
  const { schema: name, checks } = await oneSchema(folder, flags.schema, targets);
  const root = resolve(folder, name);
  const { lock, diagnostics: problems } = await readLock(root);
  for (const one of problems) output.complain(formatDiagnostic(one, name));
  if (lock === undefined) return false;
  const { schema, diagnostics } = await loadSchema({ root, checks });
  for (const one of diagnostics) output.complain(formatDiagnostic(one, name));
  if (schema === undefined) return false;
  const history = historyOf(lock, modelOf(schema));
  if (history.length === 0)
    output.print(`${name}/${lockFileName} has no release; photinus release records the first one`);
  for (const line of historyLines(history)) output.print(line);
  return true;
}

async function readLock(root: string): Promise<ReturnType<typeof parseLock>> {
  try {
    return parseLock(await readFile(lockPath(root), "utf8"));
  } catch (error) {
    if (!isMissing(error)) throw error;
    return { lock: emptyLock, diagnostics: [] };
  }
}
