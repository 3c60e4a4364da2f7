import { isPhotinusError } from "../../schema/errors.ts";

/**
 * Formats the error of a failed command for the standard error. A Photinus error explains itself, one line for each problem.
 * Any other error is a bug, so its stack is printed for a report.
 */
export function errorText(error: unknown): string {
  if (isPhotinusError(error))
    return error.reason
      .split("\n")
      .map((line) => `error: ${line}\n`)
      .join("");
  if (!(error instanceof Error)) return `photinus failed: ${String(error)}\n`;
  return `photinus failed; please report this bug: ${error.stack ?? error.message}\n`;
}
