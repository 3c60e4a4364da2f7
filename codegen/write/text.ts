import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../../schema/errors.ts";
import { Refusal } from "../refusal.ts";
import { isMissing } from "./missing.ts";

/**
 * Reads a text file. CRLF becomes LF, because git may have converted line ends. Returns undefined for a missing file.
 *
 * @throws Refusal when the path is a folder or cannot be read
 */
export function readIfThere(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return text.includes("\r\n") ? text.replaceAll("\r\n", "\n") : text;
  } catch (error) {
    if (isMissing(error)) return undefined;
    const isFolder = error instanceof Error && "code" in error && error.code === "EISDIR";
    const why = messageOf(error);
    throw new Refusal(
      isFolder
        ? `${path} is a folder, but codegen needs a file there; move the folder away`
        : `cannot read ${path}: ${why}`,
    );
  }
}

/**
 * Hash of a list of texts: 128 bits of SHA-256 as 22 characters of base64url. The lengths are hashed too: ["ab"] is not ["a",
 * "b"].
 */
export function hashOf(...texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest().subarray(0, 16).toString("base64url");
}

/**
 * Writes a file atomically, through a draft beside it that is renamed. Creates missing folders. A kill leaves at most the draft.
 *
 * @throws Error when the file system refuses; the draft is removed
 */
export function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
