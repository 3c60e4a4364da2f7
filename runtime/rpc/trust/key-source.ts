import { readFileSync, statSync } from "node:fs";
import { fail } from "../../../schema/errors.ts";

/** Place of link keys: an environment variable or a file. */
export type KeySource = { readonly env: string } | { readonly file: string };

/** Largest key file, in bytes. */
const mostBytes = 16_384;

/** Keys of a place, and the name of the place for errors. */
export interface SourceContent {
  readonly place: string;
  readonly texts: readonly string[];
}

/**
 * Reads the keys of a place; they are separated by white space. Throws FAILED_PRECONDITION that names the place, never its
 * content: a variable that is not set, a file that cannot be read or that is larger than 16 KiB.
 */
export function readSource(source: KeySource): SourceContent {
  if ("env" in source) {
    const place = `the environment variable ${source.env}`;
    const value = process.env[source.env];
    if (value === undefined || value.trim() === "") {
      throw fail("FAILED_PRECONDITION", `no link key: ${place} is not set; set it before the start`);
    }
    return { place, texts: textsOf(value) };
  }
  const place = `the file ${source.file}`;
  try {
    if (statSync(source.file).size > mostBytes) {
      throw fail("FAILED_PRECONDITION", `${place} has more than ${mostBytes} bytes; expected link keys`);
    }
    return { place, texts: textsOf(readFileSync(source.file, "latin1")) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "FAILED_PRECONDITION") throw error;
    throw fail("FAILED_PRECONDITION", `no link key: ${place} cannot be read: ${code}`);
  }
}

function textsOf(text: string): string[] {
  return text.split(/\s+/).filter((part) => part !== "");
}
