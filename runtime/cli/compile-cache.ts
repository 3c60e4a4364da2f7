import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { makePrivateFolder } from "../process/control/private-folder.ts";

/**
 * Creates the folder for compiled code: `photinus/compiled` in the user's cache folder (`XDG_CACHE_HOME`, else `~/.cache`).
 * Node.js runs the code it finds there. Its own default is in the shared temporary folder, where any user of the machine
 * could plant code. Returns undefined, for no cache, when the folder cannot be created or is not private, and when
 * `NODE_COMPILE_CACHE` is set, because Node.js uses that folder already.
 */
export function compileCacheFolder(environment = process.env, home = homedir()): string | undefined {
  if (environment["NODE_COMPILE_CACHE"]) return undefined;
  const named = environment["XDG_CACHE_HOME"];
  const base = named !== undefined && isAbsolute(named) ? named : join(home, ".cache");
  const folder = join(base, "photinus", "compiled");
  try {
    // The parent folder is checked as well: a user who may write there could replace the folder.
    const isPrivate = [join(base, "photinus"), folder].every((path) => makePrivateFolder(path) === undefined);
    return isPrivate ? folder : undefined;
  } catch {
    return undefined;
  }
}
