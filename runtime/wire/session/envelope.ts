import type { Writer } from "../codec/writer.ts";
import { getUint32, putUint32 } from "../uint32.ts";

// Each number is a constant of its own: a page's bundle has those that a client needs, and no property names.
export const requestKind = 1;
export const replyKind = 2;
export const errorKind = 3;
export const pushKind = 4;
export const notifyKind = 5;
export const controlKind = 6;
export const batchKind = 7;

/** Kind of a session message: the low half of the envelope's first byte. */
export const kind = /* @__PURE__ */ Object.freeze({
  request: requestKind,
  reply: replyKind,
  error: errorKind,
  push: pushKind,
  notify: notifyKind,
  control: controlKind,
  /** Several pushes of one id; only for clients that have said so in their Hello. */
  batch: batchKind,
});
/** Number of a kind of session message. */
export type Kind = (typeof kind)[keyof typeof kind];

const compressedFlag = 0x10;
const encryptedFlag = 0x20;
const deadlineFlag = 0x40;
const reservedFlag = 0x80;

/** Flags of a session message: the high half of the envelope's first byte. */
export const flag = /* @__PURE__ */ Object.freeze({
  /** Marks a compressed body. Rejected unless negotiated. */
  compressed: compressedFlag,
  /** Marks an encrypted body. Rejected until negotiated. */
  encrypted: encryptedFlag,
  /** Marks a deadline: four bytes after the sequence number hold the remaining milliseconds of the caller. Requests only. */
  deadline: deadlineFlag,
  /** Reserved; must be 0. */
  reserved: reservedFlag,
});

/** Size of an envelope without a deadline, in bytes. */
export const envelopeBytes = 5;
/** Size of the length before each body of a batch, in bytes. */
export const batchLengthBytes = 2;
/** Largest batch with its frame, in bytes, roughly: a client that takes batches takes frames of this size. */
export const largestBatchBytes = 65_600;
/** Longest body in a batch, in bytes. */
export const longestBatched = 0xffff;
/** Size of the deadline in an envelope, in bytes. */
export const deadlineBytes = 4;

/**
 * Reason why a payload does not begin with an envelope. The connection is closed with a kick of INVALID_ARGUMENT.
 * - `truncated`: fewer bytes than an envelope
 * - `kind`: not one of the seven kinds
 * - `reserved`: the reserved flag is set
 * - `compressed`: not negotiated, or on an error, control message or batch
 * - `encrypted`: not negotiated
 * - `deadline`: the deadline flag on a message other than a request
 * - `sequence`: 0 in a request, reply or error, or not 0 in a notify or control message
 */
export type IllegalEnvelope =
  | "truncated"
  | "kind"
  | "reserved"
  | "compressed"
  | "encrypted"
  | "deadline"
  | "sequence";

/** Fields of an envelope. {@link readEnvelope} fills in a reused object. */
export class Envelope {
  kind: Kind = requestKind;
  sequence = 0;
  /** Remaining milliseconds of the caller; -1 without a deadline. */
  remainingMs = -1;
  /** Whether the body is compressed. */
  compressed = false;
  /** Start of the body. */
  bodyStart = 0;
}

/**
 * Reads the envelope at the start of bytes[start, end) into `into`. Returns the reason why it is illegal, otherwise undefined.
 *
 * @param compresses whether the connection has negotiated a compression
 */
export function readEnvelope(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Envelope,
  compresses = false,
): IllegalEnvelope | undefined {
  if (end - start < 1) return "truncated";
  const first = bytes[start]!;
  if ((first & reservedFlag) !== 0) return "reserved";
  const found = first & 0x0f;
  if (!isKind(found)) return "kind";
  const compressed = (first & compressedFlag) !== 0;
  if (compressed && (!compresses || found === errorKind || found >= controlKind)) return "compressed";
  if ((first & encryptedFlag) !== 0) return "encrypted";
  const timed = (first & deadlineFlag) !== 0;
  if (timed && found !== requestKind) return "deadline";
  const size = timed ? envelopeBytes + deadlineBytes : envelopeBytes;
  if (end - start < size) return "truncated";
  const sequence = getUint32(bytes, start + 1);
  // A push that the server does not repeat after a resume has no number.
  const isPush = found === pushKind || found === batchKind;
  if (!isPush && (sequence === 0) !== (found === notifyKind || found === controlKind)) return "sequence";
  into.kind = found;
  into.sequence = sequence;
  into.compressed = compressed;
  into.remainingMs = timed ? getUint32(bytes, start + envelopeBytes) : -1;
  into.bodyStart = start + size;
  return undefined;
}

/** Writes an envelope without a deadline. The caller writes the body next. */
export function writeEnvelope(w: Writer, of: Kind, sequence: number): void {
  w.ensure(envelopeBytes);
  w.bytes[w.position] = of;
  putUint32(w.bytes, w.position + 1, sequence);
  w.position += envelopeBytes;
}

/** Writes the envelope of a request whose caller waits for `remainingMs`. The caller writes the body next. */
export function writeRequestEnvelope(w: Writer, sequence: number, remainingMs: number): void {
  w.ensure(envelopeBytes + deadlineBytes);
  w.bytes[w.position] = requestKind | deadlineFlag;
  putUint32(w.bytes, w.position + 1, sequence);
  putUint32(w.bytes, w.position + envelopeBytes, Math.min(Math.max(remainingMs, 0), 0xffffffff));
  w.position += envelopeBytes + deadlineBytes;
}

/** Marks the body of the envelope that was just written as compressed. The caller writes the body next. */
export function markCompressed(w: Writer): void {
  w.bytes[w.position - envelopeBytes]! |= compressedFlag;
}

/** Sequence number after `sequence`. 0 is not a sequence number, so 1 follows the largest number. */
export function nextSequence(sequence: number): number {
  return sequence >= 0xffffffff ? 1 : sequence + 1;
}

function isKind(value: number): value is Kind {
  return value >= requestKind && value <= batchKind;
}
