/** A place in the meadow, which is 1 wide and 1 high. */
export interface Place {
  x: number;
  y: number;
}

interface Sample extends Place {
  readonly atMs: number;
}

/**
 * Delay with which other players are shown, in ms: a little more than two steps, so that a next place is always known.
 */
export const delayMs = 120;
const keptSamples = 12;

/**
 * Motion of another player, whose position arrives now and then: shown with a delay, gliding from one known position to
 * the next. A pause between two steps is shown as a pause, not as slow motion.
 */
export class Motion {
  #samples: Sample[];

  constructor(start: Place, nowMs: number) {
    this.#samples = [{ x: start.x, y: start.y, atMs: nowMs }];
  }

  /** Last received place. */
  get last(): Place {
    return this.#samples.at(-1)!;
  }

  add(place: Place, nowMs: number): void {
    const last = this.#samples.at(-1)!;
    const pauseMs = nowMs - last.atMs;
    if (pauseMs > delayMs) this.#samples.push({ x: last.x, y: last.y, atMs: nowMs - delayMs / 2 });
    this.#samples.push({ x: place.x, y: place.y, atMs: nowMs });
    if (this.#samples.length > keptSamples) this.#samples.splice(0, this.#samples.length - keptSamples);
  }

  /** Computes the place to show now. */
  at(nowMs: number, into: Place): void {
    const shownMs = nowMs - delayMs;
    const samples = this.#samples;
    let next = samples.length - 1;
    while (next > 0 && samples[next - 1]!.atMs > shownMs) next--;
    const to = samples[next]!;
    const from = samples[Math.max(next - 1, 0)]!;
    const span = to.atMs - from.atMs;
    const share = span > 0 ? Math.min(Math.max((shownMs - from.atMs) / span, 0), 1) : 1;
    into.x = from.x + (to.x - from.x) * share;
    into.y = from.y + (to.y - from.y) * share;
  }
}
