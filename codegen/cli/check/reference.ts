import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { messageOf } from "../../../schema/errors.ts";
import { modelOf } from "../../evolution/model/model-of.ts";
import type { ProtocolModel } from "../../evolution/model/protocol-model.ts";
import { formatDiagnostic } from "../../load/diagnostic.ts";
import { schemaFiles } from "../../load/files.ts";
import { loadSchema } from "../../load/load.ts";
import { parseLock } from "../../lock/format.ts";
import { type Lock, type LockedRelease, lockFileName } from "../../lock/lock.ts";
import { lockOfModels } from "../../lock/releases/released.ts";
import { lastRelease, modelOfRelease } from "../../lock/releases/releases.ts";
import { Refusal } from "../../refusal.ts";
import { blobTexts, git, mostBytes } from "../../repository.ts";
import { readIfThere } from "../../write/text.ts";

/** Most errors of a former schema that are printed. A folder that is not a schema folder may have thousands. */
const mostErrors = 10;

/** State of a protocol that a schema is compared with. */
export interface Reference {
  readonly model: ProtocolModel;
  /** Lock file of that state; undefined without a readable one. */
  readonly lock: Lock | undefined;
  /** Releases up to that state. */
  readonly releases: readonly LockedRelease[];
}

/** Former schema that a word on the command line names. */
export type ReferenceKind =
  | { readonly kind: "commit"; readonly commit: string }
  | { readonly kind: "folder"; readonly path: string }
  /** A lock file, and the number of a release in it. Default: the last one. */
  | { readonly kind: "file"; readonly path: string; readonly release?: number };

/**
 * Finds out what a reference is: a commit, a folder or a file.
 *
 * @param folder working directory
 * @param word the reference as the user wrote it
 * @throws Refusal when no commit, folder or file has this name, or both a commit and a path have it
 */
export function kindOfReference(folder: string, word: string): ReferenceKind {
  const { path: ownPath, release } = inFile(word);
  if (release !== undefined) {
    const path = resolve(folder, ownPath);
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return { kind: "file", path, release };
  }
  const path = resolve(folder, word);
  const found = statSync(path, { throwIfNoEntry: false });
  // A word that begins with a hyphen would be an option of git.
  const commit = word.startsWith("-")
    ? undefined
    : git(folder, ["rev-parse", "--verify", "--quiet", `${word}^{commit}`])?.trim();
  if (found !== undefined && commit !== undefined && !/^[./]/.test(word)) {
    throw new Refusal(
      `"${word}" is a commit and a path; expected ./${word} for the path, or a full name of the commit`,
    );
  }
  if (found !== undefined) return { kind: found.isDirectory() ? "folder" : "file", path };
  if (commit !== undefined) return { kind: "commit", commit };
  throw new Refusal(
    `"${word}" not found; expected a commit, branch or tag of git, a schema folder, or a lock file`,
  );
}

/** Splits "photinus.lock.json#3" into the path and the number of a release. */
function inFile(word: string): { readonly path: string; readonly release?: number } {
  const [, path, number] = /^(.+)#(\d{1,10})$/.exec(word) ?? [];
  return path === undefined ? { path: word } : { path, release: Number(number) };
}

/**
 * Reads the former state of a schema. Nothing is checked out: files of a commit are read into memory.
 *
 * @param root folder of the present schema
 * @returns undefined when the commit has no such schema
 * @throws Refusal when the former schema has errors or cannot be read, or the lock file has no model
 */
