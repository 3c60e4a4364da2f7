import { commandBytes, defaultMaxFrameBytes, type FrameFormat, headerBytes } from "./format.ts";

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
 * last byte is there, the head and the versions byte by byte.
 */
export class FrameDecoder {
  /** The largest value of the length field; a change applies from the next header on. */
  maxFrameBytes: number;
  readonly #sink: FrameSink;
  readonly #protoVersions: readonly number[];
  readonly #format: FrameFormat;
  readonly #wide: boolean;
  readonly #headerBytes: number;
  #state: State = "ready";
  /** The partial frame: #have bytes of #total, which is not known before the header is complete. */
  #partial: Uint8Array = nothing;
  #have = 0;
  #total = 0;

  constructor(options: FrameDecoderOptions, sink: FrameSink) {
    this.maxFrameBytes = options.maxFrameBytes ?? defaultMaxFrameBytes;
    this.#format = options.format;
    this.#protoVersions = options.protoVersions;
    this.#wide = options.format.layout === "wide";
    this.#headerBytes = headerBytes(options.format.layout);
    this.#sink = sink;
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

  /** Takes the next bytes of the stream. What the sink throws comes out here, and the decoder is dead then. */
  push(chunk: Uint8Array): void {
    if (this.#state !== "ready") {
      if (this.#state === "dead") return;
      throw new Error("FrameDecoder.push was called from inside onFrame");
    }
    this.#state = "busy";
    try {
      this.#consume(chunk);
    } catch (error) {
      this.destroy();
      throw error;
    }
    if (this.#state === "busy") this.#state = "ready";
  }

  #consume(chunk: Uint8Array): void {
    let at = this.#have > 0 ? this.#complete(chunk, 0) : 0;
    const size = chunk.length;
    while (at < size && this.#state === "busy") {
      if (size - at < this.#headerBytes) {
        this.#complete(chunk, at);
        return;
      }
      const fault = this.#faultOfHeader(chunk, at, 0, this.#headerBytes);
      if (fault !== undefined) {
        this.#refuse(fault);
        return;
      }
      const total = this.#totalOf(chunk, at);
      if (size - at < total) {
        this.#total = total;
        this.#append(chunk, at, size);
        return;
      }
      this.#deliver(chunk, at, at + total);
      at += total;
    }
  }

  /** Adds bytes to the partial frame; returns where in the chunk it ended. */
  #complete(chunk: Uint8Array, from: number): number {
    let at = from;
    if (this.#have < this.#headerBytes) {
      const before = this.#have;
      const end = Math.min(chunk.length, at + this.#headerBytes - before);
      this.#append(chunk, at, end);
      at = end;
      const fault = this.#faultOfHeader(this.#partial, 0, before, this.#have);
      if (fault !== undefined) {
        this.#refuse(fault);
        return at;
      }
      if (this.#have < this.#headerBytes) return at;
      this.#total = this.#totalOf(this.#partial, 0);
    }
    const end = Math.min(chunk.length, at + this.#total - this.#have);
    this.#append(chunk, at, end);
    if (this.#have < this.#total) return end;
    const whole = this.#partial;
    // Before the sink runs, so that it finds the decoder between two frames.
    this.#have = 0;
    if (whole.length > keptBytes) this.#partial = nothing;
    this.#deliver(whole, 0, this.#total);
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
    const limit = this.#have < this.#headerBytes ? initialBytes : this.#total;
    const larger = new Uint8Array(Math.max(needed, Math.min(doubled, limit)));
    if (this.#have > 0) larger.set(this.#partial.subarray(0, this.#have));
    this.#partial = larger;
  }

  #totalOf(bytes: Uint8Array, at: number): number {
    return uint32(bytes, at + this.#headerBytes - 8) + this.#headerBytes - commandBytes;
  }

  #deliver(bytes: Uint8Array, at: number, end: number): void {
    const start = at + this.#headerBytes;
    const protoVersion = this.#wide ? uint32(bytes, at + 4) : bytes[at + 4]!;
    this.#sink.onFrame(uint32(bytes, start - 4), protoVersion, bytes, start, end);
  }

  #refuse(reason: IllegalFrame): void {
    this.destroy();
    this.#sink.onIllegal(reason);
  }

  /** Checks the header's bytes [from, to), each field when its last byte is among them. `at` is where the header begins. */
  #faultOfHeader(bytes: Uint8Array, at: number, from: number, to: number): IllegalFrame | undefined {
    const { head, serverVersion } = this.#format;
    for (let i = from; i < 4 && i < to; i++) if (bytes[at + i] !== head[i]) return "head";
    const serverAt = this.#wide ? 8 : 5;
    if (from < serverAt && to >= serverAt) {
      const protoVersion = this.#wide ? uint32(bytes, at + 4) : bytes[at + 4]!;
      if (!this.#protoVersions.includes(protoVersion)) return "proto-version";
    }
    const lengthAt = serverAt + 4;
    if (from < lengthAt && to >= lengthAt && uint32(bytes, at + serverAt) !== serverVersion)
      return "server-version";
    const commandAt = lengthAt + 4;
    if (from < commandAt && to >= commandAt) {
      const length = uint32(bytes, at + lengthAt);
      if (length < commandBytes) return "too-short";
      if (length > this.maxFrameBytes) return "too-long";
    }
    return undefined;
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
