/** Opcode of a WebSocket close frame; opcodes from here up are control frames. */
export const closeOpcode = 8;

const first = 0;
const second = 1;
const extended = 2;
const body = 3;

/**
 * Finds the ends of WebSocket frames (RFC 6455, section 5.2), however the stream is cut into chunks. Reads headers only
 * and validates nothing: the WebSocket library rejects illegal frames.
 */
export class FrameScanner {
  /** Whether `next` reached the end of a frame. */
  complete = false;
  /** Opcode of the frame that `next` read last. */
  opcode = 0;
  /** Whether the frame is the last or only one of its message. */
  final = false;
  /** Size of the frame's payload, in bytes. */
  payloadBytes = 0;
  #phase = first;
  #masked = false;
  /** Bytes still to come of the extended length, or of the mask and the payload. */
  #missing = 0;

  /** Whether the scanner is inside a frame. */
  get isBegun(): boolean {
    return this.#phase !== first;
  }

  /** Whether the frame carries no part of a message: a ping, a pong, a close, or an empty frame. */
  get idle(): boolean {
    return this.opcode >= closeOpcode || this.payloadBytes === 0;
  }

  /** Scans from chunk[at]. Returns the position after the frame, or the end of the chunk when that comes first. */
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
