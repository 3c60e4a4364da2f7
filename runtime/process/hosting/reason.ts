import { isPhotinusError } from "../../../schema/errors.ts";

/** What went wrong, for a person: the reason of our own errors; of others the message and where it was thrown. */
export function reasonOf(error: unknown): string {
  if (isPhotinusError(error)) return error.reason;
  if (!(error instanceof Error)) return String(error);
  const frame = /\(?((?:file:|\/)[^()\s]+:\d+:\d+)\)?/.exec(
    error.stack?.replace(error.message, "") ?? "",
  )?.[1];
  return `${error.name}: ${error.message}${frame === undefined ? "" : ` (at ${frame})`}`;
}
