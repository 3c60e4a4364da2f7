import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { makePrivateFolder } from "../process/control/private-folder.ts";

/**
 * The folder for compiled code: `photinus/compiled` in the user's cache folder (`XDG_CACHE_HOME`, else `~/.cache`). Node.js
 * runs what it finds there, and its own default, a folder in the shared temporary one, can be planted by any user of the
 * machine. Undefined, for no cache, where the folder cannot be made or is not private; and where `NODE_COMPILE_CACHE` is
 * set, which Node.js has followed already.
 */
export function compileCacheFolder(environment = process.env, home = homedir()): string | undefined {
  if (environment["NODE_COMPILE_CACHE"]) return undefined;
  const named = environment["XDG_CACHE_HOME"];
  const base = named !== undefined && isAbsolute(named) ? named : join(home, ".cache");
  const folder = join(base, "photinus", "compiled");
  try {
    // The folder above too: a user who may write there can put another folder in its place.
    const isPrivate = [join(base, "photinus"), folder].every((path) => makePrivateFolder(path) === undefined);
    return isPrivate ? folder : undefined;
  } catch {
    return undefined;
  }
}
