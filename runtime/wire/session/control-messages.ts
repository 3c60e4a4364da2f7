import { type Codec, encodeInto } from "../codec/codec.ts";
import type { Writer } from "../codec/writer.ts";
import { type FrameFormat, sessionVersion } from "../frame/frame-format.ts";
import { beginFrame, endFrame } from "../frame/frame-writer.ts";
import { type Kind, kind, writeEnvelope } from "./envelope.ts";

/**
 * Starts a frame of the session protocol, up to its body; write the body and then call `endFrame`.
 * Returns the mark to hand to it.
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
 * @throws PhotinusError INVALID_ARGUMENT when the message is not of its type. Nothing is written then.
 */
export function writeControl<T>(
  w: Writer,
  format: FrameFormat,
  command: number,
  codec: Codec<T>,
  message: T,
): void {
  const start = w.position;
  try {
    const mark = beginMessage(w, format, kind.control, command, 0);
    encodeInto(w, codec, message);
    endFrame(w, format, mark);
  } catch (error) {
    // Half a frame would take the place of the next one.
    w.position = start;
    throw error;
  }
}

/** Milliseconds as a uint32 field has them: rounded up, and within 0 .. 2^32 - 1. NaN is 0. */
export function wholeMs(ms: number): number {
  return ms > 0 ? Math.min(Math.ceil(ms), 0xffff_ffff) : 0;
}
