import { fail, isPhotinusError, type PhotinusError } from "../../schema/errors.ts";

/**
 * What is known of a change that failed with UNAVAILABLE: "not sent", it did not happen and never will; "may have happened",
 * it was given to the server, whose answer is missing.
 */
export type Outcome = "not sent" | "may have happened";

/**
 * UNAVAILABLE, with the outcome at the end of its message, as in "MySQL cannot be reached (not sent)".
 *
 * @param outcome left out for what changes nothing
 */
export function unavailable(
  reason: string,
  outcome?: Outcome,
  options?: { cause?: unknown; retryAfterMs?: number },
): PhotinusError {
  return fail("UNAVAILABLE", outcome === undefined ? reason : `${reason} (${outcome})`, options);
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

/** A reason without what it says of the step that failed, which was not the change itself. */
function bare(reason: string): string {
  return reason.replace(/ \((not sent|may have happened)\)$/, "");
}
