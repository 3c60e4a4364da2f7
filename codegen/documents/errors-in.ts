import { errorCodes } from "../../schema/errors.ts";

/** Returns the error codes that a comment mentions, each once, in the order of their mention. */
export function errorsIn(comment: string): string[] {
  const words = comment.match(/\b[A-Z][A-Z_]+\b/g) ?? [];
  return [...new Set(words)].filter((word) => Object.hasOwn(errorCodes, word));
}
