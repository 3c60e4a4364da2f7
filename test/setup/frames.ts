/** Bytes of each protocol, for tests that speak it without an SDK. */
import { pack } from "msgpackr";
import { Writer } from "../../runtime/wire/codec/writer.ts";
import {
  classicVersion,
  defaultFrameFormat as format,
  sessionVersion,
} from "../../runtime/wire/frame/frame-format.ts";
import { beginFrame, endFrame, writeFrame } from "../../runtime/wire/frame/frame-writer.ts";
import { type Kind, writeEnvelope } from "../../runtime/wire/session/envelope.ts";

/**
 * Returns a frame of the session protocol.
 *
 * @param head first byte of the envelope: a kind and flags. Any byte is possible, also one that no client sends.
 * @param body what follows the sequence number. With the deadline flag it begins with the remaining milliseconds.
 */
export function sessionFrame(head: number, command: number, sequence: number, body: Uint8Array): Uint8Array {
  const w = new Writer(64 + body.length);
  const mark = beginFrame(w, format, sessionVersion, command);
  writeEnvelope(w, head as Kind, sequence);
  w.append(body);
  endFrame(w, format, mark);
  return w.finish();
}

/** Returns a frame of the classic protocol. */
export function classicFrame(command: number, payload: Uint8Array): Uint8Array {
  const w = new Writer(64 + payload.length);
  writeFrame(w, format, classicVersion, command, payload);
  return w.finish();
}

/** Returns a message of a link: its length, then one msgpack value (docs/PROTOCOL.md, section 7). */
export function linkMessage(value: unknown): Uint8Array {
  const data = pack(value);
  return new Uint8Array(Buffer.concat([uint32Bytes(data.length), data]));
}

/** Returns a 32-bit integer in network byte order. */
export function uint32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Request of a WebSocket handshake. */
export const upgrade = [
  "GET /play HTTP/1.1",
  "Host: localhost",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "\r\n",
].join("\r\n");

/** Returns a masked client frame (RFC 6455); by default its mask is all zeros. */
export function webSocketFrame(opcode: number, payload: Uint8Array, mask = [0, 0, 0, 0]): Buffer {
  const size = payload.length;
  const extended = Buffer.alloc(size < 126 ? 0 : size < 0x1_0000 ? 2 : 8);
  if (extended.length === 2) extended.writeUInt16BE(size);
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(size));
  const short = size < 126 ? size : size < 0x1_0000 ? 126 : 127;
  const masked = Buffer.from(payload.map((byte, index) => byte ^ mask[index % 4]!));
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | short]), extended, Buffer.from(mask), masked]);
}
