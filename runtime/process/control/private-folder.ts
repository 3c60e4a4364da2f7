import { lstatSync, mkdirSync } from "node:fs";
import { userInfo } from "node:os";

/** Creates the folder with mode 0700 where it is missing. Returns its fault, as {@link folderFault} does. */
export function makePrivateFolder(path: string): string | undefined {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return folderFault(path);
}

/**
 * Returns why a folder cannot be trusted, as the end of a sentence: "is not a folder". Returns undefined for an existing folder
 * of this user that no other user may enter. Other users could replace a token or compiled code in an open folder.
 */
export function folderFault(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return "does not exist";
  if (!found.isDirectory()) return "is not a folder";
  if (found.uid !== userInfo().uid) return "belongs to another user";
  if ((found.mode & 0o077) !== 0) return "can be entered by other users";
  return undefined;
}
