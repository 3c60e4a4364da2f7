/** What a connection may do in one turn of the event loop, by default: frames of a client, messages of a link. */
export const defaultTurnFrameCount = 1_024;

/** Connections that go on in one turn; the others wait for the next. */
const sharesPerTurn = 4;

/** A connection that waits for its share of a turn. */
export interface TurnWaiter {
  /** The connection's turn has come. Called outside of any call of the connection's own. */
  onTurn(): void;
}

/**
 * Deals the turns of the event loop out among connections that have more to do than fits into one share: round robin, a few
 * of them in each turn, so that between two turns everybody else's input is read. Holds no connection that does not wait.
 */
export class Turns {
  /** The size of one share, in frames. */
  readonly frameCount: number;
  readonly #schedule: (run: () => void) => void;
  readonly #waiting: TurnWaiter[] = [];
  #scheduled = false;
  readonly #run = (): void => this.#serve();

  /** `schedule` calls its argument in the next turn; for tests. Default: setImmediate. */
  constructor(
    frameCount: number = defaultTurnFrameCount,
    schedule: (run: () => void) => void = setImmediate,
  ) {
    this.frameCount = frameCount;
    this.#schedule = schedule;
  }

  /** Connections that wait. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Calls `onTurn` once, in a later turn, after those that wait already. */
  wait(connection: TurnWaiter): void {
    this.#waiting.push(connection);
    this.#plan();
  }

  #plan(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    this.#schedule(this.#run);
  }

  #serve(): void {
    this.#scheduled = false;
    try {
      // A connection that waits again meanwhile stands behind all that are left.
      for (let n = Math.min(this.#waiting.length, sharesPerTurn); n > 0; n--) this.#waiting.shift()!.onTurn();
    } finally {
      // Where a handler throws, and the process lives on, the others still have their turn.
      this.#plan();
    }
  }
}
