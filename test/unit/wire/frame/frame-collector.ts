import { Writer } from "../../../../runtime/wire/codec/writer.ts";
import {
  FrameDecoder,
  type FrameMemory,
  type FrameSink,
  type IllegalFrame,
} from "../../../../runtime/wire/frame/frame-decoder.ts";
import { type FrameFormat, resolveFrameFormat } from "../../../../runtime/wire/frame/frame-format.ts";
import { writeFrame } from "../../../../runtime/wire/frame/frame-writer.ts";

export interface Frame {
  command: number;
  protoVersion: number;
  payload: string;
}

/** Keeps frames, their payloads as hex, and what was illegal. */
export class Collector implements FrameSink {
  readonly frames: Frame[] = [];
  readonly illegal: IllegalFrame[] = [];
  /** Called after each frame. */
  after: ((frame: Frame) => void) | undefined;

  onFrame(command: number, protoVersion: number, bytes: Uint8Array, start: number, end: number): void {
    const frame = { command, protoVersion, payload: hex(bytes.subarray(start, end)) };
    this.frames.push(frame);
    this.after?.(frame);
  }

  onIllegal(reason: IllegalFrame): void {
    this.illegal.push(reason);
  }
}

export const formats: readonly (readonly [string, FrameFormat])[] = [
  ["standard, all defaults", resolveFrameFormat()],
  ["wide, all defaults", resolveFrameFormat({ layout: "wide" })],
  [
    "standard, own head and version",
    resolveFrameFormat({ head: [80, 72, 79, 255], serverVersion: 0xfedcba98 }),
  ],
  [
    "wide, own head and version",
    resolveFrameFormat({ head: [1, 2, 3, 4], layout: "wide", serverVersion: 7 }),
  ],
];

export function collect(
  format: FrameFormat,
  chunks: Iterable<Uint8Array>,
  options: { maxFrameBytes?: number } = {},
): { collector: Collector; decoder: FrameDecoder } {
  const collector = new Collector();
  const decoder = new FrameDecoder(
    { format, protoVersions: [0, 1], memory: new LentMemory(), ...options },
    collector,
  );
  for (const chunk of chunks) {
    // A copy that is spoilt afterwards: what the decoder keeps must be its own.
    const lent = Uint8Array.from(chunk);
    decoder.push(lent);
    lent.fill(0xee);
  }
  return { collector, decoder };
}

export function frameBytes(format: FrameFormat, frames: readonly Frame[]): Uint8Array {
  const writer = new Writer();
  for (const { command, protoVersion, payload } of frames) {
    writeFrame(writer, format, protoVersion, command, Uint8Array.from(Buffer.from(payload, "hex")));
  }
  return writer.finish();
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Memory that knows what it has lent. */
export class LentMemory implements FrameMemory {
  readonly lent = new Set<Uint8Array>();
  made = 0;
  readonly #free: Uint8Array[] = [];

  take(size: number): Uint8Array {
    const at = this.#free.findIndex(({ length }) => length >= size);
    const bytes = at >= 0 ? this.#free.splice(at, 1)[0]! : new Uint8Array(size);
    if (at < 0) this.made++;
    this.lent.add(bytes);
    return bytes;
  }

  give(bytes: Uint8Array): void {
    if (!this.lent.delete(bytes)) throw new Error("given back twice, or never lent");
    bytes.fill(0xee);
    this.#free.push(bytes);
  }
}
