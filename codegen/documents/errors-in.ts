import { errorCodes } from "../../schema/errors.ts";

/** The error codes that a comment mentions, each once, in order. */
export function errorsIn(comment: string): string[] {
  const words = comment.match(/\b[A-Z][A-Z_]+\b/g) ?? [];
  return [...new Set(words)].filter((word) => Object.hasOwn(errorCodes, word));
}
