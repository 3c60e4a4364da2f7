import { type Encoder, encodeInto } from "../codec/codec.ts";
import type { Writer } from "../codec/writer.ts";
import { type FrameFormat, sessionVersion } from "../frame/frame-format.ts";
import { beginFrame, endFrame } from "../frame/frame-writer.ts";
import { type Kind, kind, writeEnvelope } from "./envelope.ts";

/** Most bytes of a frame of the session protocol besides its body. */
export const frameOverheadBytes = 25;

/**
 * Starts a frame of the session protocol, up to its body. Write the body next, then call `endFrame` with the returned mark.
 */
export function beginMessage(
  w: Writer,
  format: FrameFormat,
  of: Kind,
  command: number,
  sequence: number,
): number {
  const mark = beginFrame(w, format, sessionVersion, command);
  writeEnvelope(w, of, sequence);
  return mark;
}

/**
 * Writes a whole control message: `writeControl(w, format, control.ping, Ping, { sentMs })`.
 * A failed call writes nothing.
 * @throws PhotinusError INVALID_ARGUMENT for a value that a field cannot hold.
 */
export function writeControl<T>(
  w: Writer,
  format: FrameFormat,
  command: number,
  codec: Encoder<T>,
  message: T,
): void {
  const start = w.position;
  try {
    const mark = beginMessage(w, format, kind.control, command, 0);
    encodeInto(w, codec, message);
    endFrame(w, format, mark);
  } catch (error) {
    // Removes the partial frame, which would corrupt the stream.
    w.position = start;
    throw error;
  }
}

/** Converts milliseconds to a uint32: rounded up, clamped to 0 .. 2^32 - 1. NaN becomes 0. */
export function wholeMs(ms: number): number {
  return ms > 0 ? Math.min(Math.ceil(ms), 0xffff_ffff) : 0;
}
