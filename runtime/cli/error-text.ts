import { isPhotinusError } from "../../schema/errors.ts";

/**
 * What a command that failed prints on the standard error. Our own errors say what is wrong and what would be right; one
 * that is none is a defect, and its stack is what a report of it needs.
 */
export function errorText(error: unknown): string {
  if (isPhotinusError(error))
    return error.reason
      .split("\n")
      .map((line) => `error: ${line}\n`)
      .join("");
  if (!(error instanceof Error)) return `photinus failed: ${String(error)}\n`;
  return `photinus failed, which is a defect: ${error.stack ?? error.message}\n`;
}
