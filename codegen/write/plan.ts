import { join } from "node:path";
import { type GeneratedFile, generatedBy } from "../target.ts";
import { leftoversOf } from "./leftovers.ts";
import { type Made, type Manifest, manifestName, manifestText, readManifest } from "./manifest.ts";
import { SeenTexts } from "./seen.ts";
import { hashOf, readIfThere } from "./text.ts";

/** What every generated file says at its top: now, and before the header had the token that other tools look for. */
const markers = [generatedBy, "Written by photinus codegen"];

/** What would have to happen for an output folder to hold the generated files. Paths are below the folder. */
export interface Plan {
  /** Files that are there with another text, which an earlier run wrote. */
  readonly stale: readonly string[];
  /** Files that are not there. */
  readonly missing: readonly string[];
  /** Files that an earlier run wrote and this one does not. */
  readonly orphaned: readonly string[];
  /** Files to be written or removed whose text is not what an earlier run wrote: they are left as they are. */
  readonly foreign: readonly string[];
  /** Drafts that a killed run has left. */
  readonly leftover: readonly string[];
  readonly unchanged: readonly string[];
  /** Whether the manifest has these files already, with their texts, and no others of the targets that ran. */
  readonly isRecorded: boolean;
  /** The wanted text of stale and missing files, the manifest included. */
  readonly texts: ReadonlyMap<string, string>;
  /** The manifest while files are written: it knows what is there already and what is to come. */
  readonly journal: string;
  readonly manifest: string;
}

export interface PlanOptions {
  /** What the files were made from. Without it they are made again the next time. */
  readonly made?: Made;
  /** Overwrites and removes what is not as codegen wrote it. Default false. */
  readonly force?: boolean;
  /** Of what earlier runs have planned. */
  readonly seen?: SeenTexts;
}

/**
 * Compares generated files with an output folder. Only files of the targets that ran can be orphans: a run for one target
 * leaves the others' files alone.
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
    // Of what was about to be written there, nothing has come.
    else if (known.isWritten(path)) foreign.push(path);
  }
  const leftover = leftoversOf(folder, [manifestName, ...known.paths, ...files.map(({ path }) => path)]);
  const journal = manifestText(journalOf(before, after, texts, targets));
  const isRecorded = targets.every((target) => isSame(before, after, target));
  return { stale, missing, orphaned, foreign, leftover, unchanged, isRecorded, texts, journal, manifest };
}

/** What a manifest knows of the files in its folder. */
class Known {
  readonly paths: ReadonlySet<string>;
  readonly #written: ReadonlyMap<string, string>;
  readonly #writing: ReadonlyMap<string, string>;

  constructor({ written, writing }: Manifest) {
    this.#written = new Map([...written.values()].flatMap((files) => [...files]));
    this.#writing = new Map([...writing.values()].flatMap((files) => [...files]));
    this.paths = new Set([...this.#written.keys(), ...this.#writing.keys()]);
  }

  isWritten(path: string): boolean {
    return this.#written.has(path);
  }

  /** Whether a text is one that a run has written there. Without a hash, its first words must say so. */
  isOurs(path: string, text: string): boolean {
    const hashes = [this.#written.get(path), this.#writing.get(path)].filter((hash) => hash !== undefined);
    if (hashes.every((hash) => hash === "")) return markers.some((marker) => text.includes(marker));
    return hashes.includes(hashOf(text));
  }
}

function pathsOf({ written }: Manifest): string[] {
  return [...written.values()].flatMap((files) => [...files.keys()]);
}

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
    // A generator that writes nothing new changes no file, not even this one.
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

/** Whether a target has the files that it had, all of them written. */
function isSame(before: Manifest, after: Manifest, target: string): boolean {
  if (before.writing.has(target)) return false;
  const [had, has] = [before.written.get(target), after.written.get(target)];
  if ((had?.size ?? 0) !== (has?.size ?? 0)) return false;
  return [...(has ?? [])].every(([path, hash]) => had?.get(path) === hash);
}
