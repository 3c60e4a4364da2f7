import { appendFileSync, chmodSync, existsSync, writeFileSync } from "node:fs";
import { fail } from "../../../schema/errors.ts";

/** Mode of a file with private keys: its owner reads and writes, nobody else. */
const ownerOnly = 0o600;

/**
 * Writes lines with a private key to a new file, or, with `add`, at the end of an existing one. Throws ALREADY_EXISTS rather than
 * replace a key, and FAILED_PRECONDITION when the file cannot be written.
 */
export function writeKeyFile(file: string, lines: string, add: boolean): void {
  try {
    if (add && existsSync(file)) {
      appendFileSync(file, lines);
      chmodSync(file, ownerOnly);
    } else {
      writeFileSync(file, lines, { flag: "wx", mode: ownerOnly });
    }
  } catch (cause) {
    const { code = "unknown error" } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      const remedy = "choose another file, or use --add to accept both keys";
      throw fail("ALREADY_EXISTS", `${file} exists; ${remedy}`, { cause });
    }
    throw fail("FAILED_PRECONDITION", `cannot write ${file}: ${code}`, { cause });
  }
}
