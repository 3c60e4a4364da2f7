import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join } from "node:path";

/** How long a folder must be quiet before a change counts: editors write a file in several steps. */
const quietMs = 100;

export interface FolderWatch {
  close(): void;
}

/**
 * Calls `onChange` when `.proto` files of a folder have changed, whatever the number of events; never twice at once. What
 * `onChange` rejects with goes to `onError`, and watching goes on.
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
 * Watches each folder of a tree by itself. The recursive watch of Node.js follows files on Linux, and loses a file for
 * good that an editor has replaced by renaming another one over it; a folder's own watch sees what it then holds.
 *
 * These watches begin before the constructor returns. chokidar's first scan ends later, and a change before its end is
 * either lost or, with `ignoreInitial: false`, one of many events for files that did not change.
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
    // Below it folders may come and go; without the tree itself there is nothing to watch.
    if (!this.#watchers.has(root)) this.#watchers.set(root, this.#watch(root));
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Watches the folders that are new, and forgets those that are gone; tells whether there were any. */
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
        // A folder that is gone again since it was listed.
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
      // A folder that was removed fails on some systems; the folder above has told of it.
      if (folder === this.#root) this.#onError(error);
    });
    return watcher;
  }
}

/** The folder itself and all folders below it; none when it is not there. */
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
