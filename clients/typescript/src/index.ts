/**
 * The client runtime of Photinus, for browsers and every engine with a W3C WebSocket. Generated SDKs build on it.
 * @packageDocumentation
 */
import type { ConnectOptions } from "./connect-options.ts";
import { Connection } from "./connection.ts";

export {
  type Codec,
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
  type Decoder,
  decode,
  type Encoder,
  emptyBytes,
  encode,
  listOf,
  type MessageInit,
  type MessageType,
  mapOf,
  putFixed53,
  putInt32,
  putVarint32,
  putVarint53,
  putVarint64,
  putZigzag53,
  putZigzag64,
  Reader,
  raw,
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
  writeUint32,
  writeUint53,
  writeUint64,
  wrongCase,
} from "../../../runtime/wire/codec/codec-runtime.ts";
export type { FrameFormat } from "../../../runtime/wire/frame/frame-format.ts";
export {
  type ErrorCode,
  isPhotinusError,
  PhotinusError,
  type UpgradeRequired,
} from "../../../schema/errors.ts";
export type { CallOptions, ClientCommand, ClientPush } from "./call-descriptors.ts";
export type { Compression, Dial, DialOptions, Proof, Ticket } from "./channel/dial.ts";
export type { ConnectOptions, ReconnectOptions } from "./connect-options.ts";
export { type CloseOptions, Connection } from "./connection.ts";
export type { ConnectionState, StateEvent } from "./connection-state.ts";
export type { WebSocketConstructor, WebSocketLike } from "./transport/websocket.ts";

/**
 * Connects to a server and resolves after its welcome. Only a connection that was open once reconnects by itself; a
 * failure of the first attempt rejects.
 *
 * @param url "wss://host/path" or "ws://host:port"; with the option `dial`, every address that it supports
 * @param options see {@link ConnectOptions}
 * @throws PhotinusError: UNAVAILABLE when the server is unreachable; DEADLINE_EXCEEDED when no welcome arrives in time;
 * CANCELLED by the signal; INVALID_ARGUMENT for an invalid address or option; or the code with which the server rejects
 * the client
 */
export function connect(url: string, options?: ConnectOptions): Promise<Connection> {
  return Connection.open(url, options);
}
