/** Compression for pages and every engine with `DecompressionStream`. @packageDocumentation */

import { type BrokenBody, readBodyHead } from "../../../../runtime/wire/session/compressed-body.ts";
import type { ChannelMaker } from "../channel/channel.ts";
import type { Compression } from "../channel/dial.ts";
import { type BodyCodec, CompressedChannel } from "./compressed-channel.ts";

export type { Compression };

/** DEFLATE_RAW of the protocol. */
const deflateRaw = 1;

/** Bytes of compressed data that the engine gets at a time: it may expand each byte to a thousand, before anything can be checked. */
const sliceBytes = 4_096;

/** A stream that expands, as far as this file needs it: an engine may lack it. */
type Inflating = new (
  format: string,
) => {
  readonly readable: {
    getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array }>; cancel(): unknown };
  };
  readonly writable: {
    getWriter(): { write(bytes: Uint8Array): Promise<unknown>; close(): Promise<unknown>; abort(): unknown };
  };
};

/**
 * Compression for the option `compression` of `connect`: `deflate-raw`, by the engine's own `DecompressionStream`. Replies and pushes
 * that the server compresses are expanded; requests are sent as they are, since the engine compresses only asynchronously. An
 * engine without `deflate-raw` connects without compression. In Node, `zlib()` of `@photinus/client/node` does more.
 */
export function deflate(): Compression {
  const { DecompressionStream: Stream } = globalThis as { DecompressionStream?: Inflating };
  let kinds = Uint8Array.of(deflateRaw);
  try {
    new Stream!("deflate-raw");
  } catch {
    kinds = new Uint8Array(0);
  }
  const codec: BodyCodec = {
    kinds,
    expand: (_kind, bytes, start, end, most) => inflate(new Stream!("deflate-raw"), bytes, start, end, most),
  };
  const make: ChannelMaker = (...parts) => new CompressedChannel(codec, ...parts);
  return make;
}

/** Expands a compressed body. Stops as soon as there are more bytes than announced. */
async function inflate(
  { readable, writable }: InstanceType<Inflating>,
  bytes: Uint8Array,
  start: number,
  end: number,
  most: number,
): Promise<Uint8Array | BrokenBody> {
  const head = readBodyHead(bytes, start, end, most);
  if (typeof head === "string") return head;
  const { size, dataAt } = head;
  const writer = writable.getWriter();
  const feed = async (): Promise<void> => {
    for (let at = dataAt; at < end; at += sliceBytes)
      await writer.write(bytes.slice(at, Math.min(at + sliceBytes, end)));
    await writer.close();
  };
  const reader = readable.getReader();
  const body = new Uint8Array(size);
  let have = 0;
  try {
    // A fault shows at the reader, too.
    const fed = feed().catch(() => {});
    for (let part = await reader.read(); part.value; part = await reader.read()) {
      const { value } = part;
      if (have + value.length > size) {
        reader.cancel();
        return "data";
      }
      body.set(value, have);
      have += value.length;
    }
    await fed;
  } catch {
    return "data";
  }
  return have === size ? body : "data";
}
