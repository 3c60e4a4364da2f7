import type { Writer } from "../../wire/codec/writer.ts";
import { copyBytes } from "../../wire/copy-bytes.ts";
import { putUint32 } from "../../wire/uint32.ts";
import { type FailureOutcome, outcome } from "./failure-outcome.ts";
import { kind, type PushAddress, type Target, targetKind } from "./message-kinds.ts";

/**
 * Writes the compact form straight into a connection's output. Each message is opened, which reserves room for its
 * length and returns a mark; then its body is written, and the message is closed. Keys of this side and the lengths of
 * bodies that a codec writes take their widest msgpack form, so that no byte has to be moved afterwards.
 */

/** Room for the length, the array header and all fixed fields of any message, without strings. */
const headRoom = 64;
const longTextChars = 64;
const encoder = new TextEncoder();

/** `[0, key, method, timeoutMs, target, body, trace?]` */
export function openAsk(
  w: Writer,
  key: number,
  method: number,
  timeoutMs: number,
  target: Target,
  traced: boolean,
): number {
  w.ensure(headRoom + (typeof target === "string" ? target.length * 3 : 0));
  const bytes = w.bytes;
  const mark = w.position;
  let p = mark + 4;
  bytes[p++] = traced ? 0x97 : 0x96;
  bytes[p++] = kind.ask;
  p = putLongUint(bytes, p, key);
  p = putUint(bytes, p, method);
  p = putUint(bytes, p, timeoutMs);
  w.position = putTarget(bytes, p, target);
  return mark;
}

/** `[1, method, target, body, trace?]` */
export function openNotice(w: Writer, method: number, target: Target, traced: boolean): number {
  w.ensure(headRoom + (typeof target === "string" ? target.length * 3 : 0));
  const bytes = w.bytes;
  const mark = w.position;
  let p = mark + 4;
  bytes[p++] = traced ? 0x95 : 0x94;
  bytes[p++] = kind.notice;
  p = putUint(bytes, p, method);
  w.position = putTarget(bytes, p, target);
  return mark;
}

/** `[2, key, body]` */
export function openAnswer(w: Writer, key: number): number {
  w.ensure(headRoom);
  const bytes = w.bytes;
  const mark = w.position;
  let p = mark + 4;
  bytes[p++] = 0x93;
  bytes[p++] = kind.answer;
  w.position = putUint(bytes, p, key);
  return mark;
}

/** `[3, key, code, message, retryAfterMs, outcome?]`; outcome 0, "answered by the handler", is left out. */
export function writeFailure(
  w: Writer,
  key: number,
  code: number,
  message: string,
  retryAfterMs: number,
  how: FailureOutcome,
): void {
  w.ensure(headRoom + message.length * 3);
  const bytes = w.bytes;
  const mark = w.position;
  let p = mark + 4;
  bytes[p++] = how === outcome.answered ? 0x95 : 0x96;
  bytes[p++] = kind.failure;
  p = putUint(bytes, p, key);
  p = putUint(bytes, p, code);
  p = putText(bytes, p, message);
  p = putUint(bytes, p, retryAfterMs);
  w.position = how === outcome.answered ? p : putUint(bytes, p, how);
  closeMessage(w, mark, undefined);
}

/** `[4, key]` */
export function writeCancel(w: Writer, key: number): void {
  w.ensure(headRoom);
  const bytes = w.bytes;
  const mark = w.position;
  let p = mark + 4;
  bytes[p++] = 0x92;
  bytes[p++] = kind.cancel;
  w.position = putUint(bytes, p, key);
  closeMessage(w, mark, undefined);
}

/** `[5, key, session, command, timeoutMs, body, trace?]`; key 0 marks a notify, which has no answer. */
export function openRelay(
  w: Writer,
  key: number,
  session: number,
  command: number,
  timeoutMs: number,
  traced: boolean,
): number {
  w.ensure(headRoom);
  const bytes = w.bytes;
  const mark = w.position;
  let p = mark + 4;
  bytes[p++] = traced ? 0x97 : 0x96;
  bytes[p++] = kind.relay;
  p = putLongUint(bytes, p, key);
  p = putUint(bytes, p, session);
  p = putUint(bytes, p, command);
  w.position = putUint(bytes, p, timeoutMs);
  return mark;
}

/** `[6, push, targetKind, target, body]` */
export function openPush(w: Writer, push: number, address: PushAddress): number {
  w.ensure(headRoom + addressRoom(address));
  const bytes = w.bytes;
  const mark = w.position;
  let p = mark + 4;
  bytes[p++] = 0x95;
  bytes[p++] = kind.push;
  p = putUint(bytes, p, push);
  w.position = putAddress(bytes, p, address);
  return mark;
}

