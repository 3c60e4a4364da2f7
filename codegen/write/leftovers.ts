import { readdirSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { isMissing } from "./missing.ts";

/** Age after which a draft is a leftover, in ms. A run needs a draft only while it writes one file. */
const draftMs = 60_000;

/**
 * Finds drafts (`NAME.PID.tmp`) that killed runs left beside their files. A draft of a running process is not a leftover.
 *
 * @param paths files, below the folder and with slashes, whose drafts are looked for
 * @returns sorted paths below the folder
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
      // Containers reuse small process ids: a living process may not be the one that wrote the draft, so its age counts too.
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

/** True when a process with this id runs. The own process counts as not running: it has no draft during the search. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
