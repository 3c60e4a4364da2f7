/** Room for the header of a frame that a server sends, in bytes. */
export const headRoom = 10;

/** First byte of a frame that is a whole binary message (RFC 6455, section 5.2): FIN, no extension, opcode 2. */
const wholeBinary = 0x82;
const maskFlag = 0x80;
const maskBytes = 4;

/**
 * Writes the header of an unmasked frame with the payload bytes[start, end) in front of it; {@link headRoom} bytes must be free there.
 * Returns where the frame begins.
 */
export function putFrameHead(bytes: Uint8Array, start: number, end: number): number {
  const size = end - start;
  let at = start - 2;
  if (size < 126) bytes[at + 1] = size;
  else if (size < 0x1_0000) {
    at = start - 4;
    bytes[at + 1] = 126;
    bytes[at + 2] = size >>> 8;
    bytes[at + 3] = size;
  } else {
    at = start - headRoom;
    bytes[at + 1] = 127;
    for (let index = 0; index < 4; index++) bytes[at + 2 + index] = 0;
    for (let index = 0; index < 4; index++) bytes[at + 6 + index] = size >>> (24 - 8 * index);
  }
  bytes[at] = wholeBinary;
  return at;
}

/**
 * Unmasks the payload of the frame chunk[at, end) in place, and returns it. Returns undefined for a frame that is no whole binary message
 * with a mask, or that breaks a rule: the WebSocket library has to read it.
 */
export function unmasked(
  chunk: Uint8Array,
  at: number,
  end: number,
  payloadBytes: number,
): Uint8Array | undefined {
  const start = end - payloadBytes;
  const lengthBytes = payloadBytes < 126 ? 0 : payloadBytes < 0x1_0000 ? 2 : 8;
  // A length in more bytes than it needs is left to the library, too.
  if (chunk[at] !== wholeBinary || start - at !== 2 + lengthBytes + maskBytes) return undefined;
  if ((chunk[at + 1]! & maskFlag) === 0) return undefined;
  const mask0 = chunk[start - 4]!;
  const mask1 = chunk[start - 3]!;
  const mask2 = chunk[start - 2]!;
  const mask3 = chunk[start - 1]!;
  let index = start;
  for (; index + 4 <= end; index += 4) {
    chunk[index]! ^= mask0;
    chunk[index + 1]! ^= mask1;
    chunk[index + 2]! ^= mask2;
    chunk[index + 3]! ^= mask3;
  }
  if (index < end) chunk[index]! ^= mask0;
  if (index + 1 < end) chunk[index + 1]! ^= mask1;
  if (index + 2 < end) chunk[index + 2]! ^= mask2;
  return chunk.subarray(start, end);
}
