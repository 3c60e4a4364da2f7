import { createRequire } from "node:module";

/** Loads a package of those that are measured against; they are installed under `peers`, apart from the project's own. */
export function loadPeer<T>(name: string): T {
  return createRequire(new URL("../peers/", import.meta.url))(name);
}
