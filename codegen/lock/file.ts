import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Schema } from "../../schema/model.ts";
import type { Diagnostic } from "../load/diagnostic.ts";
import { writeWhole } from "../write/text.ts";
import { checkLock } from "./check.ts";
import { formatLock, type KnownLines, type ParsedLock, parseLock } from "./format.ts";
import { emptyLock, type Lock, lockFileName } from "./lock.ts";
import { committedLocks } from "./taken/git.ts";
import { joinLocks, takenOf } from "./taken/taken.ts";
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
  /** True when there is no lock file, and git's took its place. */
  readonly isRestored: boolean;
}

/** What is known of a schema's lock file from earlier runs of one process. */
export class LockSession {
  readonly lines: KnownLines = new WeakMap();
  #known: { readonly text: string | undefined; readonly parsed: ParsedLock } | undefined;
  #written: string | undefined;
  #taken: Lock = emptyLock;

  /** Parses the file's text, unless it is the last one that was parsed or written. */
  parse(text: string | undefined): ParsedLock {
    if (this.#known?.text !== text || this.#known === undefined) {
      const parsed = text === undefined ? { lock: emptyLock, diagnostics: [] } : parseLock(text);
      this.#known = { text, parsed };
    }
    return this.#known.parsed;
  }

  /** Everything that the file had before this process wrote it first, or that somebody else has written since. */
  takenWithoutGit(text: string | undefined, lock: Lock): Lock {
    if (text === undefined || text !== this.#written) this.#taken = lock;
    return this.#taken;
  }

  /** Notes what this process has written into the file. */
  wrote(text: string, lock: Lock): void {
    this.#written = text;
    this.#known = { text, parsed: { lock, diagnostics: [] } };
  }
}

/**
 * Checks a schema against the lock file in its root folder. Writes nothing. A missing file is an empty one. What git's HEAD or
 * a tag has is taken for good; without git, all that the file had before this session wrote into it.
 */
export async function lockSchema(
  schema: Schema,
  root: string,
  session: LockSession = new LockSession(),
): Promise<LockResult> {
  const before = await readLockText(root);
  const parsed = session.parse(before);
  if (parsed.lock === undefined)
    return {
      diagnostics: parsed.diagnostics,
      lock: undefined,
      text: undefined,
      stale: false,
      isRestored: false,
    };
  const inGit = committedLock(root);
  const isRestored = before === undefined && inGit !== undefined && !isEmpty(inGit);
  const working = isRestored ? inGit : parsed.lock;
  const taken = takenOf(schema, working, inGit ?? session.takenWithoutGit(before, working));
  const diagnostics = checkLock(schema, taken);
  if (diagnostics.some(({ severity }) => severity === "error"))
    return { diagnostics, lock: undefined, text: undefined, stale: false, isRestored };
  const lock = updateLock(schema, taken);
  const text = formatLock(lock, session.lines);
  return { diagnostics, lock, text, stale: text !== before, isRestored };
}

function isEmpty({ calls, methods, messages, enums }: Lock): boolean {
  return calls.size + methods.size + messages.size + enums.size === 0;
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

/** What git has of the lock file; undefined when git does not say, or has what cannot be read. */
function committedLock(root: string): Lock | undefined {
  const locks = committedLocks(root)?.map((text) => parseLock(text).lock);
  if (locks === undefined || locks.includes(undefined)) return undefined;
  return joinLocks(locks.filter((lock) => lock !== undefined));
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
