/**
 * Every name that generated code may import from a runtime, with the sides that may import it. Generated code of an older
 * generator must keep working, so a name of this table is only moved or renamed in a new version of the entry point.
 */

/** Runtime that the output is for: a node, a client, or the runtime itself (its control messages). */
export type Side = "server" | "client" | "internal";

/** Module that each side imports from. The internal path is relative to the output folder, `runtime/wire/generated`. */
export const entryPoints = {
  server: { package: "photinus/v1" },
  client: { package: "@photinus/client" },
  internal: { file: "../codec/codec-runtime.ts" },
} as const;

const everySide = ["server", "client", "internal"] as const;
const server = ["server"] as const;
const client = ["client"] as const;

const table = {
  // Codecs
  Codec: everySide,
  MessageInit: everySide,
  MessageType: everySide,
  Reader: everySide,
  Writer: everySide,
  raw: everySide,
  UnknownFields: server,
  putText: server,
  readBytes: server,
  readKey: server,
  readText: server,
  keepUnknown: server,
  writeText: server,
  writeUnknown: server,
  checkBool: everySide,
  checkBytes: everySide,
  checkDouble: everySide,
  checkFloat: everySide,
  checkInt32: everySide,
  checkInt53: everySide,
  checkInt64: everySide,
  checkUint32: everySide,
  checkUint53: everySide,
  checkUint64: everySide,
  createCase: everySide,
  createList: everySide,
  createMap: everySide,
  createOne: everySide,
  emptyBytes: everySide,
  withDefaults: everySide,
  listOf: everySide,
  mapOf: everySide,
  putFixed53: everySide,
  putInt32: everySide,
  putVarint32: everySide,
  putVarint53: everySide,
  putVarint64: everySide,
  putZigzag53: everySide,
  putZigzag64: everySide,
  writeBool: everySide,
  writeDouble: everySide,
  writeFixed32: everySide,
  writeFixed53: everySide,
  writeFixed64: everySide,
  writeFloat: everySide,
  writeInt32: everySide,
  writeInt53: everySide,
  writeInt64: everySide,
  writeSfixed32: everySide,
  writeSfixed53: everySide,
  writeSfixed64: everySide,
  writeSint32: everySide,
  writeSint53: everySide,
  writeSint64: everySide,
  writeUint32: everySide,
  writeUint53: everySide,
  writeUint64: everySide,
  wrongCase: everySide,

  // Services
  Awaitable: server,
  Caller: server,
  CommandContext: server,
  HeavyHandler: server,
  MethodCallOptions: server,
  MethodContext: server,
  MethodDescriptor: server,
  PushDescriptor: server,
  PushTarget: server,
  ServiceImplementation: server,
  callMethod: server,
  defineService: server,
  noticeMethod: server,
  sendPush: server,

  // Tables
  Entity: server,
  Table: server,
  columnValue: server,
  decode: server,
  defineTable: server,
  timestampOf: server,

  // The gate's routing table
  Protocol: server,
  fieldHash: server,
  fieldKey: server,
  findField: server,

  // Clients
  CallOptions: client,
  ClientCommand: client,
  ClientPush: client,
  ConnectOptions: client,
  Connection: client,
  connect: client,
} as const satisfies Record<string, readonly Side[]>;

/** A name of the table. */
export type RuntimeName = keyof typeof table;

/** The table: each name with the sides that may import it. */
export const runtimeNames: Readonly<Record<RuntimeName, readonly Side[]>> = table;
