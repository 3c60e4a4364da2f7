/**
 * The runtime API of generated server code, imported as `photinus/v1`. After the first release it only grows. A change
 * that would break generated code opens `v2` beside it.
 */

export { columnValue, timestampOf } from "../tables/columns/column-value.ts";
export { defineTable } from "../tables/handle/define-table.ts";
export { Entity } from "../tables/handle/entity.ts";
export type { Table } from "../tables/handle/table-shape.ts";
export type {
  Codec,
  Decoder,
  Encoder,
  KeptFields,
  MessageInit,
  MessageType,
  UnknownFields,
} from "../wire/codec/codec-runtime.ts";
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
  createCase,
  createList,
  createMap,
  createOne,
  decode,
  emptyBytes,
  keepUnknown,
  listOf,
  mapOf,
  putFixed53,
  putInt32,
  putText,
  putVarint32,
  putVarint53,
  putVarint64,
  putZigzag53,
  putZigzag64,
  Reader,
  raw,
  readBytes,
  readKey,
  readText,
  Writer,
  withDefaults,
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
  writeText,
  writeUint32,
  writeUint53,
  writeUint64,
  writeUnknown,
  wrongCase,
} from "../wire/codec/codec-runtime.ts";
export { fieldKey } from "../wire/key/field-key.ts";
export { findField } from "../wire/key/find-field.ts";
export { fieldHash, hashKey } from "../wire/key/hash-key.ts";
export type { CommandDescriptor, MethodDescriptor, PushDescriptor } from "./descriptors.ts";
export type {
  Awaitable,
  CallContext,
  Caller,
  CommandContext,
  GroupTarget,
  MethodCallOptions,
  MethodContext,
  NodeHandle,
  PushTarget,
  Session,
} from "./handler-context.ts";
export type {
  CommandEntry,
  MethodEntry,
  Protocol,
  PushEntry,
  RateEntry,
  RouteEntry,
} from "./protocol.ts";
export type { HeavyHandler, Service, ServiceDefinition, ServiceImplementation } from "./service.ts";
export { callMethod, defineService, noticeMethod, sendPush } from "./service.ts";
