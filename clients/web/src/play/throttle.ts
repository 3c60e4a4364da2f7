/** Runs a function at most once in `everyMs`; a request in between runs at the end of the interval. */
export class Throttle {
  readonly #everyMs: number;
  readonly #run: () => void;
  #lastAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(everyMs: number, run: () => void) {
    this.#everyMs = everyMs;
    this.#run = run;
  }

  ask(): void {
    if (this.#timer !== undefined) return;
    const wait = this.#lastAt + this.#everyMs - performance.now();
    if (wait <= 0) this.#fire();
    else this.#timer = setTimeout(() => this.#fire(), wait);
  }

  #fire(): void {
    this.#timer = undefined;
    this.#lastAt = performance.now();
    this.#run();
  }
}
