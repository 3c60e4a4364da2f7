interface Engine {
  setImmediate?: (run: () => void) => unknown;
  MessageChannel?: new () => {
    port1: { onmessage: ((event: unknown) => void) | null; close(): void };
    port2: { postMessage(value: unknown): void };
  };
  setTimeout(run: () => void, ms: number): unknown;
}

/**
 * Runs one function at the end of the present tick, however often it is asked to. In Node that is `setImmediate`; in
 * browsers a message to oneself, which unlike timers is not slowed down by nesting or by a tab in the background.
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

  /** Gives back what the engine lent; a later `schedule` asks for it again. */
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
