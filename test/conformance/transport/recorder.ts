import type { TransportHandler } from "../../../runtime/transport/transport.ts";

/** Keeps what a transport tells, and lets tests wait for it. */
export class Recorder implements TransportHandler {
  chunks = 0;
  size = 0;
  drains = 0;
  readonly closes: string[] = [];
  onFirst: (() => void) | undefined;
  readonly closed: Promise<void>;
  readonly #parts: Buffer[] = [];
  #settleClosed: () => void = () => {};
  #waiting: { size: number; resolve: () => void }[] = [];

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  /** Resolves when so many bytes have come. */
  until(size: number): Promise<void> {
    if (this.size >= size) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ size, resolve }));
  }

  onData(chunk: Uint8Array): void {
    if (this.closes.length > 0) throw new Error("onData after onClose");
    this.#parts.push(Buffer.from(chunk));
    this.size += chunk.length;
    if (this.chunks++ === 0) this.onFirst?.();
    this.#waiting = this.#waiting.filter(({ size, resolve }) => {
      if (this.size < size) return true;
      resolve();
      return false;
    });
  }

  onDrain(): void {
    this.drains++;
  }

  onClose(reason: string): void {
    this.closes.push(reason);
    this.#settleClosed();
  }
}

/** Lets a number of turns of the event loop pass, each with its input and output. */
export async function deferred(turns = 1): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Bytes whose every position can be told from its neighbours. */
export function pattern(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >>> 8) * 7) & 255;
  return bytes;
}
