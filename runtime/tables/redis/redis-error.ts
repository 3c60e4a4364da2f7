import { fail, isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import { unavailable } from "../change-outcome.ts";
import { isMoving } from "./cluster-redirects.ts";

/** Errors by which a server says that it cannot serve now. */
const away = Object.freeze([
  "LOADING",
  "MASTERDOWN",
  "CLUSTERDOWN",
  "READONLY",
  "MISCONF",
  "NOREPLICAS",
  "MOVED",
  "BUSY",
]);

/** Errors by which a server says that the user, or what the user asks for, is not let through. */
const denied: readonly string[] = Object.freeze([
  "NOAUTH",
  "WRONGPASS",
  "NOPERM",
  // Redis 7.0 says so of a command inside a script.
  "ERR The user executing the script can't run this command",
]);

/** Whether a server has answered that it does not let the user in, or lacks a right. */
export function isDenied(error: unknown): error is Error {
  return (
    error instanceof Error &&
    error.name === "ReplyError" &&
    denied.some((word) => error.message.startsWith(word))
  );
}

/** Milliseconds after which a Redis that is full may have room. */
const fullMs = 1_000;

/** The error of a change that Redis had no memory for. */
export function noMemory(cause?: unknown): PhotinusError {
  const reason = "Redis has no memory left (maxmemory); the change did not happen";
  return fail("RESOURCE_EXHAUSTED", reason, { cause, retryAfterMs: fullMs });
}

/** A command was not sent: there was no connection. Its cause is what the driver said, if it was asked. */
export class NotSent extends Error {
  override readonly name = "NotSent";

  constructor(cause: unknown) {
    super("no connection to Redis", { cause });
  }
}

/**
 * The error that users of tables get for one of the driver.
 *
 * @param isChange whether the command was to change what a caller asked for, whose error says what became of it
 */
export function redisError(error: unknown, isChange = false): PhotinusError {
  if (isPhotinusError(error)) return error;
  const isReply = error instanceof Error && error.name === "ReplyError";
  if (!isReply) {
    const outcome = error instanceof NotSent ? "not sent" : "may have happened";
    return unavailable("Redis cannot be reached", isChange ? outcome : undefined, { cause: error });
  }
  if (error.message.startsWith("OOM")) return noMemory(error);
  // What a server refuses so has not been executed.
  const outcome = isChange ? "not sent" : undefined;
  const cause = { cause: error };
  if (isMoving(error)) return unavailable("Redis is moving rows to another server", outcome, cause);
  if (away.some((word) => error.message.startsWith(word)))
    return unavailable("Redis cannot serve now", outcome, cause);
  if (isDenied(error))
    return fail("FAILED_PRECONDITION", "Redis does not let the user in, or the user lacks a right", cause);
  return fail("INTERNAL", "Redis refused a command", { cause: error });
}