/** Copies an encoded body. */
export function writeBody(w: Writer, body: Uint8Array, start: number, end: number): void {
  const size = end - start;
  w.ensure(size + 5);
  const bytes = w.bytes;
  let p = w.position;
  if (size < 0x100) {
    bytes[p++] = 0xc4;
    bytes[p++] = size;
  } else {
    bytes[p] = 0xc6;
    putUint32(bytes, p + 1, size);
    p += 5;
  }
  copyBytes(bytes, p, body, start, end);
  w.position = p + size;
}

/** Begins a body that a codec writes; pass the returned mark to {@link closeBody}. */
export function openBody(w: Writer): number {
  w.ensure(5);
  const mark = w.position;
  w.bytes[mark] = 0xc6;
  w.position = mark + 5;
  return mark;
}

/** Fills in the length of a body that {@link openBody} began. */
export function closeBody(w: Writer, mark: number): void {
  putUint32(w.bytes, mark + 1, w.position - mark - 5);
}

/** Adds the trace context, if given, and fills in the length of the message. */
export function closeMessage(w: Writer, mark: number, trace: string | undefined): void {
  if (trace !== undefined) {
    w.ensure(trace.length * 3 + 5);
    w.position = putText(w.bytes, w.position, trace);
  }
  putUint32(w.bytes, mark, w.position - mark - 4);
}

/** Writes an unsigned 32-bit number in its widest form: the marker and four bytes. */
function putLongUint(bytes: Uint8Array, p: number, value: number): number {
  bytes[p] = 0xce;
  putUint32(bytes, p + 1, value);
  return p + 5;
}

/** Writes a safe non-negative integer in its shortest form. */
function putUint(bytes: Uint8Array, p: number, value: number): number {
  if (value < 0x80) {
    bytes[p] = value;
    return p + 1;
  }
  if (value < 0x10000) {
    bytes[p] = 0xcd;
    bytes[p + 1] = value >>> 8;
    bytes[p + 2] = value;
    return p + 3;
  }
  if (value <= 0xffffffff) return putLongUint(bytes, p, value);
  bytes[p] = 0xcf;
  putUint32(bytes, p + 1, Math.floor(value / 0x100000000));
  putUint32(bytes, p + 5, value % 0x100000000);
  return p + 9;
}

function putBigUint(bytes: Uint8Array, p: number, value: bigint): number {
  bytes[p] = 0xcf;
  putUint32(bytes, p + 1, Number((value >> 32n) & 0xffffffffn));
  putUint32(bytes, p + 5, Number(value & 0xffffffffn));
  return p + 9;
}

/** Writes a text. The caller has ensured room for three bytes a character and five more. */
function putText(bytes: Uint8Array, p: number, text: string): number {
  const length = text.length;
  if (length < longTextChars) {
    let at = p + (length < 32 ? 1 : 2);
    let index = 0;
    for (; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) break;
      bytes[at++] = code;
    }
    if (index === length) {
      if (length < 32) bytes[p] = 0xa0 | length;
      else {
        bytes[p] = 0xd9;
        bytes[p + 1] = length;
      }
      return at;
    }
  }
  const { written } = encoder.encodeInto(text, bytes.subarray(p + 5));
  bytes[p] = 0xdb;
  putUint32(bytes, p + 1, written);
  return p + 5 + written;
}

function putTarget(bytes: Uint8Array, p: number, target: Target): number {
  if (target === undefined) {
    bytes[p] = 0xc0;
    return p + 1;
  }
  return typeof target === "string" ? putText(bytes, p, target) : putUint(bytes, p, target);
}

function addressRoom(address: PushAddress): number {
  if (address.kind === "sessions") return address.sessions.length * 9;
  return address.kind === "group" ? address.group.length * 3 : 0;
}

function putAddress(bytes: Uint8Array, p: number, address: PushAddress): number {
  switch (address.kind) {
    case "session":
      bytes[p] = targetKind.session;
      return putUint(bytes, p + 1, address.session);
    case "sessions": {
      bytes[p] = targetKind.sessions;
      bytes[p + 1] = 0xdd;
      putUint32(bytes, p + 2, address.sessions.length);
      let at = p + 6;
      for (const session of address.sessions) at = putUint(bytes, at, session);
      return at;
    }
    case "user":
      bytes[p] = targetKind.user;
      return putBigUint(bytes, p + 1, address.user);
    case "group":
      if (address.except === undefined) {
        bytes[p] = targetKind.group;
        return putText(bytes, p + 1, address.group);
      }
      bytes[p] = targetKind.groupExcept;
      bytes[p + 1] = 0x92;
      return putUint(bytes, putText(bytes, p + 2, address.group), address.except);
    case "everyone":
      bytes[p] = targetKind.everyone;
      bytes[p + 1] = 0xc0;
      return p + 2;
  }
}
