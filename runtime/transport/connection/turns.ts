import { FlushQueue } from "../output/flush-queue.ts";

/** Default share of one connection in one turn of the event loop: frames of a client, or messages of a link. */
export const defaultTurnFrameCount = 1_024;

/** Connections served in one turn; the others wait for the next. */
const sharesPerTurn = 4;

/** A connection that waits for its share of a turn. */
export interface TurnWaiter {
  /** Called in the connection's turn, outside of any call of the connection's own. */
  onTurn(): void;
}

/**
 * Schedules the connections that have more work than fits in one share: round robin, a few of them each turn, so that
 * the input of all other connections is read between two turns. Holds only waiting connections.
 */
export class Turns {
  /** Size of one share, in frames. */
  readonly frameCount: number;
  /** Outputs of the connections that are flushed at the end of the turn. */
  readonly flushes = new FlushQueue();
  readonly #schedule: (run: () => void) => void;
  readonly #waiting: TurnWaiter[] = [];
  #scheduled = false;
  #turn = 0;
  #isCounting = false;
  readonly #nextTurn = (): void => {
    this.#isCounting = false;
    this.#turn++;
  };
  readonly #run = (): void => this.#serve();

  /** `schedule` runs its argument in the next turn; for tests. Default: setImmediate. */
  constructor(
    frameCount: number = defaultTurnFrameCount,
    schedule: (run: () => void) => void = setImmediate,
  ) {
    this.frameCount = frameCount;
    this.#schedule = schedule;
  }

  /** Number of waiting connections. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Number of the current turn. Turns in which nobody asks are not counted. */
  get turn(): number {
    if (!this.#isCounting) {
      this.#isCounting = true;
      this.#schedule(this.#nextTurn);
    }
    return this.#turn;
  }

  /** Calls `onTurn` once, in a later turn, after the connections that wait already. */
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
      // A connection that waits again in its turn is queued behind all others.
      for (let n = Math.min(this.#waiting.length, sharesPerTurn); n > 0; n--) this.#waiting.shift()!.onTurn();
    } finally {
      // When a handler throws and the process survives, the other connections still get their turn.
      this.#plan();
    }
  }
}
