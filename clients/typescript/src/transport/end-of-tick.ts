interface Engine {
  setImmediate?: (run: () => void) => unknown;
  MessageChannel?: new () => {
    port1: { onmessage: ((event: unknown) => void) | null; close(): void };
    port2: { postMessage(value: unknown): void };
  };
  setTimeout(run: () => void, ms: number): unknown;
}

/**
 * Runs a function once at the end of the current tick, however often it is scheduled. Uses `setImmediate` in Node. In
 * browsers uses a `MessageChannel`, which unlike timers is throttled neither by nesting nor in a background tab.
 */
export class EndOfTick {
  readonly #run: () => void;
  #due = false;
  #post: (() => void) | undefined;
  #stop: (() => void) | undefined;

  constructor(run: () => void) {
    this.#run = run;
  }

  schedule(): void {
    if (this.#due) return;
    this.#due = true;
    this.#post ??= this.#engine();
    this.#post();
  }

  /** Releases the engine's resources; a later `schedule` requests them again. */
  stop(): void {
    this.#due = false;
    this.#stop?.();
    this.#stop = undefined;
    this.#post = undefined;
  }

  readonly #fire = (): void => {
    if (!this.#due) return;
    this.#due = false;
    this.#run();
  };

  #engine(): () => void {
    const engine = globalThis as unknown as Engine;
    const { setImmediate, MessageChannel } = engine;
    if (setImmediate) return () => setImmediate(this.#fire);
    if (MessageChannel) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = this.#fire;
      this.#stop = () => port1.close();
      return () => port2.postMessage(0);
    }
    return () => engine.setTimeout(this.#fire, 0);
  }
}
