/** The codec runtime: what generated message code, and everybody who encodes or decodes, imports. */
export type { Codec, MessageType } from "./codec.ts";
export { decode, encode, raw } from "./codec.ts";
export { Reader } from "./reader.ts";
export { fixed53, int32, varint32, varint53, varint64, zigzag53, zigzag64 } from "./varint.ts";
export { Writer } from "./writer.ts";
