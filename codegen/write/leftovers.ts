import { readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { isMissing } from "./missing.ts";

/**
 * Drafts of files that a killed run has left beside them, as paths below the folder. The draft of a run that is under way is
 * none.
 */
export function leftoversOf(folder: string, paths: Iterable<string>): string[] {
  const byFolder = new Map<string, Set<string>>();
  for (const path of paths) {
    const within = posix.dirname(path);
    let names = byFolder.get(within);
    if (!names) {
      names = new Set();
      byFolder.set(within, names);
    }
    names.add(posix.basename(path));
  }
  const found: string[] = [];
  for (const [within, names] of byFolder) {
    for (const entry of namesIn(join(folder, within))) {
      const [, name, pid] = /^(.+)\.(\d+)\.tmp$/.exec(entry) ?? [];
      if (name === undefined || !names.has(name) || isAlive(Number(pid))) continue;
      found.push(posix.join(within, entry));
    }
  }
  return found.sort();
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Whether a process of that number runs. This one has no draft while it looks for them. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
