import { compressBody, expandBody } from "../../../../runtime/transport/zlib-bodies.ts";
import { Compression as Kind } from "../../../../runtime/wire/generated/photinus/control.ts";
import type { ChannelMaker } from "../channel/channel.ts";
import type { Compression } from "../channel/dial.ts";
import { type BodyCodec, CompressedChannel } from "../compression/compressed-channel.ts";

/**
 * Compression for the option `compression` of `connect`, in Node: zstd where the server has it, else deflate-raw, in both directions.
 * Each body is compressed and expanded at once, on the event loop.
 */
export function zlib(): Compression {
  const codec: BodyCodec = {
    kinds: Uint8Array.of(Kind.ZSTD, Kind.DEFLATE_RAW),
    expand: (kind, bytes, start, end, most) => expandBody(kind as Kind, bytes, start, end, most),
    compress: (kind, bytes, start, end) => compressBody(kind as Kind, bytes, start, end),
  };
  const make: ChannelMaker = (...parts) => new CompressedChannel(codec, ...parts);
  return make;
}
