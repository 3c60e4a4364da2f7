import { join } from "node:path";
import { type GeneratedFile, generatedBy } from "../target.ts";
import { leftoversOf } from "./leftovers.ts";
import { type Made, type Manifest, manifestName, manifestText, readManifest } from "./manifest.ts";
import { SeenTexts } from "./seen.ts";
import { hashOf, readIfThere } from "./text.ts";

/** Texts that mark a generated file: the present header, and the one of older versions. */
const markers = [generatedBy, "Written by photinus codegen"];

/** Differences between generated files and an output folder. Paths are below the folder. */
export interface Plan {
  /** Files with another text, which an earlier run wrote: to be overwritten. */
  readonly stale: readonly string[];
  /** Files that do not exist. */
  readonly missing: readonly string[];
  /** Files that an earlier run wrote and this one does not: to be removed. */
  readonly orphaned: readonly string[];
  /** Files to be written or removed that codegen did not write, or that were edited since: left as they are. */
  readonly foreign: readonly string[];
  /** Drafts that killed runs left: to be removed. */
  readonly leftover: readonly string[];
  /** Files that have the wanted text already. */
  readonly unchanged: readonly string[];
  /** True when the manifest already lists exactly these files, with these texts, for the targets of this run. */
  readonly isRecorded: boolean;
  /** Wanted texts of the files to write, manifest included. */
  readonly texts: ReadonlyMap<string, string>;
  /** Text of the manifest while files are written: it lists present and coming texts, in case the run is killed. */
  readonly journal: string;
  /** Text of the manifest after all files are written. */
  readonly manifest: string;
}

/** Options of {@link planOutput}. */
export interface PlanOptions {
  /** Origin of the files. Default: none, so that the next run generates them again. */
  readonly made?: Made;
  /** Overwrites and removes foreign files too. Default false. */
  readonly force?: boolean;
  /** Cache of texts from earlier runs. Default: a new one. */
  readonly seen?: SeenTexts;
}

/**
 * Compares generated files with an output folder. Writes nothing. Only files of the targets of this run can be orphaned: a run
 * for one target leaves files of other targets alone.
 *
 * @param folder output folder; it need not exist
 * @param files all generated files of these targets
 * @param targets names of the targets of this run
 * @throws Error when the manifest is damaged, Refusal when a file cannot be read
 */
export async function planOutput(
  folder: string,
  files: readonly GeneratedFile[],
  targets: readonly string[],
  { made, force = false, seen = new SeenTexts() }: PlanOptions = {},
): Promise<Plan> {
  const before = readManifest(folder);
  const after = manifestAfter(before, files, targets, made, (path, text) =>
    seen.hashOf(join(folder, path), text),
  );
  const manifest = manifestText(after);
  const known = new Known(before);

  const stale: string[] = [];
  const missing: string[] = [];
  const foreign: string[] = [];
  const unchanged: string[] = [];
  const texts = new Map<string, string>();
  for (const { path, text } of files) {
    const present = seen.read(join(folder, path), text);
    if (present === text) {
      unchanged.push(path);
      continue;
    }
    if (present === undefined) missing.push(path);
    else if (force || known.isOurs(path, present)) stale.push(path);
    else foreign.push(path);
    texts.set(path, text);
  }
  const present = readIfThere(join(folder, manifestName));
  if (present === manifest) unchanged.push(manifestName);
  else {
    (present === undefined ? missing : stale).push(manifestName);
    texts.set(manifestName, manifest);
  }

  const kept = new Set([...pathsOf(after), ...[...after.writing.values()].flatMap((one) => [...one.keys()])]);
  const orphaned: string[] = [];
  for (const path of known.paths) {
    if (kept.has(path)) continue;
    const text = readIfThere(join(folder, path));
    if (text === undefined) continue;
    if (force || known.isOurs(path, text)) orphaned.push(path);
    // A path that is only in `writing` was never written by the killed run: the file is the user's, and not in the way.
    else if (known.isWritten(path)) foreign.push(path);
  }
  const leftover = leftoversOf(folder, [manifestName, ...known.paths, ...files.map(({ path }) => path)]);
  const journal = manifestText(journalOf(before, after, texts, targets));
  const isRecorded = targets.every((target) => isSame(before, after, target));
  return { stale, missing, orphaned, foreign, leftover, unchanged, isRecorded, texts, journal, manifest };
}

/** Files of a manifest, for the question whether codegen wrote a text. */
class Known {
  readonly paths: ReadonlySet<string>;
  readonly #written: ReadonlyMap<string, string>;
  readonly #writing: ReadonlyMap<string, string>;

  constructor({ written, writing }: Manifest) {
    this.#written = new Map([...written.values()].flatMap((files) => [...files]));
    this.#writing = new Map([...writing.values()].flatMap((files) => [...files]));
    this.paths = new Set([...this.#written.keys(), ...this.#writing.keys()]);
  }

  /** True when an earlier run has completely written this file. */
  isWritten(path: string): boolean {
    return this.#written.has(path);
  }

  /** True when a run wrote this text at this path. Without a hash, the text must have the header of generated files. */
  isOurs(path: string, text: string): boolean {
    const hashes = [this.#written.get(path), this.#writing.get(path)].filter((hash) => hash !== undefined);
    if (hashes.every((hash) => hash === "")) return markers.some((marker) => text.includes(marker));
    return hashes.includes(hashOf(text));
  }
}

function pathsOf({ written }: Manifest): string[] {
  return [...written.values()].flatMap((files) => [...files.keys()]);
}

/** Manifest after all files are written. */
function manifestAfter(
  before: Manifest,
  files: readonly GeneratedFile[],
  targets: readonly string[],
  made: Made | undefined,
  hash: (path: string, text: string) => string,
): Manifest {
  const after = {
    written: new Map(before.written),
    writing: new Map(before.writing),
    made: new Map(before.made),
  };
  for (const target of targets) {
    const own = files.filter((file) => file.target === target);
    after.written.set(target, new Map(own.map(({ path, text }) => [path, hash(path, text)])));
    after.writing.delete(target);
    // If a new version of the generator writes the same files, the manifest keeps the old hash, so that no file changes.
    if (
      isSame(before, after, target) &&
      (made === undefined || made.inputs === before.made.get(target)?.inputs)
    )
      continue;
    if (made === undefined) after.made.delete(target);
    else after.made.set(target, made);
  }
  return after;
}

/** Manifest while files are written. It drops the origin of the targets, so that a killed run is not taken for a complete one. */
function journalOf(
  before: Manifest,
  after: Manifest,
  texts: ReadonlyMap<string, string>,
  targets: readonly string[],
): Manifest {
  const writing = new Map(before.writing);
  const made = new Map(before.made);
  for (const target of targets) {
    made.delete(target);
    const files = [...(after.written.get(target) ?? [])].filter(([path]) => texts.has(path));
    writing.set(target, new Map([...(before.writing.get(target) ?? []), ...files]));
  }
  return { written: before.written, writing, made };
}

/** True when a target has the same files with the same texts as before, and no run was killed since. */
function isSame(before: Manifest, after: Manifest, target: string): boolean {
  if (before.writing.has(target)) return false;
  const [had, has] = [before.written.get(target), after.written.get(target)];
  if ((had?.size ?? 0) !== (has?.size ?? 0)) return false;
  return [...(has ?? [])].every(([path, hash]) => had?.get(path) === hash);
}
