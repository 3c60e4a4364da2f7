import { fail, isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import { unavailable } from "../change-outcome.ts";
import { isMoving } from "./cluster-redirects.ts";

/** Error prefixes of a server that cannot serve now. */
const away = Object.freeze([
  "LOADING",
  "MASTERDOWN",
  "CLUSTERDOWN",
  "READONLY",
  "MISCONF",
  "NOREPLICAS",
  "MOVED",
  "NOSCRIPT",
  "BUSY",
]);

/** Error prefixes of a server that rejects the user, or whose user lacks a right. */
const denied: readonly string[] = Object.freeze([
  "NOAUTH",
  "WRONGPASS",
  "NOPERM",
  // Redis 7.0 reports a missing right inside a script in these words.
  "ERR The user executing the script can't run this command",
]);

/** Whether the server rejected the user or the user lacks a right. */
export function isDenied(error: unknown): error is Error {
  return (
    error instanceof Error &&
    error.name === "ReplyError" &&
    denied.some((word) => error.message.startsWith(word))
  );
}

/** Whether the server does not have a script that was called by its digest. Nothing was executed. */
export function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError" && error.message.startsWith("NOSCRIPT");
}

/** Suggested retry delay when Redis is out of memory, milliseconds. */
const fullMs = 1_000;

/** Error of a change that Redis had no memory for. */
export function noMemory(cause?: unknown): PhotinusError {
  const reason = "Redis has no memory left (maxmemory); the change was not made";
  return fail("RESOURCE_EXHAUSTED", reason, { cause, retryAfterMs: fullMs });
}

/**
 * Thrown for a command that was not sent, because there was no connection. The cause is the driver's error, without the
 * command, if the driver was asked.
 */
export class NotSent extends Error {
  override readonly name = "NotSent";

  constructor(cause: unknown) {
    super("no connection to Redis", { cause: withoutArguments(cause) });
  }
}

/**
 * Converts an error of the driver to the error that callers get.
 *
 * @param isChange whether a caller asked for the change, so that the error has its outcome
 */
export function redisError(thrown: unknown, isChange = false): PhotinusError {
  if (isPhotinusError(thrown)) return thrown;
  const error = withoutArguments(thrown);
  const isReply = error instanceof Error && error.name === "ReplyError";
  if (!isReply) {
    const outcome = thrown instanceof NotSent ? "not sent" : "may have happened";
    return unavailable("Redis cannot be reached", isChange ? outcome : undefined, { cause: error });
  }
  if (error.message.startsWith("OOM")) return noMemory(error);
  // A command with one of these replies was not executed.
  const outcome = isChange ? "not sent" : undefined;
  const cause = { cause: error };
  if (isMoving(thrown)) return unavailable("Redis is moving rows to another server", outcome, cause);
  if (away.some((word) => error.message.startsWith(word)))
    return unavailable("Redis cannot serve now", outcome, cause);
  if (isDenied(error))
    return fail("FAILED_PRECONDITION", "Redis rejected the user, or the user lacks a right", cause);
  return fail("INTERNAL", "Redis refused a command", { cause: error });
}

/**
 * Copies an error of the driver without the failed command, whose arguments are values of rows. Redis itself quotes arguments
 * of a command that it does not know.
 */
function withoutArguments(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof NotSent) return thrown;
  const { name, message, stack = "" } = thrown;
  const [text = ""] = message.split(", with args", 1);
  const copy = new Error(text);
  copy.name = name;
  const frames = stack.indexOf("\n    at ");
  copy.stack = `${name}: ${text}${frames < 0 ? "" : stack.slice(frames)}`;
  if ("code" in thrown && typeof thrown.code === "string") Object.assign(copy, { code: thrown.code });
  return copy;
}
