import type { Codec } from "../codec/codec.ts";
import type { Writer } from "../codec/writer.ts";
import { beginFrame, endFrame } from "../frame/encode.ts";
import { type FrameFormat, sessionVersion } from "../frame/format.ts";
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

/** Writes a whole control message: `writeControl(w, format, control.ping, Ping, { sentMs })`. */
export function writeControl<T>(
  w: Writer,
  format: FrameFormat,
  command: number,
  codec: Codec<T>,
  message: T,
): void {
  const mark = beginMessage(w, format, kind.control, command, 0);
  codec.write(w, message);
  endFrame(w, format, mark);
}
