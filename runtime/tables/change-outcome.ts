import { fail, isPhotinusError, type Outcome, type PhotinusError } from "../../schema/errors.ts";

/**
 * Creates an UNAVAILABLE error with the outcome as its detail and at the end of its message: "MySQL cannot be reached (not
 * sent)".
 *
 * @param outcome outcome of a change; omitted for reads
 */
export function unavailable(
  reason: string,
  outcome?: Outcome,
  options?: { cause?: unknown; retryAfterMs?: number },
): PhotinusError {
  return fail("UNAVAILABLE", outcome === undefined ? reason : `${reason} (${outcome})`, {
    ...options,
    outcome,
  });
}

/**
 * Runs a step of a change before the change is sent, such as reading its row. When the step fails with UNAVAILABLE, the
 * error has the outcome "not sent".
 */
export async function beforeSending<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isPhotinusError(error) || error.code !== "UNAVAILABLE") throw error;
    const { reason, retryAfterMs, cause = error } = error;
    throw unavailable(bare(reason), "not sent", { cause, retryAfterMs });
  }
}

/** Runs a change. An UNAVAILABLE error without an outcome gets the outcome "may have happened". */
export async function ofChange<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw withOutcome(error, "may have happened");
  }
}

/** Adds an outcome to an UNAVAILABLE error that has none; returns other errors unchanged. */
export function withOutcome(error: unknown, outcome: Outcome): unknown {
  if (!isPhotinusError(error) || error.code !== "UNAVAILABLE" || error.outcome !== undefined) return error;
  const { reason, retryAfterMs, cause = error } = error;
  return unavailable(reason, outcome, { cause, retryAfterMs });
}

/** Removes the outcome of a failed step, which was not the change itself, from a reason. */
function bare(reason: string): string {
  return reason.replace(/ \((not sent|may have happened)\)$/, "");
}
