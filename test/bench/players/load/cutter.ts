/** Size of the frame that starts at `at`, or 0 while its header is not complete. */
export type SizeOf = (bytes: Uint8Array, at: number, end: number) => number;

/** Called for each frame. The bytes are valid during the call. */
export type OnFrame = (bytes: Uint8Array, start: number, end: number) => void;

const nothing = new Uint8Array(0);

/** Cuts a stream of chunks into frames. Copies only the rest of a chunk that ends inside of a frame. */
export class Cutter {
  readonly #sizeOf: SizeOf;
  readonly #onFrame: OnFrame;
  #rest: Uint8Array = nothing;

  constructor(sizeOf: SizeOf, onFrame: OnFrame) {
    this.#sizeOf = sizeOf;
    this.#onFrame = onFrame;
  }

  push(chunk: Uint8Array, from: number, to: number): void {
    let bytes = chunk;
    let at = from;
    let end = to;
    if (this.#rest.length > 0) {
      bytes = Buffer.concat([this.#rest, chunk.subarray(from, to)]);
      at = 0;
      end = bytes.length;
    }
    while (at < end) {
      const size = this.#sizeOf(bytes, at, end);
      if (size === 0 || at + size > end) break;
      this.#onFrame(bytes, at, at + size);
      at += size;
    }
    this.#rest = at < end ? Buffer.from(bytes.subarray(at, end)) : nothing;
  }
}
