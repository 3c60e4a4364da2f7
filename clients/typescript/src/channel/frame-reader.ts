import { Writer } from "../../../../runtime/wire/codec/writer.ts";
import type { FrameSink, IllegalFrame } from "../../../../runtime/wire/frame/frame-decoder.ts";
import { commandBytes, headerBytes } from "../../../../runtime/wire/frame/frame-format.ts";
import { getUint32 } from "../../../../runtime/wire/uint32.ts";
import type { Settings } from "../connect-options.ts";

/**
 * Splits the server's bytes into frames. A frame within one chunk is delivered in place. A part of a frame is collected in a
 * buffer that doubles with the received bytes. Smaller than a server's decoder: one protocol version, no budget of turns,
 * and a header is checked once its length has arrived.
 */
export class FrameReader {
  /** Largest value of the length field; a change applies from the next header on. */
  declare maxFrameBytes: number;
  readonly #settings: Settings;
  readonly #sink: FrameSink;
  /** The part of a frame that has arrived. */
  #part = new Writer(0);
  #dead = false;

  constructor(settings: Settings, sink: FrameSink) {
    this.maxFrameBytes = settings.maxFrameBytes;
    this.#settings = settings;
    this.#sink = sink;
  }

  /** Ends reading, also from inside `onFrame`. */
  destroy(): void {
    this.#dead = true;
    this.#part = new Writer(0);
  }

  push(chunk: Uint8Array): void {
    if (this.#dead) return;
    const part = this.#part;
    let bytes = chunk;
    if (part.position > 0) {
      part.append(chunk);
      bytes = part.bytes.subarray(0, part.position);
    }
    // Should the sink throw, no frame may come twice.
    part.position = 0;
    const taken = this.#take(bytes);
    if (this.#dead) return;
    // The rest may move within its own buffer, towards the start.
    if (taken < bytes.length) part.append(bytes, taken);
    else if (bytes !== chunk) this.#part = new Writer(0);
  }

  /** Delivers whole frames. Returns where the rest begins. */
  #take(bytes: Uint8Array): number {
    const header = headerBytes(this.#settings.frame.layout);
    let at = 0;
    while (bytes.length - at >= header - commandBytes) {
      const fault = this.#faultOf(bytes, at, header);
      if (fault) {
        this.destroy();
        this.#sink.onIllegal(fault);
        return at;
      }
      const start = at + header;
      const end = start - commandBytes + getUint32(bytes, start - 8);
      if (end > bytes.length) return at;
      this.#sink.onFrame(getUint32(bytes, start - 4), this.#settings.protoVersion, bytes, start, end);
      if (this.#dead) return at;
      at = end;
    }
    return at;
  }

  #faultOf(bytes: Uint8Array, at: number, header: number): IllegalFrame | undefined {
    const { frame, protoVersion } = this.#settings;
    if (frame.head.some((byte, n) => bytes[at + n] !== byte)) return "head";
    const version = frame.layout === "wide" ? getUint32(bytes, at + 4) : bytes[at + 4];
    if (version !== protoVersion) return "proto-version";
    if (getUint32(bytes, at + header - 12) !== frame.serverVersion) return "server-version";
    const length = getUint32(bytes, at + header - 8);
    if (length < commandBytes) return "too-short";
    return length > this.maxFrameBytes ? "too-long" : undefined;
  }
}
