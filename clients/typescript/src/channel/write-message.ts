import { type Encoder, encodeInto, type Writer } from "../../../../runtime/wire/codec/codec-runtime.ts";
import { beginFrame, endFrame } from "../../../../runtime/wire/frame/frame-writer.ts";
import { type Kind, writeEnvelope, writeRequestEnvelope } from "../../../../runtime/wire/session/envelope.ts";
import type { Settings } from "../connect-options.ts";

/**
 * Appends one message as a frame. A failed call writes nothing.
 * @param remainingMs of a request: time until the caller's deadline; sent when it is 0 or more
 */
export function writeMessage<Q>(
  w: Writer,
  { frame, protoVersion }: Settings,
  id: number,
  codec: Encoder<Q>,
  message: Q,
  of: Kind,
  sequence: number,
  remainingMs: number,
): void {
  const before = w.position;
  try {
    const mark = beginFrame(w, frame, protoVersion, id);
    if (remainingMs >= 0) writeRequestEnvelope(w, sequence, remainingMs);
    else writeEnvelope(w, of, sequence);
    encodeInto(w, codec, message);
    endFrame(w, frame, mark);
  } catch (error) {
    w.position = before;
    throw error;
  }
}
