/** Collects the bytes of a handshake message of known size, whatever the chunk boundaries. Holds no more than that. */
export class HandshakeBytes {
  readonly bytes: Uint8Array;
  #have = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  /** Number of bytes so far. */
  get taken(): number {
    return this.#have;
  }

  /** The bytes so far. */
  get received(): Uint8Array {
    return this.bytes.subarray(0, this.#have);
  }

  get complete(): boolean {
    return this.#have === this.bytes.length;
  }

  /** Takes bytes up to the size of the message. Returns how many of the chunk were taken. */
  take(chunk: Uint8Array): number {
    const count = Math.min(chunk.length, this.bytes.length - this.#have);
    this.bytes.set(chunk.subarray(0, count), this.#have);
    this.#have += count;
    return count;
  }
}
