import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../../schema/errors.ts";
import { Refusal } from "../refusal.ts";
import { isMissing } from "./missing.ts";

/**
 * A file's text with line feeds, whatever version control may have made of them; undefined when there is no such file.
 * @throws Refusal when it is a folder, or may not be read.
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
        ? `${path} is a folder, where codegen has a file; move it away`
        : `cannot read ${path}: ${why}`,
    );
  }
}

/** Tells texts apart: 128 bits of SHA-256, in 22 characters. */
export function hashOf(...texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest().subarray(0, 16).toString("base64url");
}

/** Writes a file whole or not at all, and the folders that it is in. A kill leaves at most a draft beside it. */
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
