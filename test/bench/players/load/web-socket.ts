/** As much of RFC 6455 as a client that counts needs: what a library costs would be most of the load generator. */

/** A mask of four equal bytes, so that a value can be masked wherever it stands. It is not 0, which a server may skip. */
export const mask = 0x5a;

/** First byte of a whole message that is text. */
export const finalText = 0x81;
const finalBinary = 0x82;
const pong = 0x8a;
export const opcode = { close: 8, ping: 9 } as const;

/** Returns a masked frame of a client. */
export function maskedFrame(payload: Uint8Array, first = finalBinary): Buffer {
  const size = payload.length;
  if (size > 0xffff) throw new Error("the load generator sends short messages only");
  const head = size < 126 ? [first, 0x80 | size] : [first, 0xfe, size >>> 8, size & 255];
  return Buffer.from([...head, mask, mask, mask, mask, ...payload.map((byte) => byte ^ mask)]);
}

export function pongFrame(payload: Uint8Array): Buffer {
  return maskedFrame(payload, pong);
}

/** Size of a frame of a server, which is not masked; 0 while its header is not complete. */
export function sizeOfFrame(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return 0;
  const head = headBytes(bytes, at);
  if (end - at < head) return 0;
  const short = bytes[at + 1]! & 0x7f;
  if (short < 126) return head + short;
  if (short === 126) return head + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
  return head + bytes[at + 6]! * 2 ** 24 + ((bytes[at + 7]! << 16) | (bytes[at + 8]! << 8) | bytes[at + 9]!);
}

export function headBytes(bytes: Uint8Array, at: number): number {
  const short = bytes[at + 1]! & 0x7f;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}

export function isData(first: number): boolean {
  if (first === finalText || first === finalBinary) return true;
  if ((first & 0x08) === 0) throw new Error("the load generator reads whole messages only");
  return false;
}

/** Request of a handshake. */
export function upgradeRequest(path: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "\r\n",
  ].join("\r\n");
}
