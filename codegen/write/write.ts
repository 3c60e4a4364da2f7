import { mkdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Plan } from "./plan.ts";

/**
 * Does what a plan says: writes changed and missing files, each whole or not at all, and removes orphans and the folders
 * that they leave empty. Files that did not change are not touched.
 */
export async function writeOutput(folder: string, plan: Plan): Promise<void> {
  for (const [path, text] of plan.texts) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    const draft = `${file}.${process.pid}.tmp`;
    try {
      await writeFile(draft, text);
      await rename(draft, file);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
  for (const path of plan.orphaned) {
    await rm(join(folder, path), { force: true });
    await removeEmptyFolders(folder, dirname(path));
  }
}

async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  for (let path = folder; path !== "."; path = dirname(path)) {
    try {
      await rmdir(join(root, path));
    } catch {
      return; // not empty: somebody else's files are there
    }
  }
}
