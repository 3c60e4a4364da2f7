import { checkBytes } from "./check-values.ts";
import { shortCopyBytes } from "./codec-limits.ts";
import type { Reader } from "./reader.ts";
import { putVarint32, sizeOfVarint32 } from "./varint.ts";
import type { Writer } from "./writer.ts";

/** What messages of servers may have: fields that came from a peer of a newer schema. */
export interface UnknownFields {
  /** Absent when there are none. */
  $unknown?: KeptFields;
}

/** Fields that the schema does not know of one message. Never written into. */
export interface KeptFields {
  /**
   * Full name of the message's type: "meadow.Step". In a message of another type the fields are not written, where their
   * numbers may be those of fields that the sender must not set: a push is often made by `{ ...request, userId }`.
   */
  readonly type: string;
  /** The fields, tags and all, in the order in which they came. */
  readonly bytes: Uint8Array;
}

/** By message, the bytes that it was given last, in a buffer that may have room for more. */
export type UnknownRooms = WeakMap<UnknownFields, Uint8Array>;

/** Up to this all is copied for each field: an array so short costs the engine little, and room for more a lot. */
const fewBytes = 64;
/** The least that is allocated for more fields to come. */
const leastRoomBytes = 128;

/**
 * Reads the value of a field that a message does not know, and appends the field to the message's `$unknown`. A message that
 * has few of them gets bytes of just their size. For one that has more, room is doubled, so that time is linear in what
 * came, however many fields there are and in however many parts the message comes.
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
  // Bytes that a copy of the message may have too, or that somebody has put in their place, are not appended to.
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

/** Writes the fields that a message of this type has kept. What a message of another type has kept is left out. */
export function writeUnknown(writer: Writer, kept: KeptFields, type: string): void {
  if (kept.type === type) writer.append(checkBytes(kept.bytes));
}

function put(room: Uint8Array, at: number, tag: number, bytes: Uint8Array, start: number, end: number): void {
  let to = putVarint32(room, at, tag);
  if (end - start > shortCopyBytes) room.set(bytes.subarray(start, end), to);
  else for (let from = start; from < end; from++) room[to++] = bytes[from]!;
}
