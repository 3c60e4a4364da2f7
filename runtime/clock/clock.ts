/** A timer that was started; `cancel` is harmless at any time. */
export interface Timer {
  cancel(): void;
}

/** The time port. Everything that waits or measures takes one, so that tests run an hour in a millisecond. */
export interface Clock {
  /** Milliseconds of a monotonic clock, with fractions; its zero means nothing. */
  now(): number;
  /** Milliseconds since 1970-01-01 UTC; may jump. */
  wall(): number;
  /** Runs `fn` once, no earlier than after `ms`. */
  after(ms: number, fn: () => void): Timer;
  /** Runs `fn` again and again, `ms` apart. */
  every(ms: number, fn: () => void): Timer;
}

/** Options of {@link SystemClock}. */
export interface SystemClockOptions {
  /** True when a pending timer keeps the process running. Default false. */
  keepAlive?: boolean;
}

/** The clock of the machine, in Node and in browsers. */
export class SystemClock implements Clock {
  readonly #keepAlive: boolean;

  constructor(options: SystemClockOptions = {}) {
    this.#keepAlive = options.keepAlive ?? false;
  }

  now(): number {
    return performance.now();
  }

  wall(): number {
    return Date.now();
  }

  after(ms: number, fn: () => void): Timer {
    const handle = setTimeout(fn, ms);
    this.#release(handle);
    return { cancel: () => clearTimeout(handle) };
  }

  every(ms: number, fn: () => void): Timer {
    const handle = setInterval(fn, ms);
    this.#release(handle);
    return { cancel: () => clearInterval(handle) };
  }

  /** Only Node's timers hold a process; those of a browser are plain numbers. */
  #release(handle: unknown): void {
    if (this.#keepAlive || typeof handle !== "object" || handle === null) return;
    if ("unref" in handle && typeof handle.unref === "function") handle.unref();
  }
}

/** The machine's clock; its timers do not keep a process running. */
export const systemClock: Clock = Object.freeze(new SystemClock());
