/** Output that is flushed at the end of a turn. */
export interface Flushed {
  flush(): void;
}

/**
 * Outputs of the connections of one port that have bytes to flush. All are flushed in one callback of the event loop: a callback
 * for each would cost as much as the frames of a short flush.
 */
export class FlushQueue {
  readonly #schedule: (run: () => void) => void;
  #queued: Flushed[] = [];
  /** Outputs of the flush before; the two lists take turns, so that a flush allocates nothing. */
  #spare: Flushed[] = [];
  readonly #run = (): void => this.#flush();

  /** `schedule` runs its argument in the next turn; for tests. Default: setImmediate. */
  constructor(schedule: (run: () => void) => void = setImmediate) {
    this.#schedule = schedule;
  }

  /** Flushes an output once. The caller does not add an output twice. */
  add(output: Flushed): void {
    if (this.#queued.push(output) === 1) this.#schedule(this.#run);
  }

  #flush(): void {
    const outputs = this.#queued;
    // Outputs that are added by a flush wait for the next turn.
    this.#queued = this.#spare;
    let done = 0;
    try {
      while (done < outputs.length) outputs[done++]!.flush();
    } finally {
      // When a handler throws and the process survives, the other connections are still flushed.
      for (; done < outputs.length; done++) this.add(outputs[done]!);
      outputs.length = 0;
      this.#spare = outputs;
    }
  }
}
