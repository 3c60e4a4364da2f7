import { lstatSync, mkdirSync } from "node:fs";
import { userInfo } from "node:os";

/** Makes the folder (mode 0700) where it is missing. Returns what is wrong with it, as {@link folderFault} does. */
export function makePrivateFolder(path: string): string | undefined {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return folderFault(path);
}

/**
 * What keeps a folder from being trusted, as the end of a sentence about it; undefined when it is there, belongs to this
 * user, and nobody else may enter it. What a process trusts (a token, compiled code) must not lie where others can write.
 */
export function folderFault(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return "is not there";
  if (!found.isDirectory()) return "is not a folder";
  if (found.uid !== userInfo().uid) return "belongs to another user";
  if ((found.mode & 0o077) !== 0) return "can be entered by other users";
  return undefined;
}
