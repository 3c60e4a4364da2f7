import { closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { fail, messageOf } from "../../../schema/errors.ts";

/** Path of tables that exist only in the memory of the process. */
export const inMemory = ":memory:";

/** Path of a database's file: the configured path for "main", and a path beside it for other databases. */
export function fileOfDatabase(file: string, database: string): string {
  if (database === "main" || file === inMemory) return file;
  return `${file.replace(/\.sqlite$/, "")}.${database}.sqlite`;
}

/**
 * Creates the file (mode 0600) and its folder (0700) when missing, because rows may have PERSONAL or SECRET columns. SQLite
 * gives the mode of the file to the files beside it (`-wal`, `-shm`). Throws UNAVAILABLE when creation fails.
 */
export function makePrivateFile(file: string): void {
  if (file === inMemory) return;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, "a", 0o600));
  } catch (cause) {
    const reason = messageOf(cause);
    const remedy = "set another path in data.embedded.file, or correct the file's permissions";
    throw fail("UNAVAILABLE", `cannot create or open ${file}: ${reason}; ${remedy}`, { cause });
  }
}

/** Whether users other than the file's owner may read it. */
export function isReadByOthers(file: string): boolean {
  return file !== inMemory && (statSync(file).mode & 0o044) !== 0;
}

/** Path of a database's file; undefined when the file does not exist. */
export function fileThere(file: string, database: string): string | undefined {
  const path = fileOfDatabase(file, database);
  return path !== inMemory && existsSync(path) ? path : undefined;
}
