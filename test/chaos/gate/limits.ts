/**
 * Time that this process itself did not run, since the start: on a busy machine its timers fire late, and no limit can be
 * kept by who does not run. Measured by the ticks that came late.
 */
class OwnLag {
  #lostMs = 0;
  #tickMs = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.totalMs(), 20).unref();
  }

  totalMs(): number {
    const now = performance.now();
    this.#lostMs += Math.max(0, now - this.#tickMs - 40);
    this.#tickMs = now;
    return this.#lostMs;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** How one call ended: by an answer, or by the code of an error. */
export interface Ended {
  readonly what: string;
  /** "answered", or a code. */
  readonly outcome: string;
  /** How much longer than its limit it took, milliseconds; below 0 when it was answered in time. */
  readonly overMs: number;
}

/** Longest time, in ms, by which a call may outlast its limit, whichever process is frozen. */
export const allowedOverMs = 1_000;

/** Makes calls with a limit each, and keeps how they ended. */
export class LimitedCalls {
  readonly ended: Ended[] = [];
  readonly #lag = new OwnLag();
  readonly #waiting = new Set<Promise<unknown>>();

  /** Starts a call; what it gives or throws is kept as its outcome. Resolves with the outcome. */
  start(what: string, limitMs: number, call: () => Promise<unknown>): Promise<string> {
    const from = performance.now();
    const lagMs = this.#lag.totalMs();
    const end = (outcome: string): string => {
      const overMs = performance.now() - from - (this.#lag.totalMs() - lagMs) - limitMs;
      this.ended.push({ what, outcome, overMs });
      return outcome;
    };
    const ending = call().then(
      (answer) => end(outcomeOf(answer)),
      (error: unknown) => end(outcomeOf(error)),
    );
    this.#waiting.add(ending);
    void ending.then(() => this.#waiting.delete(ending));
    return ending;
  }

  /** Calls that are still out. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Resolves when every call has ended. */
  async all(): Promise<readonly Ended[]> {
    while (this.#waiting.size > 0) await Promise.all(this.#waiting);
    this.#lag.stop();
    return this.ended;
  }

  /** Calls that took longer than they may. */
  get late(): readonly Ended[] {
    return this.ended.filter(({ overMs }) => overMs > allowedOverMs);
  }

  /** Outcomes, each once. */
  get outcomes(): readonly string[] {
    return [...new Set(this.ended.map(({ outcome }) => outcome))].toSorted();
  }
}

/** A reply's bytes or whatever else was answered; the code of an error, as the gate's Failure or as an exception. */
function outcomeOf(value: unknown): string {
  if (typeof value !== "object" || value === null || !("code" in value)) return "answered";
  return String(value.code);
}
