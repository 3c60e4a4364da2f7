import { closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { fail, messageOf } from "../../../schema/errors.ts";

/** The "file" of tables that are kept in the memory of the process alone. */
export const inMemory = ":memory:";

/** The file of a database of the embedded store: "main" has the one that was configured, others have theirs beside it. */
export function fileOfDatabase(file: string, database: string): string {
  if (database === "main" || file === inMemory) return file;
  return `${file.replace(/\.sqlite$/, "")}.${database}.sqlite`;
}

/**
 * Makes the file (mode 0600) and its folder (0700) where they are missing: rows have columns that are PERSONAL or SECRET.
 * SQLite gives the mode of the file to those beside it (`-wal`, `-shm`). Throws UNAVAILABLE when they cannot be made.
 */
export function makePrivateFile(file: string): void {
  if (file === inMemory) return;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, "a", 0o600));
  } catch (cause) {
    const reason = messageOf(cause);
    const remedy = "name another as data.embedded.file, or correct its rights";
    throw fail("UNAVAILABLE", `${file} cannot be made or opened: ${reason}; ${remedy}`, { cause });
  }
}

/** Whether users of the machine other than the file's owner may read it. */
export function isReadByOthers(file: string): boolean {
  return file !== inMemory && (statSync(file).mode & 0o044) !== 0;
}

/** {@link fileOfDatabase}, undefined when there is no such file. */
export function fileThere(file: string, database: string): string | undefined {
  const path = fileOfDatabase(file, database);
  return path !== inMemory && existsSync(path) ? path : undefined;
}
