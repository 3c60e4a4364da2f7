import { errorCodes } from "../../../schema/errors.ts";
import type { Codec } from "../codec/codec.ts";
import type { Writer } from "../codec/writer.ts";
import { beginFrame, endFrame } from "../frame/encode.ts";
import { type FrameFormat, sessionVersion } from "../frame/format.ts";
import { Failure } from "../generated/photinus/control.ts";
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

/** What an error answer tells; a `PhotinusError` fits. */
export interface FailureLike {
  readonly code: keyof typeof errorCodes;
  readonly reason: string;
  readonly retryAfterMs: number;
}

/** Writes the error that answers a request. The cause of the error stays here. */
export function writeFailure(
  w: Writer,
  format: FrameFormat,
  command: number,
  sequence: number,
  error: FailureLike,
): void {
  const { code, reason, retryAfterMs } = error;
  writeFailureFields(w, format, command, sequence, errorCodes[code], reason, retryAfterMs);
}

/** The same where the code is a number already, as when a node's answer is passed on. */
export function writeFailureFields(
  w: Writer,
  format: FrameFormat,
  command: number,
  sequence: number,
  code: number,
  message: string,
  retryAfterMs: number,
): void {
  const mark = beginMessage(w, format, kind.error, command, sequence);
  Failure.write(w, { code, message, retryAfterMs, command: 0 });
  endFrame(w, format, mark);
}
