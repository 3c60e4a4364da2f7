import { readdirSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { isMissing } from "./missing.ts";

/** A draft is there for as long as it takes to write one file. */
const draftMs = 60_000;

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
      if (name === undefined || !names.has(name)) continue;
      const path = posix.join(within, entry);
      // In a container another process soon has the number of one that was killed in an earlier one.
      if (isAlive(Number(pid)) && isYoung(join(folder, path))) continue;
      found.push(path);
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

function isYoung(path: string): boolean {
  const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
  return Date.now() - mtimeMs < draftMs;
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
