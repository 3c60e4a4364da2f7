import { rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { manifestName } from "./manifest.ts";
import type { Plan } from "./plan.ts";
import { writeWhole } from "./text.ts";

/**
 * Executes a plan: writes stale and missing files, each atomically, and removes orphans, folders that become empty, and leftovers
 * of killed runs. Unchanged files are not touched.
 *
 * The manifest is written twice: first with the texts that are about to be written, so that the next run recognizes them if this
 * one is killed, and last in its final form.
 *
 * @param folder output folder
 * @param last called before the final manifest is written, such as to write the lock file
 * @throws Error when the file system refuses
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
      return; // not empty: it holds other files
    }
  }
}
