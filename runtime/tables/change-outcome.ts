import { fail, isPhotinusError, type Outcome, type PhotinusError } from "../../schema/errors.ts";

/**
 * UNAVAILABLE, with the outcome as its detail and at the end of its message: "MySQL cannot be reached (not sent)".
 *
 * @param outcome left out for what changes nothing
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
 * Runs what a change does before it is sent, such as reading its row: when that fails with UNAVAILABLE, the change was not
 * sent, and the error says so.
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

/** Runs a change. When it fails with UNAVAILABLE and nothing says more, it may have happened, and the error says so. */
export async function ofChange<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw withOutcome(error, "may have happened");
  }
}

/** The error of a change, with its outcome when it is an UNAVAILABLE that has none. */
export function withOutcome(error: unknown, outcome: Outcome): unknown {
  if (!isPhotinusError(error) || error.code !== "UNAVAILABLE" || error.outcome !== undefined) return error;
  const { reason, retryAfterMs, cause = error } = error;
  return unavailable(reason, outcome, { cause, retryAfterMs });
}

/** A reason without what it says of the step that failed, which was not the change itself. */
function bare(reason: string): string {
  return reason.replace(/ \((not sent|may have happened)\)$/, "");
}
