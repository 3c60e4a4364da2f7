import { wrong } from "../check-values.ts";
import { maxUtf8Bytes, putAscii, putUtf8, shortChars } from "../utf8.ts";
import { maxVarint32Bytes } from "../varint.ts";
import type { Writer } from "../writer.ts";

/**
 * Writers of texts for servers, whose code no page loads: they write what {@link Writer.string} writes, but faster and with more code.
 * A short ASCII text, which most are, takes one pass: its length in bytes is known beforehand.
 */

/**
 * Writes length and UTF-8 of a text at `at`, after its tag. Ensures room for it and for `rest` more bytes: read the writer's bytes again
 * afterwards. Returns the position after the text, and leaves the writer's position unspecified.
 */
export function putText(writer: Writer, at: number, text: string, rest: number): number {
  if (typeof text !== "string") throw wrong(text, "string");
  const { length } = text;
  const room = maxUtf8Bytes(text) + maxVarint32Bytes + rest;
  if (writer.bytes.length - at < room) {
    writer.position = at;
    writer.ensure(room);
  }
  const { bytes } = writer;
  if (length <= shortChars && putAscii(bytes, at + 1, text)) {
    bytes[at] = length;
    return at + 1 + length;
  }
  writer.position = putUtf8(bytes, at + 1, text);
  writer.end(at + 1);
  return writer.position;
}

/** Writes a `string` field. */
export function writeText(writer: Writer, tag: number, text: string): void {
  writer.position = putText(writer, writer.tag(tag), text, 0);
}
