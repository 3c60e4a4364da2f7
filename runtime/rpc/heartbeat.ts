import type { Deadline, DeadlineHandle, Deadlines } from "../clock/deadlines.ts";

/** What a heartbeat does when it is time. */
export interface HeartbeatSink {
  ping(): void;
  /** The peer was silent for two intervals; true: watch on. */
  onSilence(): boolean;
}

/**
 * Watches that something comes from the peer at least every two intervals, and pings when nothing came for one. Any
 * traffic counts; only its time is noted, so a busy link costs nothing.
 */
export class Heartbeat implements Deadline {
  readonly #deadlines: Deadlines;
  readonly #intervalMs: number;
  readonly #sink: HeartbeatSink;
  /** When bytes came last, on the clock of `deadlines`. */
  heardAt: number;
  #dueAt = 0;
  #pingedAt: number;
  #handle: DeadlineHandle = 0;

  constructor(deadlines: Deadlines, intervalMs: number, sink: HeartbeatSink) {
    this.#deadlines = deadlines;
    this.#intervalMs = intervalMs;
    this.#sink = sink;
    this.heardAt = deadlines.clock.now();
    this.#pingedAt = this.heardAt;
    this.#wait(this.heardAt + intervalMs, this.heardAt);
  }

  stop(): void {
    this.#deadlines.remove(this.#handle);
    this.#handle = 0;
  }

  onDeadline(): void {
    const now = this.#deadlines.clock.now();
    // When this process itself was held up, what the peer sent meanwhile is still unread: it gets another interval.
    if (now - this.#dueAt > this.#intervalMs / 2)
      this.heardAt = Math.max(this.heardAt, now - this.#intervalMs);
    if (now >= this.heardAt + 2 * this.#intervalMs) {
      this.#handle = 0;
      if (!this.#sink.onSilence()) return;
      this.heardAt = now;
    }
    if (now >= this.heardAt + this.#intervalMs && now >= this.#pingedAt + this.#intervalMs / 2) {
      this.#pingedAt = now;
      this.#sink.ping();
    }
    const nextPing = Math.max(this.heardAt + this.#intervalMs, this.#pingedAt + this.#intervalMs / 2);
    this.#wait(Math.min(nextPing, this.heardAt + 2 * this.#intervalMs), now);
  }

  #wait(at: number, now: number): void {
    this.#dueAt = at;
    this.#handle = this.#deadlines.add(Math.max(at - now, 1), this);
  }
}
