/** Calls that have come between two barriers. */
class Generation {
  /** Number of calls that are not done; the former generation counts as one. */
  count = 0;
  /** Called once when the last call is done, from the barrier on. */
  onDone: (() => void) | undefined;

  leave(): void {
    if (--this.count === 0) this.onDone?.();
  }
}

/** Call that is counted until it is done. */
export type Counted = Pick<Generation, "leave">;

/** Calls that have come over the links of one gate and are not done. */
export class Work {
  #current = new Generation();

  /** Counts a call. The caller has to call `leave` once, when the call is done. */
  enter(): Counted {
    this.#current.count++;
    return this.#current;
  }

  /** Calls `then` once all calls before are done. */
  barrier(then: () => void): void {
    const former = this.#current;
    const next = new Generation();
    next.count = 1;
    this.#current = next;
    former.onDone = () => {
      then();
      next.leave();
    };
    // Counts as a call, so that a generation without any is done as well.
    former.count++;
    former.leave();
  }
}
