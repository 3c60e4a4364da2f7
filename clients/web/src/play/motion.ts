/** A place in the meadow, which is 1 wide and 1 high. */
export interface Place {
  x: number;
  y: number;
}

interface Sample extends Place {
  readonly atMs: number;
}

/** How far behind the present others are shown: a little more than two steps, so that there is always one to go to. */
export const delayMs = 120;
const keptSamples = 12;

/**
 * The way of somebody else, of whom a position arrives now and then: shown a little late, gliding from one known position
 * to the next. Who pauses between two steps does not crawl: the pause is shown as one.
 */
export class Motion {
  #samples: Sample[];

  constructor(start: Place, nowMs: number) {
    this.#samples = [{ x: start.x, y: start.y, atMs: nowMs }];
  }

  /** Where it was last heard to be. */
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

  /** Where to show it now. */
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
