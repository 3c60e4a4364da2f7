/** The codec runtime: what generated message code, and everybody who encodes or decodes, imports. */
export type { Codec, MessageType } from "./codec.ts";
export { decode, encode, raw } from "./codec.ts";
export { Reader } from "./reader.ts";
export { keepUnknown, type UnknownFields } from "./unknown.ts";
export {
  putFixed53,
  putInt32,
  putVarint32,
  putVarint53,
  putVarint64,
  putZigzag53,
  putZigzag64,
} from "./varint.ts";
export { Writer } from "./writer.ts";
