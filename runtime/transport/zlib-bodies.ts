import {
  constants,
  deflateRawSync,
  inflateRawSync,
  type ZlibOptions,
  type ZstdOptions,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { Compression } from "../wire/generated/photinus/control.ts";
import { type BrokenBody, compressedBody, readBodyHead } from "../wire/session/compressed-body.ts";

/**
 * Level 3 with a window of 8 KiB: a body of 4 KiB takes 2 % more bytes than with zlib's defaults, at half the time, because a new
 * stream has less memory to prepare.
 */
const deflateOptions: ZlibOptions = Object.freeze({ level: 3, windowBits: 13, memLevel: 6 });
const zstdOptions: ZstdOptions = Object.freeze({
  params: Object.freeze({ [constants.ZSTD_c_compressionLevel]: 1 }),
});

/** Logarithm of the largest window that a frame may demand, 8 MiB: a decoder allocates the window. */
const zstdWindowLog = 23;

/** Result of Node with the option `info`. */
interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** Compresses the body bytes[start, end). Returns undefined when that does not pay. */
export function compressBody(
  kind: Compression,
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array | undefined {
  const plain = bytes.subarray(start, end);
  const data =
    kind === Compression.ZSTD ? zstdCompressSync(plain, zstdOptions) : deflateRawSync(plain, deflateOptions);
  return compressedBody(plain.length, data);
}

/**
 * Expands the compressed body bytes[start, end). Returns why it is broken otherwise.
 *
 * @param most largest size of the body, in bytes
 */
export function expandBody(
  kind: Compression,
  bytes: Uint8Array,
  start: number,
  end: number,
  most: number,
): Uint8Array | BrokenBody {
  const head = readBodyHead(bytes, start, end, most);
  if (typeof head === "string") return head;
  const { size } = head;
  const data = bytes.subarray(head.dataAt, end);
  // One byte more than the size, so that the whole body fits into the first buffer.
  const bounds = { maxOutputLength: size, chunkSize: Math.max(size + 1, constants.Z_MIN_CHUNK), info: true };
  try {
    const { buffer, engine } = (kind === Compression.ZSTD
      ? zstdDecompressSync(data, { ...bounds, params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLog } })
      : inflateRawSync(data, bounds)) as unknown as Inflated;
    if (buffer.length !== size || engine.bytesWritten !== data.length) return "data";
    // Not a Buffer, whose slice() is a view.
    return new Uint8Array(buffer.buffer, buffer.byteOffset, size);
  } catch {
    return "data";
  }
}
