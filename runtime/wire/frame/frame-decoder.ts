import { getUint32 } from "../codec/uint32.ts";
import { commandBytes, defaultMaxFrameBytes, type FrameFormat, headerBytes } from "./frame-format.ts";

/**
 * Why bytes are not a frame. The connection must be closed: where the next frame begins is unknown.
 * - `head`: one of the four first bytes differs (a wrong port, or a stream that lost its place)
 * - `proto-version`: none of the versions that this port speaks
 * - `server-version`: not the configured one
 * - `too-short`: a length under 4, which does not even hold the command
 * - `too-long`: a length above the limit
 */
export type IllegalFrame = "head" | "proto-version" | "server-version" | "too-short" | "too-long";

/** Takes what a {@link FrameDecoder} finds. */
export interface FrameSink {
  /** A frame's payload is bytes[start, end), valid during the call only. */
  onFrame(command: number, protoVersion: number, bytes: Uint8Array, start: number, end: number): void;
  /** Called at most once; the decoder is dead afterwards and ignores what comes. */
  onIllegal(reason: IllegalFrame): void;
}

/** How many more frames may be taken now. A {@link FrameDecoder} takes one off for each frame, and stops at 0. */
export interface FrameBudget {
  left: number;
}

/** Options of {@link FrameDecoder}. */
export interface FrameDecoderOptions {
  readonly format: FrameFormat;
  /** The largest value of the length field: command and payload. Default 65536. */
  readonly maxFrameBytes?: number;
  /** The protoVersions that are legal here. */
  readonly protoVersions: readonly number[];
}

/** A partial frame's buffer up to this size is kept for the next one; a larger one is let go. */
const keptBytes = 1_024;
const initialBytes = 64;
const shortCopy = 32;
const nothing = new Uint8Array(0);

type State = "ready" | "busy" | "dead";

/**
 * Cuts a stream of bytes into frames, wherever the stream was cut into chunks. A frame that lies wholly in a chunk is
 * handed over where it lies, without a copy. Of a partial frame the bytes that came are kept, in a buffer that grows with
 * them up to the declared length: nothing is allocated for bytes that did not come. Each field is checked as soon as its
 * last byte is there, the head byte by byte.
 */
export class FrameDecoder {
  /** The largest value of the length field; a change applies from the next header on. */
  maxFrameBytes: number;
  readonly #sink: FrameSink;
  readonly #budget: FrameBudget;
  readonly #protoVersions: readonly number[];
  readonly #format: FrameFormat;
  readonly #wide: boolean;
  readonly #headerBytes: number;
  #state: State = "ready";
  /** The partial frame: its first #have bytes. */
  #partial: Uint8Array = nothing;
  #have = 0;
  /** Size of the partial frame; 0 while its length has not come. */
  #total = 0;

  /** `budget` bounds what one `push` delivers; default: no bound. */
  constructor(options: FrameDecoderOptions, sink: FrameSink, budget: FrameBudget = { left: Infinity }) {
    this.maxFrameBytes = options.maxFrameBytes ?? defaultMaxFrameBytes;
    this.#format = options.format;
    this.#protoVersions = options.protoVersions;
    this.#wide = options.format.layout === "wide";
    this.#headerBytes = headerBytes(options.format.layout);
    this.#sink = sink;
    this.#budget = budget;
  }

  /** True after an illegal frame, after `destroy`, and after the sink has thrown. */
  get dead(): boolean {
    return this.#state === "dead";
  }

  /** Bytes of a frame that is not complete. */
  get partialBytes(): number {
    return this.#have;
  }

  /** Bytes held for a partial frame. */
  get heldBytes(): number {
    return this.#partial.length;
  }

  /** Ends decoding, also from inside `onFrame`: no more frames of the current chunk are delivered. */
  destroy(): void {
    this.#state = "dead";
    this.#partial = nothing;
    this.#have = 0;
  }

  /**
   * Takes the next bytes of the stream, and returns how many of them: fewer than all when the budget is used up before, and
   * then the rest has to be pushed again later. A dead decoder takes all. What the sink throws comes out here, and the
   * decoder is dead then.
   */
  push(chunk: Uint8Array): number {
    if (this.#state !== "ready") {
      if (this.#state === "dead") return chunk.length;
      throw new Error("FrameDecoder.push was called from inside onFrame");
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
    // The sink may have ended it.
    if (this.#state !== "busy") return chunk.length;
    this.#state = "ready";
    return taken;
  }

  /** Returns where it stopped: at the end of the chunk, of the budget, or of decoding. */
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

  /** Adds bytes to the partial frame until it is whole or they are used up; returns where in the chunk that was. */
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
    // Before the sink runs, so that it finds the decoder between two frames.
    this.#have = 0;
    if (whole.length > keptBytes) this.#partial = nothing;
    this.#deliver(whole, 0, this.#total);
    return at;
  }

  /** Checks the fields of a header of which the first `have` bytes are there. */
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

  /** Adds bytes until the partial frame has `goal` of them, as far as there are; returns the position behind them. */
  #appendUpTo(goal: number, chunk: Uint8Array, from: number): number {
    const end = Math.min(chunk.length, from + goal - this.#have);
    this.#append(chunk, from, end);
    return end;
  }

  #append(chunk: Uint8Array, start: number, end: number): void {
    const needed = this.#have + end - start;
    if (needed > this.#partial.length) this.#grow(needed);
    const to = this.#partial;
    let at = this.#have;
    this.#have = needed;
    if (end - start > shortCopy) to.set(chunk.subarray(start, end), at);
    else for (let from = start; from < end; from++) to[at++] = chunk[from]!;
  }

  /** Doubles, so that the copies stay linear, but never beyond the frame's own length. */
  #grow(needed: number): void {
    const doubled = Math.max(needed, initialBytes, this.#partial.length * 2);
    const limit = this.#total === 0 ? initialBytes : this.#total;
    const larger = new Uint8Array(Math.max(needed, Math.min(doubled, limit)));
    if (this.#have > 0) larger.set(this.#partial.subarray(0, this.#have));
    this.#partial = larger;
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
