import type { Clock, Timer } from "../../../../runtime/clock/clock.ts";

/** Delay of a check, in ms, that shows that this process was stopped, or its timers were throttled. */
const lateMs = 400;

/**
 * Pings at each interval, also while there is other traffic, so that the round-trip time stays current. A server that was
 * silent for two intervals is dead.
 */
export class Heartbeat {
  readonly #timer: Timer;
  readonly #clock: Clock;
  #heardAt: number;

  /** Pings at once. `onDead` is called once; call `stop` then. */
  constructor(clock: Clock, intervalMs: number, ping: (now: number) => void, onDead: () => void) {
    this.#clock = clock;
    this.#heardAt = clock.now();
    const halfMs = intervalMs / 2;
    let dueAt = this.#heardAt + halfMs;
    let count = 0;
    this.#timer = clock.every(halfMs, () => {
      const now = clock.now();
      // After a stop of this process, the socket may hold unread bytes: they are read before the next check.
      const late = now - dueAt > lateMs;
      dueAt = now + halfMs;
      if (now - this.#heardAt >= intervalMs * 2 && !late) onDead();
      else if (++count % 2 === 0) ping(now);
    });
    ping(this.#heardAt);
  }

  /** Notes that bytes arrived. */
  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  stop(): void {
    this.#timer.cancel();
  }
}
