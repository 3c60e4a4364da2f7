import { getUint32, putUint32 } from "../codec/uint32.ts";
import type { Writer } from "../codec/writer.ts";

/** What a message of the session protocol is: the low half of the envelope's first byte. */
export const kind = Object.freeze({ request: 1, reply: 2, error: 3, push: 4, notify: 5, control: 6 });
export type Kind = (typeof kind)[keyof typeof kind];

/** Flags: the high half of the envelope's first byte. */
export const flag = Object.freeze({
  /** The body is compressed. Refused until it is negotiated. */
  compressed: 0x10,
  /** The body is encrypted. Refused until it is negotiated. */
  encrypted: 0x20,
  /** Four bytes follow the sequence number: for how many milliseconds the caller still waits. Requests only. */
  deadline: 0x40,
  /** Must be 0. */
  reserved: 0x80,
});

/** Size of an envelope without a deadline. */
export const envelopeBytes = 5;
export const deadlineBytes = 4;

/**
 * Why a payload does not begin with an envelope; the connection is closed with a kick of INVALID_ARGUMENT.
 * - `truncated`: fewer bytes than the envelope has
 * - `kind`: none of the six kinds
 * - `reserved`: the reserved flag is set
 * - `compressed`, `encrypted`: not negotiated
 * - `deadline`: the deadline flag on something that is not a request
 * - `sequence`: 0 where a number is needed (request, reply, error, push), or a number where there is none (notify, control)
 */
export type IllegalEnvelope =
  | "truncated"
  | "kind"
  | "reserved"
  | "compressed"
  | "encrypted"
  | "deadline"
  | "sequence";

/** The fields of an envelope; {@link readEnvelope} fills one in that is used again and again. */
export class Envelope {
  kind: Kind = kind.request;
  sequence = 0;
  /** Milliseconds for which the caller still waits; -1 when it did not say. */
  remainingMs = -1;
  /** Where the body begins. */
  bodyStart = 0;
}

/** Reads the envelope at the start of bytes[start, end) into `into`. Returns why it is illegal, else undefined. */
export function readEnvelope(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Envelope,
): IllegalEnvelope | undefined {
  if (end - start < 1) return "truncated";
  const first = bytes[start]!;
  if ((first & flag.reserved) !== 0) return "reserved";
  const found = first & 0x0f;
  if (!isKind(found)) return "kind";
  if ((first & flag.compressed) !== 0) return "compressed";
  if ((first & flag.encrypted) !== 0) return "encrypted";
  const timed = (first & flag.deadline) !== 0;
  if (timed && found !== kind.request) return "deadline";
  const size = timed ? envelopeBytes + deadlineBytes : envelopeBytes;
  if (end - start < size) return "truncated";
  const sequence = getUint32(bytes, start + 1);
  if ((sequence === 0) !== (found === kind.notify || found === kind.control)) return "sequence";
  into.kind = found;
  into.sequence = sequence;
  into.remainingMs = timed ? getUint32(bytes, start + envelopeBytes) : -1;
  into.bodyStart = start + size;
  return undefined;
}

/** Writes an envelope without a deadline; the body follows. */
export function writeEnvelope(w: Writer, of: Kind, sequence: number): void {
  w.ensure(envelopeBytes);
  w.bytes[w.position] = of;
  putUint32(w.bytes, w.position + 1, sequence);
  w.position += envelopeBytes;
}

/** Writes the envelope of a request whose caller waits for `remainingMs` more; the body follows. */
export function writeRequestEnvelope(w: Writer, sequence: number, remainingMs: number): void {
  w.ensure(envelopeBytes + deadlineBytes);
  w.bytes[w.position] = kind.request | flag.deadline;
  putUint32(w.bytes, w.position + 1, sequence);
  putUint32(w.bytes, w.position + envelopeBytes, Math.min(Math.max(remainingMs, 0), 0xffffffff));
  w.position += envelopeBytes + deadlineBytes;
}

/** The number after `sequence`: 0 is never one, so after the largest comes 1. */
export function nextSequence(sequence: number): number {
  return sequence >= 0xffffffff ? 1 : sequence + 1;
}

function isKind(value: number): value is Kind {
  return value >= kind.request && value <= kind.control;
}
