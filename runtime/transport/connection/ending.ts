import type { TransportHandler } from "../transport.ts";

/**
 * End of a connection. Notifies the handler exactly once, even one that starts after the end, and resolves pending
 * `close` calls.
 */
export class Ending {
  #reason: string | undefined;
  #over = false;
  #told = false;
  #handler: TransportHandler | undefined;
  #waiting: (() => void)[] | undefined = undefined;

  /** First reason given for the end of the connection; undefined before one is given. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** True when the connection is gone. */
  get over(): boolean {
    return this.#over;
  }

  /** Stores the reason for the end of the connection. Later reasons are ignored. */
  because(reason: string): void {
    this.#reason ??= reason;
  }

  /** Registers the handler, or none. When the connection is gone already, the handler is notified in a later tick. */
  listen(handler: TransportHandler | undefined): void {
    this.#handler = handler;
    if (this.#over && handler !== undefined) setImmediate(() => this.#tell());
  }

  /** Records that the connection is gone. Must not be called from inside a call of the user's. */
  finish(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#reason ??= reason;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#tell();
    for (const resolve of waiting) resolve();
  }

  /** Resolves when the connection is gone. */
  finished(): Promise<void> {
    if (this.#over) return Promise.resolve();
    this.#waiting ??= [];
    const waiting = this.#waiting;
    return new Promise((resolve) => waiting.push(resolve));
  }

  #tell(): void {
    const handler = this.#handler;
    if (!handler || this.#told) return;
    this.#told = true;
    handler.onClose(this.#reason ?? "closed");
  }
}
