/**
 * The client runtime of Photinus for browsers and every engine with a W3C WebSocket. Generated SDKs stand on it.
 * @packageDocumentation
 */
import type { Dial } from "./channel/dial.ts";
import type { ConnectOptions } from "./connect-options.ts";
import { Connection } from "./connection.ts";
import { dialWebSocket } from "./transport/websocket.ts";

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
export { type ErrorCode, isPhotinusError, PhotinusError } from "../../../schema/errors.ts";
export type { CallOptions, ClientCommand, ClientPush } from "./call-descriptors.ts";
export type { Dial, DialOptions, Ticket } from "./channel/dial.ts";
export type { ConnectOptions, ReconnectOptions } from "./connect-options.ts";
export { type CloseOptions, Connection } from "./connection.ts";
export type { ConnectionState, StateEvent } from "./connection-state.ts";
export type { WebSocketConstructor, WebSocketLike } from "./transport/websocket.ts";

/**
 * Connects to a server and resolves when it has said welcome.
 *
 * @param url "wss://host/path" or "ws://host:port"; with option `dial` whatever that takes
 * @throws PhotinusError: UNAVAILABLE when the server cannot be reached, DEADLINE_EXCEEDED when it does not say welcome in
 *   time, CANCELLED by the signal, INVALID_ARGUMENT for a wrong address or option, or the code of the server's refusal.
 *   There is no second attempt: only a connection that was open once is taken up again by itself.
 */
export function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  const dial: Dial = options.dial ?? dialWebSocket;
  return Connection.open(dial, url, options);
}
