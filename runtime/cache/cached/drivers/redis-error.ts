import { fail, isPhotinusError, type Outcome, type PhotinusError } from "../../../../schema/errors.ts";
import { isMoving } from "./redis-redirects.ts";

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
    return gone("Redis cannot be reached", isChange ? outcome : undefined, error);
  }
  if (error.message.startsWith("OOM")) return noMemory(error);
  // What a server refuses so has not been executed.
  const outcome = isChange ? "not sent" : undefined;
  if (isMoving(error)) return gone("Redis is moving rows to another server", outcome, error);
  if (away.some((word) => error.message.startsWith(word)))
    return gone("Redis cannot serve now", outcome, error);
  return fail("INTERNAL", "Redis refused a command", { cause: error });
}

function gone(reason: string, outcome: Outcome | undefined, cause: unknown): PhotinusError {
  return fail("UNAVAILABLE", outcome === undefined ? reason : `${reason} (${outcome})`, { cause, outcome });
}
