/** API of the codec runtime, for generated message code and for every caller that encodes or decodes. */

export { emptyBytes } from "../empty-bytes.ts";
export {
  checkBool,
  checkBytes,
  checkDouble,
  checkFloat,
  checkInt32,
  checkInt53,
  checkInt64,
  checkUint32,
  checkUint53,
  checkUint64,
  listOf,
  mapOf,
  wrongCase,
} from "./check-values.ts";
export type { Codec, Decoder, Encoder, MessageType } from "./codec.ts";
export { decode, encode, encodeInto, raw } from "./codec.ts";
export {
  createCase,
  createList,
  createMap,
  createOne,
  type FieldInit,
  type MessageInit,
  withDefaults,
} from "./message-init.ts";
export { Reader } from "./reader.ts";
export { readKey } from "./straight/map-keys.ts";
export { putText, writeText } from "./straight/put-text.ts";
export { readBytes, readText } from "./straight/read-short.ts";
export { type KeptFields, keepUnknown, type UnknownFields, writeUnknown } from "./unknown-fields.ts";
export {
  putFixed53,
  putInt32,
  putVarint32,
  putVarint53,
  putVarint64,
  putZigzag53,
  putZigzag64,
} from "./varint.ts";
export {
  writeBool,
  writeDouble,
  writeFixed32,
  writeFixed53,
  writeFixed64,
  writeFloat,
  writeInt32,
  writeInt53,
  writeInt64,
  writeSfixed32,
  writeSfixed53,
  writeSfixed64,
  writeSint32,
  writeSint53,
  writeSint64,
  writeUint32,
  writeUint53,
  writeUint64,
} from "./write-fields.ts";
export { Writer } from "./writer.ts";
