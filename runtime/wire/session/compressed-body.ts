import { putVarint32, sizeOfVarint32 } from "../codec/varint.ts";

/** Most bytes of a body for each byte of its compressed data: a receiver refuses more, and a sender sends such a body as it is. */
export const maxRatio = 100;

/** Most bytes of the size before the data. */
const maxSizeBytes = 4;

/**
 * Reason why a compressed body cannot be expanded. It closes the connection.
 * - `size`: the size is no varint in its shortest form, is 0, or is above the limit
 * - `ratio`: the size is more than {@link maxRatio} times that of the data
 * - `data`: malformed, cut off, followed by other bytes, or not of the announced size
 */
export type BrokenBody = "size" | "ratio" | "data";

/** Size of a body before its compression, and the start of the compressed data. */
export interface BodyHead {
  readonly size: number;
  readonly dataAt: number;
}

/**
 * Reads the size in front of a compressed body in bytes[start, end), so that no more memory is allocated than is allowed.
 *
 * @param most largest size, in bytes
 */
export function readBodyHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  most: number,
): BodyHead | BrokenBody {
  let size = 0;
  let at = start;
  let byte = 0x80;
  for (let shift = 0; byte > 0x7f; shift += 7) {
    if (at === end || at === start + maxSizeBytes) return "size";
    byte = bytes[at++]!;
    size |= (byte & 0x7f) << shift;
  }
  if (byte === 0 || size > most) return "size";
  return size > (end - at) * maxRatio ? "ratio" : { size, dataAt: at };
}

/**
 * Makes a compressed body of its size and data. Returns undefined when the body is not smaller than before, or is smaller than a
 * receiver accepts: it is sent as it is.
 */
export function compressedBody(size: number, data: Uint8Array): Uint8Array | undefined {
  const headBytes = sizeOfVarint32(size);
  if (headBytes > maxSizeBytes || headBytes + data.length >= size || size > data.length * maxRatio)
    return undefined;
  const body = new Uint8Array(headBytes + data.length);
  body.set(data, putVarint32(body, 0, size));
  return body;
}
