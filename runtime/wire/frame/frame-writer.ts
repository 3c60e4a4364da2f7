import type { Writer } from "../codec/writer.ts";
import { putUint32 } from "../uint32.ts";
import type { FrameFormat } from "./frame-format.ts";

/**
 * Starts a frame at the writer's position. Write the payload next, then call {@link endFrame} with the returned mark.
 * Allocates nothing, unless the writer must grow.
 */
export function beginFrame(w: Writer, format: FrameFormat, protoVersion: number, command: number): number {
  w.ensure(20);
  const bytes = w.bytes;
  const mark = w.position;
  const { head, serverVersion } = format;
  let at = mark;
  bytes[at++] = head[0];
  bytes[at++] = head[1];
  bytes[at++] = head[2];
  bytes[at++] = head[3];
  if (format.layout === "wide") {
    putUint32(bytes, at, protoVersion);
    at += 4;
  } else {
    bytes[at++] = protoVersion;
  }
  putUint32(bytes, at, serverVersion);
  // endFrame writes the length in between.
  putUint32(bytes, at + 8, command);
  w.position = at + 12;
  return mark;
}

/** Ends the frame of {@link beginFrame}: writes its length. */
export function endFrame(w: Writer, format: FrameFormat, mark: number): void {
  const at = mark + (format.layout === "wide" ? 12 : 9);
  putUint32(w.bytes, at, w.position - at - 4);
}

/** Writes a whole frame with an encoded payload, for example a relayed body. */
export function writeFrame(
  w: Writer,
  format: FrameFormat,
  protoVersion: number,
  command: number,
  payload: Uint8Array,
  start = 0,
  end: number = payload.length,
): void {
  const mark = beginFrame(w, format, protoVersion, command);
  w.append(payload, start, end);
  endFrame(w, format, mark);
}
