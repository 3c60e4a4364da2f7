import { copyBytes } from "../copy-bytes.ts";
import { emptyBytes } from "../empty-bytes.ts";
import { getUint32 } from "../uint32.ts";
import { commandBytes, defaultMaxFrameBytes, type FrameFormat, headerBytes } from "./frame-format.ts";

/**
 * Reason why bytes are not a frame. The connection must be closed: the start of the next frame is unknown.
 * - `head`: one of the four first bytes differs (wrong port, or a stream out of step)
 * - `proto-version`: not a version of this port
 * - `server-version`: not the configured version
 * - `too-short`: a length below 4, too short for the command
 * - `too-long`: a length above the limit
 */
export type IllegalFrame = "head" | "proto-version" | "server-version" | "too-short" | "too-long";

/** Receives the frames of a {@link FrameDecoder}. */
export interface FrameSink {
  /** Called for each frame. The payload is bytes[start, end), valid during the call only. */
  onFrame(command: number, protoVersion: number, bytes: Uint8Array, start: number, end: number): void;
  /** Called at most once, for an illegal frame. The decoder is dead afterwards and ignores further bytes. */
  onIllegal(reason: IllegalFrame): void;
}

/** Number of frames that may still be delivered in this turn. A {@link FrameDecoder} decrements it for each frame and stops at 0. */
export interface FrameBudget {
  left: number;
}

/** Options of {@link FrameDecoder}. */
export interface FrameDecoderOptions {
  readonly format: FrameFormat;
  /** Largest value of the length field: command and payload, in bytes. Default 65536. */
  readonly maxFrameBytes?: number;
  /** Legal protoVersions of this port. */
  readonly protoVersions: readonly number[];
  /** Memory of long partial frames, shared with other decoders. Default: new memory for each frame. */
  readonly memory?: FrameMemory | undefined;
}

/** Memory that is reused. */
export interface FrameMemory {
  /** Returns bytes of at least this size, or fewer when it has none of this size. */
  take(size: number): Uint8Array;
  /** Takes bytes back; nobody uses them any more. */
  give(bytes: Uint8Array): void;
}

/** Largest buffer, in bytes, that a decoder keeps for its next partial frame; larger ones are from its memory. */
const keptBytes = 1_024;
const initialBytes = 64;
type State = "ready" | "busy" | "dead";

/**
 * Splits a stream of bytes into frames, whatever the chunk boundaries. A frame within one chunk is delivered in place, without
 * a copy. A partial frame is collected in a buffer that grows with the received bytes, up to the declared length: nothing is
 * allocated for bytes that have not arrived. Each field is checked as soon as its last byte has arrived, the head byte by
 * byte.
 */
export class FrameDecoder {
  /** Largest value of the length field; a change applies from the next header on. */
  declare maxFrameBytes: number;
  readonly #sink: FrameSink;
  readonly #budget: FrameBudget;
  readonly #protoVersions: readonly number[];
  readonly #format: FrameFormat;
  readonly #wide: boolean;
  readonly #headerBytes: number;
  readonly #memory: FrameMemory | undefined;
  #state: State = "ready";
  /** Partial frame; its first #have bytes have arrived. */
  #partial: Uint8Array = emptyBytes;
  #have = 0;
  /** Size of the partial frame; 0 until its length has arrived. */
  #total = 0;

  /** @param budget Bound of the frames that one `push` delivers; default: no bound. */
  constructor(options: FrameDecoderOptions, sink: FrameSink, budget: FrameBudget = { left: Infinity }) {
    this.maxFrameBytes = options.maxFrameBytes ?? defaultMaxFrameBytes;
    this.#format = options.format;
    this.#protoVersions = options.protoVersions;
    this.#wide = options.format.layout === "wide";
    this.#headerBytes = headerBytes(options.format.layout);
    this.#memory = options.memory;
    this.#sink = sink;
    this.#budget = budget;
  }

  /** Whether decoding has ended: after an illegal frame, after `destroy`, and after the sink has thrown. */
  get dead(): boolean {
    return this.#state === "dead";
  }

  /** Received bytes of the partial frame. */
  get partialBytes(): number {
    return this.#have;
  }

  /** Allocated bytes for the partial frame. */
  get heldBytes(): number {
    return this.#partial.length;
  }

  /** Ends decoding, also from inside `onFrame`: no more frames of the current chunk are delivered. */
  destroy(): void {
    this.#state = "dead";
    this.#replacePartial(emptyBytes);
    this.#have = 0;
  }

