import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Schema } from "../../schema/model.ts";
import type { Diagnostic } from "../load/diagnostic.ts";
import { writeWhole } from "../write/text.ts";
import { checkLock } from "./check.ts";
import { formatLock, parseLock } from "./format.ts";
import { emptyLock, type Lock, lockFileName } from "./lock.ts";
import { updateLock } from "./update.ts";

export interface LockResult {
  /** None of them an error when the schema may be generated. */
  readonly diagnostics: readonly Diagnostic[];
  /** The lock with this schema; undefined when there are errors. */
  readonly lock: Lock | undefined;
  /** What the lock file must contain; undefined when there are errors. */
  readonly text: string | undefined;
  /** True when that is not what it contains. */
  readonly stale: boolean;
}

/** Checks a schema against the lock file in its root folder. Writes nothing. A missing file is an empty one. */
export async function lockSchema(schema: Schema, root: string): Promise<LockResult> {
  const before = await readLockText(root);
  const parsed = before === undefined ? { lock: emptyLock, diagnostics: [] } : parseLock(before);
  if (parsed.lock === undefined)
    return { diagnostics: parsed.diagnostics, lock: undefined, text: undefined, stale: false };
  const diagnostics = checkLock(schema, parsed.lock);
  if (diagnostics.some(({ severity }) => severity === "error"))
    return { diagnostics, lock: undefined, text: undefined, stale: false };
  const lock = updateLock(schema, parsed.lock);
  const text = formatLock(lock);
  return { diagnostics, lock, text, stale: text !== before };
}

/** What to say of a lock file that is not there although the generator has run before. `schema` as the user named it. */
export function lostLock(schema: string): string {
  const path = `${schema}/${lockFileName}`;
  return (
    `${path} is not there, though codegen has run before: which ids and numbers were removed, and what tables, columns and ` +
    `methods were called, is not known any more, so that a new one may get the meaning of an old one\n` +
    `  help: take it from version control, as by git checkout -- ${path}, and run photinus codegen again`
  );
}

/** Where the lock file of a schema stands. */
export function lockPath(root: string): string {
  return path.join(root, lockFileName);
}

/** Writes the lock file whole or not at all. */
export function writeLock(root: string, text: string): void {
  writeWhole(lockPath(root), text);
}

async function readLockText(root: string): Promise<string | undefined> {
  try {
    return await readFile(lockPath(root), "utf8");
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
