/** The opcode of a WebSocket's close frame; control frames are those from here on. */
export const closeOpcode = 8;

const first = 0;
const second = 1;
const extended = 2;
const body = 3;

/**
 * Finds where the frames of a WebSocket (RFC 6455, section 5.2) end, wherever the stream was cut into chunks. Looks at
 * headers only, and judges nothing: whoever reads the frames refuses what is illegal.
 */
export class FrameScanner {
  /** `next` came to the end of a frame. */
  complete = false;
  /** Of the frame that `next` read last. */
  opcode = 0;
  /** It is the last or only frame of its message. */
  final = false;
  /** Size of its payload. */
  payloadBytes = 0;
  #phase = first;
  #masked = false;
  /** Bytes of the extended length, or of mask and payload, that are still to come. */
  #missing = 0;

  /** The frame bears no message and no part of one: a ping, a pong, a close, or nothing at all. */
  get idle(): boolean {
    return this.opcode >= closeOpcode || this.payloadBytes === 0;
  }

  /** Reads on at chunk[at]; returns the position behind the frame, or behind the chunk when that comes before. */
  next(chunk: Uint8Array, at: number): number {
    const size = chunk.length;
    this.complete = false;
    let from = at;
    while (from < size) {
      switch (this.#phase) {
        case first:
          this.opcode = chunk[from]! & 15;
          this.final = chunk[from++]! > 127;
          this.#phase = second;
          break;
        case second: {
          const byte = chunk[from++]!;
          const length = byte & 127;
          this.#masked = byte > 127;
          if (length < 126) this.#begin(length);
          else {
            this.payloadBytes = 0;
            this.#missing = length === 126 ? 2 : 8;
            this.#phase = extended;
          }
          break;
        }
        case extended:
          this.payloadBytes = this.payloadBytes * 256 + chunk[from++]!;
          if (--this.#missing === 0) this.#begin(this.payloadBytes);
          break;
        default: {
          const here = Math.min(this.#missing, size - from);
          from += here;
          this.#missing -= here;
        }
      }
      if (this.#phase === body && this.#missing === 0) {
        this.#phase = first;
        this.complete = true;
        break;
      }
    }
    return from;
  }

  #begin(payloadBytes: number): void {
    this.payloadBytes = payloadBytes;
    this.#missing = payloadBytes + (this.#masked ? 4 : 0);
    this.#phase = body;
  }
}
