import { type FSWatcher, watch } from "node:fs";

/** How long a folder must be quiet before a change counts: editors write a file in several steps. */
const quietMs = 100;

export interface FolderWatch {
  close(): void;
}

/**
 * Calls `onChange` when files of a folder have changed, whatever the number of events; never twice at once. What
 * `onChange` rejects with goes to `onError`, and watching goes on; so does an error of the watch itself, which ends it.
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
  const watcher: FSWatcher = watch(folder, { recursive: true }, (_event, name) => {
    if (name !== null && !name.endsWith(".proto")) return;
    clearTimeout(timer);
    timer = setTimeout(run, quietMs);
  });
  watcher.on("error", onError);
  return {
    close() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