export async function readReference(
  root: string,
  reference: ReferenceKind,
  word: string,
): Promise<Reference | undefined> {
  if (reference.kind === "file") return inLock(reference, word);
  const texts = reference.kind !== "commit" ? undefined : filesOfCommit(root, reference.commit, word);
  if (texts?.size === 0) return undefined;
  const folder = reference.kind === "commit" ? root : reference.path;
  const paths = texts === undefined ? await schemaFiles(folder) : [...texts.keys()].filter(isSchemaFile);
  if (paths === undefined || paths.length === 0) {
    if (texts !== undefined) return undefined;
    throw new Refusal(`the folder ${word} has no .proto files; expected a schema folder`);
  }
  const { schema, diagnostics } = await loadSchema({
    root: folder,
    files: paths,
    ...(texts && { readFile: async (path) => texts.get(path) }),
  });
  if (schema === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    const list = errors.slice(0, mostErrors).map((one) => formatDiagnostic(one));
    const more = errors.length - list.length;
    if (more > 0) list.push(`and ${more} more ${more === 1 ? "error" : "errors"}`);
    throw new Refusal(`the schema in ${word} has errors, so it cannot be compared:\n${list.join("\n")}`);
  }
  const lockText = texts === undefined ? readIfThere(join(folder, lockFileName)) : texts.get(lockFileName);
  const lock = lockText === undefined ? undefined : parseLock(lockText).lock;
  return { model: modelOf(schema), lock, releases: lock?.releases ?? [] };
}

/** Reads the model of a release in a lock file: of the named one, or of the last one. */
function inLock(
  { path, release }: { readonly path: string; readonly release?: number },
  word: string,
): Reference {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Refusal(`cannot read the lock file ${word}: ${messageOf(error)}`);
  }
  const { lock, diagnostics } = parseLock(text);
  if (lock === undefined)
    throw new Refusal(
      `cannot read the lock file ${word}: ${diagnostics.map(({ message }) => message).join("; ")}`,
    );
  const number = release ?? lastRelease(lock)?.number;
  if (number !== undefined && modelOfRelease(lock, number) !== undefined) return referenceOf(lock, number);
  const known = lock.releases.map(({ number }) => number);
  if (known.length > 0)
    throw new Refusal(`release ${release} not found in ${word}; expected one of ${known.join(", ")}`);
  throw new Refusal(
    `the lock file ${word} has no release, only ids and numbers; expected a lock file in which photinus release recorded one; ` +
      "without it, name a commit or a folder",
  );
}

/**
 * State of a release of a lock. A release keeps the names that it was made with, while the lock file around it has the present ones.
 *
 * @param number number of a release in the lock
 */
export function referenceOf(lock: Lock, number: number): Reference {
  const model = modelOfRelease(lock, number);
  if (model === undefined) throw new Error(`no release ${number} in the lock`);
  const releases = lock.releases.filter((one) => one.number <= number);
  return { model, lock: lockOfModels([model]), releases };
}

/** Texts of the schema files and the lock file below a folder in a commit, by path below the folder. */
function filesOfCommit(root: string, commit: string, word: string): Map<string, string> {
  const listed = git(root, ["ls-tree", "-r", "-z", "-l", commit, "--", "."]);
  if (listed === undefined)
    throw new Refusal(`git cannot list the schema in ${word}; expected a commit of this repository`);
  const files = listed.split("\0").flatMap((line) => {
    const [, id, size, path] = /^100\d{3} blob ([0-9a-f]+) +(\d+)\t(.*)$/s.exec(line) ?? [];
    if (id === undefined || path === undefined || !(path.endsWith(".proto") || path === lockFileName))
      return [];
    return [{ id, size: Number(size), path }];
  });
  const blobs = new Map(files.map(({ id, size }) => [id, size]));
  const bytes = [...blobs.values()].reduce((sum, size) => sum + size, 0);
  const texts = bytes > mostBytes ? undefined : blobTexts(root, blobs);
  if (texts === undefined) {
    throw new Refusal(
      `git cannot read the ${bytes} bytes of the schema in ${word}; expected at most ${mostBytes}`,
    );
  }
  const byId = new Map([...blobs.keys()].map((id, at) => [id, texts[at] ?? ""]));
  return new Map(files.map(({ id, path }) => [path, byId.get(id) ?? ""]));
}

/** Whether a path is one of the schema's own files, as {@link schemaFiles} finds them in a folder. */
function isSchemaFile(path: string): boolean {
  if (!path.endsWith(".proto") || /^(photinus|google\/protobuf)\//.test(path)) return false;
  return !path
    .split("/")
    .some((part, at, all) => at < all.length - 1 && (part.startsWith(".") || part === "node_modules"));
}
