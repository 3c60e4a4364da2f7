/**
 * Round-trip time and clock offset from pairs of ping and pong. The time is smoothed as TCP does it (RFC 6298: an eighth
 * of each new sample; the first ones count for more, as in an average). The offset is that of the quickest of the last
 * samples, as NTP's clock filter has it: the less time a sample took, the less it can be wrong.
 */
export class RoundTrip {
  /** Smoothed, milliseconds; 0 before the first sample. */
  roundTripMs = 0;
  /** What to add to this machine's wall clock to get the server's, milliseconds. */
  clockOffsetMs = 0;
  #count = 0;
  readonly #recent: { took: number; offset: number }[] = [];

  /**
   * @param tookMs from sending to receiving, by the monotonic clock
   * @param serverMs the server's wall clock when it answered
   * @param wallMs this machine's wall clock when the answer arrived
   */
  sample(tookMs: number, serverMs: number, wallMs: number): void {
    if (!(tookMs >= 0) || !Number.isFinite(serverMs)) return;
    this.#count++;
    this.roundTripMs += (tookMs - this.roundTripMs) / Math.min(this.#count, 8);
    this.#recent.push({ took: tookMs, offset: serverMs + tookMs / 2 - wallMs });
    if (this.#recent.length > 8) this.#recent.shift();
    let best = this.#recent[0]!;
    for (const sample of this.#recent) if (sample.took < best.took) best = sample;
    this.clockOffsetMs = best.offset;
  }

  /** The next sample counts as the first: the one before said more of a beginning than of the way. */
  restart(): void {
    this.#count = 0;
  }
}
