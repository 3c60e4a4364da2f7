/**
 * Round-trip time and clock offset from pairs of ping and pong. The time is smoothed as in TCP (RFC 6298): an eighth of
 * each new sample, more of the first ones, as in an average. The offset is that of the fastest of the last samples, as
 * in NTP's clock filter: the shorter the sample, the smaller its error.
 */
export class RoundTrip {
  /** Smoothed round-trip time, in ms; 0 before the first sample. */
  roundTripMs = 0;
  /** Offset from this machine's wall clock to the server's, in ms. */
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

  /** Makes the next sample count as the first, because the time to the welcome is not a pure round trip. */
  restart(): void {
    this.#count = 0;
  }
}
