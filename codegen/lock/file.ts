import { readFile } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../../schema/errors.ts";
import type { Schema } from "../../schema/model.ts";
import type { Diagnostic } from "../load/diagnostic.ts";
import { Refusal } from "../refusal.ts";
import { writeWhole } from "../write/text.ts";
import { checkLock } from "./check-lock.ts";
import { formatLock, type KnownLines, type ParsedLock, parseLock } from "./format.ts";
import { emptyLock, type Lock, type LockedRelease, lockFileName } from "./lock.ts";
import { lockOfModels, withReleased } from "./releases/released.ts";
import { committedLocks } from "./taken/git.ts";
import { joinLocks, takenOf } from "./taken/taken.ts";
import { updateLock } from "./update.ts";

/** Result of {@link lockSchema}. */
export interface LockResult {
  /** Errors and warnings; a schema with an error is not generated. */
  readonly diagnostics: readonly Diagnostic[];
  /** The lock after this schema; undefined when there are errors. */
  readonly lock: Lock | undefined;
  /** Text that the lock file must have; undefined when there are errors. */
  readonly text: string | undefined;
  /** True when the lock file has another text or is missing. */
  readonly stale: boolean;
  /** True when the lock file is missing and the committed one from git was used instead. */
  readonly isRestored: boolean;
  /** Highest number of a release in the lock file, in git's HEAD or in a tag; 0 when nothing was released. */
  readonly lastNumber: number;
}

/** State of a lock file between the runs of one process: the parsed file, and the entries that this process added itself. */
export class LockSession {
  /** Formatted lines of messages, reused by the next run. */
  readonly lines: KnownLines = new WeakMap();
  #known: { readonly text: string | undefined; readonly parsed: ParsedLock } | undefined;
  #written: string | undefined;
  #taken: Lock = emptyLock;
  #released: { readonly releases: readonly LockedRelease[]; readonly lock: Lock } | undefined;

  /** Parses the file's text, or returns the last result for an unchanged one. A missing file (undefined) is an empty lock. */
  parse(text: string | undefined): ParsedLock {
    if (this.#known?.text !== text || this.#known === undefined) {
      const parsed = text === undefined ? { lock: emptyLock, diagnostics: [] } : parseLock(text);
      this.#known = { text, parsed };
    }
    return this.#known.parsed;
  }

  /**
   * Lock whose numbers are taken for good where git cannot tell: the one before this process first wrote the file, or after
   * another program has changed it. Numbers that this process added in between stay free for a change of mind.
   */
  takenWithoutGit(text: string | undefined, lock: Lock): Lock {
    if (text === undefined || text !== this.#written) this.#taken = lock;
    return this.#taken;
  }

  /** Lock of the numbers in releases, or the last result for the same list. */
  released(releases: readonly LockedRelease[]): Lock {
    if (this.#released?.releases !== releases)
      this.#released = { releases, lock: lockOfModels(releases.map(({ model }) => model)) };
    return this.#released.lock;
  }

  /** Records the text and lock that this process has written. */
  wrote(text: string, lock: Lock): void {
    this.#written = text;
    this.#known = { text, parsed: { lock, diagnostics: [] } };
  }
}

/**
 * Checks a schema against the lock file in its root folder, and computes the next text of that file. Writes nothing. A missing
 * file counts as an empty one. Numbers of a release, and those that git's HEAD or a tag has, are taken for good; without git, those
 * that the file had before this session wrote it.
 *
 * @param root folder of the schema
 * @param session state of earlier runs. Default: a new one
 * @throws Refusal when the lock file exists but cannot be read
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
      lastNumber: 0,
    };
  const inGit = committedLock(root);
  const isRestored = before === undefined && inGit !== undefined && !isEmpty(inGit);
  const file = isRestored ? inGit : parsed.lock;
  const released = session.released(file.releases);
  const hasReleases = file.releases.length > 0;
  const working = hasReleases ? withReleased(file, released) : file;
  const committed = inGit ?? session.takenWithoutGit(before, working);
  const taken = takenOf(schema, working, hasReleases ? joinLocks([committed, released]) : committed);
  const diagnostics = checkLock(schema, taken);
  const known = [...file.releases, ...(inGit?.releases ?? [])];
  const lastNumber = Math.max(0, ...known.map(({ number }) => number));
  if (diagnostics.some(({ severity }) => severity === "error"))
    return { diagnostics, lock: undefined, text: undefined, stale: false, isRestored, lastNumber };
  const lock = updateLock(schema, taken);
  const text = formatLock(lock, session.lines);
  return { diagnostics, lock, text, stale: text !== before, isRestored, lastNumber };
}

function isEmpty({ calls, methods, messages, enums }: Lock): boolean {
  return calls.size + methods.size + messages.size + enums.size === 0;
}

/**
 * Message for a missing lock file of a schema that was generated before.
 *
 * @param schema folder of the schema as the user named it
 */
export function lostLock(schema: string): string {
  const path = `${schema}/${lockFileName}`;
  return (
    `${path} is missing, but codegen has run before; without it a new id or number may get the meaning of a removed one, and ` +
    `former names of tables, columns and methods are unknown\n` +
    `  help: restore the file from version control (git checkout -- ${path}) and run photinus codegen again`
  );
}

/** Union of the lock files that git has; undefined when git cannot tell, or one of them cannot be parsed. */
function committedLock(root: string): Lock | undefined {
  const locks = committedLocks(root)?.map((text) => parseLock(text).lock);
  if (locks === undefined || locks.includes(undefined)) return undefined;
  return joinLocks(locks.filter((lock) => lock !== undefined));
}

/** Path of the lock file in a schema's root folder. */
export function lockPath(root: string): string {
  return path.join(root, lockFileName);
}

/**
 * Writes the lock file atomically.
 *
 * @throws Error when the file system refuses
 */
export function writeLock(root: string, text: string): void {
  writeWhole(lockPath(root), text);
}

async function readLockText(root: string): Promise<string | undefined> {
  try {
    return await readFile(lockPath(root), "utf8");
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Refusal(`cannot read ${lockPath(root)}: ${messageOf(error)}; expected a lock file, or none`);
  }
}
