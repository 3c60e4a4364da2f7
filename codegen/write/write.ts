import { rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { manifestName } from "./manifest.ts";
import type { Plan } from "./plan.ts";
import { writeWhole } from "./text.ts";

/**
 * Does what a plan says: writes changed and missing files, each whole or not at all, and removes orphans, the folders that
 * they leave empty and what a killed run has left. Files that did not change are not touched.
 *
 * The manifest says beforehand what is going to be written, so that the next run knows its own files when this one is killed.
 *
 * @param last what else must be written before the manifest says that all is done
 */
export async function writeOutput(folder: string, plan: Plan, last?: () => void): Promise<void> {
  for (const path of plan.leftover) rmSync(join(folder, path), { force: true });
  const files = [...plan.texts].filter(([path]) => path !== manifestName);
  const isJournalled = files.length + plan.orphaned.length > 0;
  if (isJournalled) writeWhole(join(folder, manifestName), plan.journal);
  for (const [path, text] of files) writeWhole(join(folder, path), text);
  for (const path of plan.orphaned) {
    rmSync(join(folder, path), { force: true });
    removeEmptyFolders(folder, dirname(path));
  }
  last?.();
  if (isJournalled || plan.texts.has(manifestName)) writeWhole(join(folder, manifestName), plan.manifest);
}

function removeEmptyFolders(root: string, folder: string): void {
  for (let path = folder; path !== "."; path = dirname(path)) {
    try {
      rmdirSync(join(root, path));
    } catch {
      return; // not empty: somebody else's files are there
    }
  }
}
