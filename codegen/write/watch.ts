import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join } from "node:path";

/** Silence after the last event before a change counts, in ms: editors write a file in several steps. */
const quietMs = 100;

/** A running watch. */
export interface FolderWatch {
  /** Ends the watch. A running `onChange` is not interrupted. */
  close(): void;
}

/**
 * Watches the `.proto` files of a folder tree. Calls `onChange` once for a burst of events, and never while an earlier call runs.
 *
 * @param onError receives rejections of `onChange` and errors of the file system; the watch continues
 * @throws Error when the folder cannot be watched
 */
export function watchFolder(
  folder: string,
  onChange: () => Promise<void>,
  onError: (error: unknown) => void,
): FolderWatch {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let again = false;
  const run = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      try {
        await onChange();
      } catch (error) {
        onError(error);
      }
    } while (again);
    running = false;
  };
  const tree = new FolderTree(
    folder,
    () => {
      clearTimeout(timer);
      timer = setTimeout(run, quietMs);
    },
    onError,
  );
  return {
    close() {
      clearTimeout(timer);
      tree.close();
    },
  };
}

/**
 * Watches each folder of a tree separately. The recursive watch of Node.js follows files on Linux: once an editor replaces a
 * file by renaming another one over it, later changes are lost. A watch of the folder reports them.
 *
 * These watches begin before the constructor returns. The first scan of chokidar ends later: a change before its end is lost or,
 * with `ignoreInitial: false`, drowned in events for unchanged files.
 */
class FolderTree {
  readonly #root: string;
  readonly #onChange: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #watchers = new Map<string, FSWatcher>();

  constructor(root: string, onChange: () => void, onError: (error: unknown) => void) {
    this.#root = root;
    this.#onChange = onChange;
    this.#onError = onError;
    this.#follow();
    // `#follow` ignores missing folders, since subfolders come and go. For a missing root, this call throws.
    if (!this.#watchers.has(root)) this.#watchers.set(root, this.#watch(root));
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Watches new folders and closes watches of removed ones. Returns true when there were any. */
  #follow(): boolean {
    const folders = new Set(foldersOf(this.#root));
    let changed = false;
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
      changed = true;
    }
    for (const folder of folders) {
      if (this.#watchers.has(folder)) continue;
      try {
        this.#watchers.set(folder, this.#watch(folder));
        changed = true;
      } catch (error) {
        // ENOENT: the folder was removed after it was listed.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#onError(error);
      }
    }
    return changed;
  }

  #watch(folder: string): FSWatcher {
    const watcher = watch(folder, (_event, name) => {
      const folders = this.#follow();
      if (folders || name === null || name.endsWith(".proto")) this.#onChange();
    });
    watcher.on("error", (error) => {
      // On some systems the watch of a removed folder fails; the watch of its parent reports the removal.
      if (folder === this.#root) this.#onError(error);
    });
    return watcher;
  }
}

/** A folder and all folders below it; empty when it does not exist. */
function foldersOf(root: string): string[] {
  try {
    const entries = readdirSync(root, { recursive: true, withFileTypes: true });
    return [
      root,
      ...entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name)),
    ];
  } catch {
    return [];
  }
}
