import { resolveOptions } from "../options/option-resolver.ts";
import { object, type RulesOf, withDefault } from "../options/option-rules.ts";
import { flag } from "../options/rule-kinds.ts";
/** Running timer. `cancel` may be called at any time, and repeatedly. */
export interface Timer {
  cancel(): void;
}

/** Time port. All code that waits or measures takes a clock, so that tests run an hour in a millisecond. */
export interface Clock {
  /** Time of a monotonic clock, milliseconds with fractions. Its zero is arbitrary. */
  now(): number;
  /** Wall clock time, milliseconds since 1970-01-01 UTC. May jump. */
  wall(): number;
  /** Runs `fn` once, at the earliest after `ms`. */
  after(ms: number, fn: () => void): Timer;
  /** Runs `fn` repeatedly, every `ms`. */
  every(ms: number, fn: () => void): Timer;
}

/** Clock of Node.js or the browser. In Node.js a pending timer keeps the process running. */
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

  /** Called for each new timer. */
  protected started(_handle: unknown): void {}
}

/** Options of {@link SystemClock}. */
export interface SystemClockOptions {
  /** Whether a pending timer keeps the process running. Default false. */
  keepAlive?: boolean;
}

/** Rule that checks {@link SystemClockOptions} and fills in defaults. */
export const systemClockRule = /* @__PURE__ */ object({
  keepAlive: /* @__PURE__ */ withDefault(flag, false),
} satisfies RulesOf<SystemClockOptions>);

/** {@link PlatformClock} whose timers can let a Node.js process end. */
export class SystemClock extends PlatformClock {
  readonly #keepAlive: boolean;

  constructor(options?: SystemClockOptions) {
    super();
    this.#keepAlive = resolveOptions("SystemClock", systemClockRule, options).keepAlive;
  }

  /** Lets the process end while the timer is pending. Timers of a browser are numbers and need no call. */
  protected override started(handle: unknown): void {
    if (this.#keepAlive || typeof handle !== "object" || handle === null) return;
    if ("unref" in handle && typeof handle.unref === "function") handle.unref();
  }
}

/** Clock of the platform. Its timers do not keep a process running. */
export const systemClock: Clock = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ new SystemClock());
