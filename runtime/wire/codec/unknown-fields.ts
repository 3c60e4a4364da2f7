import { copyBytes } from "../copy-bytes.ts";
import { checkBytes } from "./check-values.ts";
import type { Reader } from "./reader.ts";
import { putVarint32, sizeOfVarint32 } from "./varint.ts";
import type { Writer } from "./writer.ts";

/** Part of each server message: unknown fields, which a peer with a newer schema has sent. */
export interface UnknownFields {
  /** Absent when the message has no unknown fields. */
  $unknown?: KeptFields;
}

/** Unknown fields of one message. Immutable. */
export interface KeptFields {
  /**
   * Full name of the message's type: "meadow.Step". A message of another type does not write the fields: their numbers could
   * name fields there that the sender must not set, because a push is often built by `{ ...request, userId }`.
   */
  readonly type: string;
  /** Encoded fields, tags included, in the order of arrival. */
  readonly bytes: Uint8Array;
}

/** Largest size, in bytes, at which each further field copies all: a short array is cheap, spare room is not. */
const fewBytes = 64;
/** Smallest allocation for further fields, in bytes. */
const leastRoomBytes = 128;

/**
 * Reads an unknown field and appends it to the message's `$unknown`. A message with few unknown fields gets an array of their
 * exact size. For more fields the room doubles, so that the time is linear in the bytes read, whatever their number of
 * fields and parts.
 */
export function keepUnknown(reader: Reader, tag: number, message: UnknownFields, type: string): void {
  const start = reader.position;
  reader.skip(tag);
  const end = reader.position;
  const size = sizeOfVarint32(tag) + end - start;
  const kept = message.$unknown;
  if (kept === undefined || kept.type !== type) {
    const bytes = new Uint8Array(size);
    put(bytes, 0, tag, reader.bytes, start, end);
    message.$unknown = { type, bytes };
    return;
  }
  const before = kept.bytes;
  const used = before.length;
  if (used + size <= fewBytes) {
    const bytes = new Uint8Array(used + size);
    for (let at = 0; at < used; at++) bytes[at] = before[at]!;
    put(bytes, used, tag, reader.bytes, start, end);
    message.$unknown = { type, bytes };
    return;
  }
  reader.rooms ??= new WeakMap();
  let { buffer } = before;
  // Bytes that a copy of the message shares, or that the user has replaced, are not appended to.
  if (reader.rooms.get(message) !== before || buffer.byteLength < used + size) {
    const room = new Uint8Array(Math.max(2 * used, used + size, leastRoomBytes));
    room.set(before);
    buffer = room.buffer;
  }
  const after = new Uint8Array(buffer, 0, used + size);
  put(after, used, tag, reader.bytes, start, end);
  message.$unknown = { type, bytes: after };
  reader.rooms.set(message, after);
}

/** Writes the unknown fields of a message. Leaves out those that belong to another type. */
export function writeUnknown(writer: Writer, kept: KeptFields, type: string): void {
  if (kept.type === type) writer.append(checkBytes(kept.bytes));
}

function put(room: Uint8Array, at: number, tag: number, bytes: Uint8Array, start: number, end: number): void {
  copyBytes(room, putVarint32(room, at, tag), bytes, start, end);
}
