/** Whether a failed call was run. The numbers are those of `FailureOutcome` in `schema/photinus/control.proto`. */
export const outcome = Object.freeze({
  /** The handler has answered with the failure. */
  answered: 0,
  /** No handler has run: a retry does nothing twice. */
  notRun: 1,
  /** The handler may have run, in whole or in part, or may still run. */
  mayHaveRun: 2,
});

/** Number of an {@link outcome}. */
export type FailureOutcome = (typeof outcome)[keyof typeof outcome];

/** Returns the outcome of a number from the wire; the one that promises least for an unknown number. */
export function outcomeOf(number: number): FailureOutcome {
  return number === outcome.answered || number === outcome.notRun ? number : outcome.mayHaveRun;
}
