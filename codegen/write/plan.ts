import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { GeneratedFile } from "../target.ts";
import { type Manifest, manifestName, manifestText, readManifest } from "./manifest.ts";
import { isMissing } from "./missing.ts";

/** What every generated file says somewhere. */
const marker = "Written by photinus codegen";

/** What would have to happen for an output folder to hold the generated files. Paths are below the folder. */
export interface Plan {
  /** Files that are there with another text. */
  readonly stale: readonly string[];
  /** Files that are not there. */
  readonly missing: readonly string[];
  /** Files that an earlier run wrote and this one does not. */
  readonly orphaned: readonly string[];
  /** Files that somebody else wrote where generated ones belong: they are not overwritten. */
  readonly foreign: readonly string[];
  readonly unchanged: readonly string[];
  /** The wanted text of stale and missing files, the manifest included. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Compares generated files with an output folder. Only files of the targets that ran can be orphans: a run for one target
 * leaves the others' files alone.
 */
export async function planOutput(
  folder: string,
  files: readonly GeneratedFile[],
  targets: readonly string[],
): Promise<Plan> {
  const before = await readManifest(folder);
  const after = manifestAfter(before, files, targets);
  const wanted = new Map(files.map(({ path, text }) => [path, text]));
  wanted.set(manifestName, manifestText(after));

  const stale: string[] = [];
  const missing: string[] = [];
  const foreign: string[] = [];
  const unchanged: string[] = [];
  const own = new Set([...before.values()].flat());
  const texts = new Map<string, string>();
  for (const [path, text] of wanted) {
    const present = await readIfThere(join(folder, path));
    if (present === text) {
      unchanged.push(path);
      continue;
    }
    if (present === undefined) missing.push(path);
    else if (own.has(path) || present.includes(marker)) stale.push(path);
    else foreign.push(path);
    texts.set(path, text);
  }
  const kept = new Set([...after.values()].flat());
  const orphaned: string[] = [];
  for (const path of own) {
    if (kept.has(path)) continue;
    if ((await readIfThere(join(folder, path))) !== undefined) orphaned.push(path);
  }
  return { stale, missing, orphaned, foreign, unchanged, texts };
}

function manifestAfter(
  before: Manifest,
  files: readonly GeneratedFile[],
  targets: readonly string[],
): Manifest {
  const after = new Map(before);
  for (const target of targets) {
    const paths = files.filter((file) => file.target === target).map(({ path }) => path);
    after.set(target, paths.sort());
  }
  return after;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
