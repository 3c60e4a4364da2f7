import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { isMissing } from "./missing.ts";

/** Where the writer notes which files are its own, below the output folder. */
export const manifestName = "manifest.json";

/** Files that the generator wrote into a folder, by target, each list sorted. */
export type Manifest = ReadonlyMap<string, readonly string[]>;

/** The manifest of an output folder; empty when there is none yet. Throws an Error with a remedy when it is damaged. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestName);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return new Map();
    throw error;
  }
  const manifest = parse(text);
  if (!manifest) {
    throw new Error(
      `${path} is not a manifest of photinus codegen: restore it, or delete it together with old generated files`,
    );
  }
  return manifest;
}

export function manifestText(manifest: Manifest): string {
  const written = Object.fromEntries([...manifest].filter(([, files]) => files.length > 0).sort(byName));
  return `${JSON.stringify({ about: "Written by photinus codegen; do not edit.", written }, null, 2)}\n`;
}

function parse(text: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("written" in value)) return undefined;
  const { written } = value;
  if (typeof written !== "object" || written === null) return undefined;
  const manifest = new Map<string, readonly string[]>();
  for (const [target, files] of Object.entries(written)) {
    if (!Array.isArray(files) || !files.every(isInside)) return undefined;
    manifest.set(target, files);
  }
  return manifest;
}

/** A path that stays in the output folder: what stands in a manifest gets deleted one day. */
function isInside(path: unknown): path is string {
  if (typeof path !== "string" || path === "" || path.includes("\\") || path.includes("\0")) return false;
  return posix.normalize(path) === path && !path.startsWith("/") && !path.startsWith("..");
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
