import { fail, isPhotinusError, type PhotinusError } from "../../../../schema/errors.ts";
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

/** The error that users of tables get for one of the driver. */
export function redisError(error: unknown): PhotinusError {
  if (isPhotinusError(error)) return error;
  const isReply = error instanceof Error && error.name === "ReplyError";
  if (!isReply) return fail("UNAVAILABLE", "Redis cannot be reached", { cause: error });
  if (error.message.startsWith("OOM")) {
    return noMemory(error);
  }
  if (isMoving(error)) {
    return fail("UNAVAILABLE", "Redis is moving rows to another server", { cause: error });
  }
  if (away.some((word) => error.message.startsWith(word))) {
    return fail("UNAVAILABLE", "Redis cannot serve now", { cause: error });
  }
  return fail("INTERNAL", "Redis refused a command", { cause: error });
}
