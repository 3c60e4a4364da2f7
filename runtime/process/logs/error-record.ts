import { pino } from "pino";

/** Properties of errors that logs show: those of Photinus, of the system, and of pino itself. */
const shownProperties: readonly string[] = Object.freeze([
  ...["type", "message", "stack", "code", "errno", "syscall", "address", "port", "path"],
  ...["reason", "call", "outcome", "retryAfterMs"],
]);

/**
 * Converts a thrown value for a log line, in place of pino's own serializer, which copies all properties. Other properties of
 * an error, and the content of any other thrown object, are left out: libraries attach commands, statements and requests with
 * personal or secret values to errors. Texts and stacks of the error and its causes are shown as they are.
 */
export function errorRecord(thrown: unknown): unknown {
  if (typeof thrown === "function") return "a function";
  if (typeof thrown !== "object" || thrown === null) return thrown;
  if (!(thrown instanceof Error))
    return { type: thrown.constructor?.name ?? "Object", message: "not an Error; its content is not logged" };
  const record: Readonly<Record<string, unknown>> = { ...pino.stdSerializers.err(thrown) };
  const shown: Record<string, unknown> = {};
  for (const name of shownProperties) {
    const value = record[name];
    if (typeof value === "string" || typeof value === "number") shown[name] = value;
  }
  const several = thrown instanceof AggregateError ? { aggregateErrors: thrown.errors.map(errorRecord) } : {};
  return { ...shown, ...several };
}

/** Option of pino by which log lines show errors as {@link errorRecord} does. */
export const logSerializers = Object.freeze({ err: errorRecord, error: errorRecord });