  /**
   * Decodes the next bytes of the stream. Returns how many were consumed: fewer than all when the budget was used up; push the
   * rest again later. A dead decoder consumes all bytes. Rethrows an error of the sink, and is dead then.
   */
  push(chunk: Uint8Array): number {
    if (this.#state !== "ready") {
      if (this.#state === "dead") return chunk.length;
      throw new Error("push was called inside of onFrame");
    }
    if (this.#have > 0 && this.#have + chunk.length < this.#total) {
      this.#append(chunk, 0, chunk.length);
      return chunk.length;
    }
    this.#state = "busy";
    let taken: number;
    try {
      taken = this.#consume(chunk);
    } catch (error) {
      this.destroy();
      throw error;
    }
    // The sink may have called `destroy`.
    if (this.#state !== "busy") return chunk.length;
    this.#state = "ready";
    return taken;
  }

  /** Decodes frames within the chunk. Returns the position at which the chunk, the budget or decoding ended. */
  #consume(chunk: Uint8Array): number {
    const header = this.#headerBytes;
    const size = chunk.length;
    const budget = this.#budget;
    if (budget.left <= 0) return 0;
    let at = this.#have > 0 ? this.#complete(chunk, 0) : 0;
    while (at < size && budget.left > 0 && this.#state === "busy") {
      if (size - at < header) {
        this.#total = 0;
        return this.#complete(chunk, at);
      }
      const fault = this.#faultOf(chunk, at, header);
      if (fault !== undefined) {
        this.#refuse(fault);
        return size;
      }
      const total = getUint32(chunk, at + header - 8) + header - commandBytes;
      if (size - at < total) {
        this.#total = total;
        this.#append(chunk, at, size);
        return size;
      }
      this.#deliver(chunk, at, at + total);
      at += total;
    }
    return at;
  }

  /** Adds bytes to the partial frame until it is complete or the chunk ends. Returns the position in the chunk. */
  #complete(chunk: Uint8Array, from: number): number {
    let at = from;
    if (this.#total === 0) {
      const lengthEnd = this.#headerBytes - commandBytes;
      at = this.#appendUpTo(lengthEnd, chunk, at);
      const fault = this.#faultOf(this.#partial, 0, this.#have);
      if (fault !== undefined) {
        this.#refuse(fault);
        return at;
      }
      if (this.#have < lengthEnd) return at;
      this.#total = lengthEnd + getUint32(this.#partial, lengthEnd - 4);
    }
    at = this.#appendUpTo(this.#total, chunk, at);
    if (this.#have < this.#total) return at;
    const whole = this.#partial;
    // Reset before the sink runs, so that the sink finds the decoder between two frames.
    this.#have = 0;
    const isLong = whole.length > keptBytes;
    if (isLong) this.#partial = emptyBytes;
    this.#deliver(whole, 0, this.#total);
    if (isLong) this.#memory?.give(whole);
    return at;
  }

  /** Checks the fields within the first `have` bytes of a header. */
  #faultOf(bytes: Uint8Array, at: number, have: number): IllegalFrame | undefined {
    const { head, serverVersion } = this.#format;
    const lengthAt = this.#headerBytes - 8;
    for (let i = 0; i < 4 && i < have; i++) if (bytes[at + i] !== head[i]) return "head";
    if (have < lengthAt - 4) return undefined;
    if (!this.#protoVersions.includes(this.#protoVersionOf(bytes, at))) return "proto-version";
    if (have < lengthAt) return undefined;
    if (getUint32(bytes, at + lengthAt - 4) !== serverVersion) return "server-version";
    if (have < lengthAt + 4) return undefined;
    const length = getUint32(bytes, at + lengthAt);
    if (length < commandBytes) return "too-short";
    return length > this.maxFrameBytes ? "too-long" : undefined;
  }

  #protoVersionOf(bytes: Uint8Array, at: number): number {
    return this.#wide ? getUint32(bytes, at + 4) : bytes[at + 4]!;
  }

  /** Adds bytes until the partial frame has `goal` bytes or the chunk ends. Returns the position after the added bytes. */
  #appendUpTo(goal: number, chunk: Uint8Array, from: number): number {
    const end = Math.min(chunk.length, from + goal - this.#have);
    this.#append(chunk, from, end);
    return end;
  }

  #append(chunk: Uint8Array, start: number, end: number): void {
    const needed = this.#have + end - start;
    if (needed > this.#partial.length) this.#grow(needed);
    copyBytes(this.#partial, this.#have, chunk, start, end);
    this.#have = needed;
  }

  /** Doubles the buffer, so that copying stays linear, up to the frame's length. */
  #grow(needed: number): void {
    const doubled = Math.max(needed, initialBytes, this.#partial.length * 2);
    const limit = this.#total === 0 ? initialBytes : this.#total;
    const size = Math.max(needed, Math.min(doubled, limit));
    const larger = (size > keptBytes ? this.#taken(size) : undefined) ?? new Uint8Array(size);
    if (this.#have > 0) larger.set(this.#partial.subarray(0, this.#have));
    this.#replacePartial(larger);
  }

  /** Takes memory of at least `size` bytes. Gives shorter memory back at once, which would be lost otherwise. */
  #taken(size: number): Uint8Array | undefined {
    const bytes = this.#memory?.take(size);
    if (bytes === undefined || bytes.length >= size) return bytes;
    this.#memory?.give(bytes);
    return undefined;
  }

  #replacePartial(bytes: Uint8Array): void {
    const former = this.#partial;
    this.#partial = bytes;
    if (former.length > keptBytes) this.#memory?.give(former);
  }

  #deliver(bytes: Uint8Array, at: number, end: number): void {
    const start = at + this.#headerBytes;
    this.#budget.left--;
    this.#sink.onFrame(getUint32(bytes, start - 4), this.#protoVersionOf(bytes, at), bytes, start, end);
  }

  #refuse(reason: IllegalFrame): void {
    this.destroy();
    this.#sink.onIllegal(reason);
  }
}
