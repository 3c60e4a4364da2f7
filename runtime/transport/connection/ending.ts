import type { TransportHandler } from "../transport.ts";

/**
 * The end of a connection, told once: to the handler, even when it starts after the fact, and to whoever awaits `close`.
 */
export class Ending {
  #reason: string | undefined;
  #over = false;
  #told = false;
  #handler: TransportHandler | undefined;
  #waiting: (() => void)[] = [];

  /** Why the connection ends, as soon as that is known; the first reason counts. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** The connection is gone. */
  get over(): boolean {
    return this.#over;
  }

  because(reason: string): void {
    this.#reason ??= reason;
  }

  /** Hears of the end. A connection that is gone already tells so in a later tick. */
  listen(handler: TransportHandler): void {
    this.#handler = handler;
    if (this.#over) setImmediate(() => this.#tell());
  }

  /** The connection is gone. Call it outside of any call of the user's. */
  finish(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#reason ??= reason;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#tell();
    for (const resolve of waiting) resolve();
  }

  /** Resolves when the connection is gone. */
  finished(): Promise<void> {
    if (this.#over) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #tell(): void {
    const handler = this.#handler;
    if (!handler || this.#told) return;
    this.#told = true;
    handler.onClose(this.#reason ?? "closed");
  }
}
