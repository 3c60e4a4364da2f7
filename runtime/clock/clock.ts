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

/** The clock of the machine, in Node and in browsers; in Node, a pending timer keeps the process running. */
export class PlatformClock implements Clock {
  now(): number {
    return performance.now();
  }

  wall(): number {
    return Date.now();
  }

  after(ms: number, fn: () => void): Timer {
    const handle = setTimeout(fn, ms);
    this.started(handle);
    return { cancel: () => clearTimeout(handle) };
  }

  every(ms: number, fn: () => void): Timer {
    const handle = setInterval(fn, ms);
    this.started(handle);
    return { cancel: () => clearInterval(handle) };
  }

  /** Told of each timer. */
  protected started(_handle: unknown): void {}
}

/** Options of {@link SystemClock}. */
export interface SystemClockOptions {
  /** True when a pending timer keeps the process running. Default false. */
  keepAlive?: boolean;
}

/** A {@link PlatformClock} that may leave a Node process free to end. */
export class SystemClock extends PlatformClock {
  readonly #keepAlive: boolean;

  constructor(options: SystemClockOptions = {}) {
    super();
    this.#keepAlive = options.keepAlive ?? false;
  }

  /** Only Node's timers hold a process; those of a browser are plain numbers. */
  protected override started(handle: unknown): void {
    if (this.#keepAlive || typeof handle !== "object" || handle === null) return;
    if ("unref" in handle && typeof handle.unref === "function") handle.unref();
  }
}

/** The machine's clock; its timers do not keep a process running. */
export const systemClock: Clock = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ new SystemClock());
