import type { Writer } from "../codec/writer.ts";
import type { FrameFormat } from "./format.ts";

/**
 * Starts a frame at the writer's position; write the payload after it and then call {@link endFrame}.
 * Returns the mark to hand to it. Nothing is allocated, except by the writer when it must grow.
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
    bytes[at++] = protoVersion >>> 24;
    bytes[at++] = protoVersion >>> 16;
    bytes[at++] = protoVersion >>> 8;
  }
  bytes[at++] = protoVersion;
  bytes[at++] = serverVersion >>> 24;
  bytes[at++] = serverVersion >>> 16;
  bytes[at++] = serverVersion >>> 8;
  bytes[at++] = serverVersion;
  at += 4; // the length, patched by endFrame
  bytes[at++] = command >>> 24;
  bytes[at++] = command >>> 16;
  bytes[at++] = command >>> 8;
  bytes[at++] = command;
  w.position = at;
  return mark;
}

/** Ends the frame that {@link beginFrame} started: its length is now known. */
export function endFrame(w: Writer, format: FrameFormat, mark: number): void {
  const at = mark + (format.layout === "wide" ? 12 : 9);
  const length = w.position - at - 4;
  const bytes = w.bytes;
  bytes[at] = length >>> 24;
  bytes[at + 1] = length >>> 16;
  bytes[at + 2] = length >>> 8;
  bytes[at + 3] = length;
}

/** Writes a whole frame whose payload exists already, as when a body is relayed. */
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
