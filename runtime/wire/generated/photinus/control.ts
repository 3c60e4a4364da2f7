// Written by photinus codegen from photinus/control.proto; do not edit.
// The control messages of the session protocol (docs/PROTOCOL.md). Each travels in a frame whose envelope kind is
// "control", under the command id that its comment names.

import {
  checkBool,
  checkBytes,
  checkDouble,
  checkInt32,
  checkUint32,
  type MessageInit,
  type MessageType,
  putInt32,
  putVarint32,
  type Reader,
  withDefaults,
  writeDouble,
  type Writer,
  writeUint32,
} from "../../codec/codec-runtime.ts";

export const NodeState = {
  /** Its link has ended; what it has of the session is answered by UNAVAILABLE until it is back. */
  LOST: 0,
  /** It is linked again. What it kept in memory only is gone. */
  BACK: 1,
  /** It has not come back in time: other nodes of the role have its part. */
  GONE: 2,
} as const;

export type NodeState = (typeof NodeState)[keyof typeof NodeState];

/** 0xFFFFFF00, server to client: asks for nothing. A server learns from how it is sent whether anybody is there. */
export interface Nothing { }

function createNothing(): Nothing {
  return {};
}

export function writeNothing(): void {

}

export function readNothing(reader: Reader, end: number, into?: Nothing): Nothing {
  const value = into ?? createNothing();
  while (reader.position < end) reader.skip(reader.tag());
  reader.finish(end);
  return value;
}

export const Nothing: MessageType<Nothing> = {
  name: "photinus.control.Nothing",
  create: createNothing,
  write: writeNothing,
  read: readNothing,
};

/** 0xFFFFFF01, client to server: the first frame of a connection. */
export interface Hello {
  /** What the client calls itself, for logs: "meadow-web/1.2". */
  client: string;
  /** Fingerprint of the schema that the client was generated from; empty when it does not know. */
  schema: string;
  /** Shown by a client that comes back: the token of the session it had. */
  resumeToken: Uint8Array;
  /** The last push sequence number it received in that session. */
  lastPush: number;
  /** What the client proves itself with, for the server's authenticator. */
  ticket: Uint8Array;
}

function createHello(): Hello {
  return { client: "", schema: "", resumeToken: new Uint8Array(), lastPush: 0, ticket: new Uint8Array() };
}

export function writeHello(writer: Writer, value: MessageInit<Hello>): void {
  if (value.client !== "" && value.client !== undefined) writer.string(0x0a, value.client);
  if (value.schema !== "" && value.schema !== undefined) writer.string(0x12, value.schema);
  if (value.resumeToken !== undefined && checkBytes(value.resumeToken).length > 0) writer.octets(0x1a, value.resumeToken);
  if (value.lastPush !== 0 && value.lastPush !== undefined) writeUint32(writer, 0x20, value.lastPush);
  if (value.ticket !== undefined && checkBytes(value.ticket).length > 0) writer.octets(0x2a, value.ticket);
}

export function readHello(reader: Reader, end: number, into?: Hello): Hello {
  const value = into ?? createHello();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        value.client = reader.string();
        break;
      case 0x12:
        value.schema = reader.string();
        break;
      case 0x1a:
        value.resumeToken = reader.octets();
        break;
      case 0x20:
        value.lastPush = reader.uint32();
        break;
      case 0x2a:
        value.ticket = reader.octets();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const Hello: MessageType<Hello> = {
  name: "photinus.control.Hello",
  create: (init) => (init === undefined ? createHello() : withDefaults(createHello(), init)),
  write: writeHello,
  read: readHello,
};

/** 0xFFFFFF02, server to client: answers Hello. */
export interface Welcome {
  /** The session's name, for logs and support. */
  session: string;
  /** The client sends something at least this often, and hears something at least this often. */
  heartbeatMs: number;
  /** The server's clock, milliseconds since 1970-01-01 UTC. */
  serverTimeMs: number;
  /** The largest frame length that the server accepts. */
  maxFrameBytes: number;
  /** Fingerprint of the server's schema. */
  schema: string;
  resumeToken: Uint8Array;
  /** For how long a dropped session can be resumed; 0: it cannot. */
  resumeWindowMs: number;
  /** True when the session named by the resume token was taken up again. */
  resumed: boolean;
  /** The largest frame length that the server sends; 0: it does not say. */
  maxServerFrameBytes: number;
}

function createWelcome(): Welcome {
  return {
    session: "",
    heartbeatMs: 0,
    serverTimeMs: 0,
    maxFrameBytes: 0,
    schema: "",
    resumeToken: new Uint8Array(),
    resumeWindowMs: 0,
    resumed: false,
    maxServerFrameBytes: 0,
  };
}

export function writeWelcome(writer: Writer, value: MessageInit<Welcome>): void {
  if (value.session !== "" && value.session !== undefined) writer.string(0x0a, value.session);
  {
    writer.ensure(21);
    const { bytes, view } = writer;
    let at = writer.position;
    if (value.heartbeatMs !== 0 && value.heartbeatMs !== undefined) {
      bytes[at++] = 0x10;
      at = putVarint32(bytes, at, checkUint32(value.heartbeatMs));
    }
    if ((value.serverTimeMs !== 0 || 1 / value.serverTimeMs < 0) && value.serverTimeMs !== undefined) {
      bytes[at++] = 0x19;
      view.setFloat64(at, checkDouble(value.serverTimeMs), true);
      at += 8;
    }
    if (value.maxFrameBytes !== 0 && value.maxFrameBytes !== undefined) {
      bytes[at++] = 0x20;
      at = putVarint32(bytes, at, checkUint32(value.maxFrameBytes));
    }
    writer.position = at;
  }
  if (value.schema !== "" && value.schema !== undefined) writer.string(0x2a, value.schema);
  if (value.resumeToken !== undefined && checkBytes(value.resumeToken).length > 0) writer.octets(0x32, value.resumeToken);
  {
    writer.ensure(14);
    const { bytes } = writer;
    let at = writer.position;
    if (value.resumeWindowMs !== 0 && value.resumeWindowMs !== undefined) {
      bytes[at++] = 0x38;
      at = putVarint32(bytes, at, checkUint32(value.resumeWindowMs));
    }
    if (value.resumed !== false && value.resumed !== undefined) {
      bytes[at++] = 0x40;
      bytes[at++] = checkBool(value.resumed) ? 1 : 0;
    }
    if (value.maxServerFrameBytes !== 0 && value.maxServerFrameBytes !== undefined) {
      bytes[at++] = 0x48;
      at = putVarint32(bytes, at, checkUint32(value.maxServerFrameBytes));
    }
    writer.position = at;
  }
}

export function readWelcome(reader: Reader, end: number, into?: Welcome): Welcome {
  const value = into ?? createWelcome();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        value.session = reader.string();
        break;
      case 0x10:
        value.heartbeatMs = reader.uint32();
        break;
      case 0x19:
        value.serverTimeMs = reader.double();
        break;
      case 0x20:
        value.maxFrameBytes = reader.uint32();
        break;
      case 0x2a:
        value.schema = reader.string();
        break;
      case 0x32:
        value.resumeToken = reader.octets();
        break;
      case 0x38:
        value.resumeWindowMs = reader.uint32();
        break;
      case 0x40:
        value.resumed = reader.bool();
        break;
      case 0x48:
        value.maxServerFrameBytes = reader.uint32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const Welcome: MessageType<Welcome> = {
  name: "photinus.control.Welcome",
  create: (init) => (init === undefined ? createWelcome() : withDefaults(createWelcome(), init)),
  write: writeWelcome,
  read: readWelcome,
};

/** 0xFFFFFF03, either way: asks for a Pong. */
export interface Ping {
  /** The sender's clock; comes back unchanged. */
  sentMs: number;
}

function createPing(): Ping {
  return { sentMs: 0 };
}

export function writePing(writer: Writer, value: MessageInit<Ping>): void {
  if ((value.sentMs !== 0 || 1 / value.sentMs < 0) && value.sentMs !== undefined) writeDouble(writer, 0x09, value.sentMs);
}

export function readPing(reader: Reader, end: number, into?: Ping): Ping {
  const value = into ?? createPing();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x09:
        value.sentMs = reader.double();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const Ping: MessageType<Ping> = {
  name: "photinus.control.Ping",
  create: (init) => (init === undefined ? createPing() : withDefaults(createPing(), init)),
  write: writePing,
  read: readPing,
};

/** 0xFFFFFF04, either way: answers Ping. */
export interface Pong {
  sentMs: number;
  /** The answering side's clock. */
  clockMs: number;
}

function createPong(): Pong {
  return { sentMs: 0, clockMs: 0 };
}

export function writePong(writer: Writer, value: MessageInit<Pong>): void {
  writer.ensure(18);
  const { bytes, view } = writer;
  let at = writer.position;
  if ((value.sentMs !== 0 || 1 / value.sentMs < 0) && value.sentMs !== undefined) {
    bytes[at++] = 0x09;
    view.setFloat64(at, checkDouble(value.sentMs), true);
    at += 8;
  }
  if ((value.clockMs !== 0 || 1 / value.clockMs < 0) && value.clockMs !== undefined) {
    bytes[at++] = 0x11;
    view.setFloat64(at, checkDouble(value.clockMs), true);
    at += 8;
  }
  writer.position = at;
}

export function readPong(reader: Reader, end: number, into?: Pong): Pong {
  const value = into ?? createPong();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x09:
        value.sentMs = reader.double();
        break;
      case 0x11:
        value.clockMs = reader.double();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const Pong: MessageType<Pong> = {
  name: "photinus.control.Pong",
  create: (init) => (init === undefined ? createPong() : withDefaults(createPong(), init)),
  write: writePong,
  read: readPong,
};

/** 0xFFFFFF05, client to server: the caller of this request no longer waits. */
export interface Cancel {
  /** Sequence number of the request. */
  sequence: number;
}

function createCancel(): Cancel {
  return { sequence: 0 };
}

export function writeCancel(writer: Writer, value: MessageInit<Cancel>): void {
  if (value.sequence !== 0 && value.sequence !== undefined) writeUint32(writer, 0x08, value.sequence);
}

export function readCancel(reader: Reader, end: number, into?: Cancel): Cancel {
  const value = into ?? createCancel();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        value.sequence = reader.uint32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const Cancel: MessageType<Cancel> = {
  name: "photinus.control.Cancel",
  create: (init) => (init === undefined ? createCancel() : withDefaults(createCancel(), init)),
  write: writeCancel,
  read: readCancel,
};

/** 0xFFFFFF06, server to client: the last frame before the server closes the connection. */
export interface Kick {
  /** An error code (schema/errors.ts). */
  code: number;
  reason: string;
  /** False when the client must not reconnect by itself, as after a duplicate login. */
  reconnect: boolean;
  /** A client that may reconnect does not come back earlier than this; 0: when it likes. */
  retryAfterMs: number;
}

function createKick(): Kick {
  return { code: 0, reason: "", reconnect: false, retryAfterMs: 0 };
}

export function writeKick(writer: Writer, value: MessageInit<Kick>): void {
  if (value.code !== 0 && value.code !== undefined) writeUint32(writer, 0x08, value.code);
  if (value.reason !== "" && value.reason !== undefined) writer.string(0x12, value.reason);
  writer.ensure(8);
  const { bytes } = writer;
  let at = writer.position;
  if (value.reconnect !== false && value.reconnect !== undefined) {
    bytes[at++] = 0x18;
    bytes[at++] = checkBool(value.reconnect) ? 1 : 0;
  }
  if (value.retryAfterMs !== 0 && value.retryAfterMs !== undefined) {
    bytes[at++] = 0x20;
    at = putVarint32(bytes, at, checkUint32(value.retryAfterMs));
  }
  writer.position = at;
}

export function readKick(reader: Reader, end: number, into?: Kick): Kick {
  const value = into ?? createKick();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        value.code = reader.uint32();
        break;
      case 0x12:
        value.reason = reader.string();
        break;
      case 0x18:
        value.reconnect = reader.bool();
        break;
      case 0x20:
        value.retryAfterMs = reader.uint32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const Kick: MessageType<Kick> = {
  name: "photinus.control.Kick",
  create: (init) => (init === undefined ? createKick() : withDefaults(createKick(), init)),
  write: writeKick,
  read: readKick,
};

/** 0xFFFFFF07, server to client: the server is about to stop; finish, then connect elsewhere. */
export interface GoAway {
  /** Where to go; empty: the same address. */
  address: string;
  /** The connection closes after this time. */
  graceMs: number;
}

function createGoAway(): GoAway {
  return { address: "", graceMs: 0 };
}

export function writeGoAway(writer: Writer, value: MessageInit<GoAway>): void {
  if (value.address !== "" && value.address !== undefined) writer.string(0x0a, value.address);
  if (value.graceMs !== 0 && value.graceMs !== undefined) writeUint32(writer, 0x10, value.graceMs);
}

export function readGoAway(reader: Reader, end: number, into?: GoAway): GoAway {
  const value = into ?? createGoAway();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        value.address = reader.string();
        break;
      case 0x10:
        value.graceMs = reader.uint32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const GoAway: MessageType<GoAway> = {
  name: "photinus.control.GoAway",
  create: (init) => (init === undefined ? createGoAway() : withDefaults(createGoAway(), init)),
  write: writeGoAway,
  read: readGoAway,
};

/** 0xFFFFFF08, client to server: pushes up to this sequence number have arrived. */
export interface Ack {
  push: number;
}

function createAck(): Ack {
  return { push: 0 };
}

export function writeAck(writer: Writer, value: MessageInit<Ack>): void {
  if (value.push !== 0 && value.push !== undefined) writeUint32(writer, 0x08, value.push);
}

export function readAck(reader: Reader, end: number, into?: Ack): Ack {
  const value = into ?? createAck();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        value.push = reader.uint32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const Ack: MessageType<Ack> = {
  name: "photinus.control.Ack",
  create: (init) => (init === undefined ? createAck() : withDefaults(createAck(), init)),
  write: writeAck,
  read: readAck,
};

/** 0xFFFFFF09, server to client: what became of a node that has served this session. */
export interface NodeChange {
  role: string;
  node: string;
  state: NodeState;
  /** With LOST: the node had said before that it would stop. */
  planned: boolean;
  /** With LOST: for how long its place is kept for it. */
  awaitedMs: number;
}

function createNodeChange(): NodeChange {
  return { role: "", node: "", state: 0, planned: false, awaitedMs: 0 };
}

export function writeNodeChange(writer: Writer, value: MessageInit<NodeChange>): void {
  if (value.role !== "" && value.role !== undefined) writer.string(0x0a, value.role);
  if (value.node !== "" && value.node !== undefined) writer.string(0x12, value.node);
  writer.ensure(19);
  const { bytes } = writer;
  let at = writer.position;
  if (value.state !== 0 && value.state !== undefined) {
    bytes[at++] = 0x18;
    at = putInt32(bytes, at, checkInt32(value.state));
  }
  if (value.planned !== false && value.planned !== undefined) {
    bytes[at++] = 0x20;
    bytes[at++] = checkBool(value.planned) ? 1 : 0;
  }
  if (value.awaitedMs !== 0 && value.awaitedMs !== undefined) {
    bytes[at++] = 0x28;
    at = putVarint32(bytes, at, checkUint32(value.awaitedMs));
  }
  writer.position = at;
}

export function readNodeChange(reader: Reader, end: number, into?: NodeChange): NodeChange {
  const value = into ?? createNodeChange();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        value.role = reader.string();
        break;
      case 0x12:
        value.node = reader.string();
        break;
      case 0x18:
        value.state = reader.int32() as NodeState;
        break;
      case 0x20:
        value.planned = reader.bool();
        break;
      case 0x28:
        value.awaitedMs = reader.uint32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const NodeChange: MessageType<NodeChange> = {
  name: "photinus.control.NodeChange",
  create: (init) => (init === undefined ? createNodeChange() : withDefaults(createNodeChange(), init)),
  write: writeNodeChange,
  read: readNodeChange,
};

/**
 * The body of an envelope of kind "error". On a classic connection, the payload of a frame with the reserved command
 * 0xFFFFFF7F, which stands where the reply would have stood.
 */
export interface Failure {
  /** An error code (schema/errors.ts). */
  code: number;
  message: string;
  /** When trying again may succeed; 0: not known. */
  retryAfterMs: number;
  /** On a classic connection: the command that failed; 0 when the connection is about to be closed. Otherwise 0. */
  command: number;
}

function createFailure(): Failure {
  return { code: 0, message: "", retryAfterMs: 0, command: 0 };
}

export function writeFailure(writer: Writer, value: MessageInit<Failure>): void {
  if (value.code !== 0 && value.code !== undefined) writeUint32(writer, 0x08, value.code);
  if (value.message !== "" && value.message !== undefined) writer.string(0x12, value.message);
  writer.ensure(12);
  const { bytes } = writer;
  let at = writer.position;
  if (value.retryAfterMs !== 0 && value.retryAfterMs !== undefined) {
    bytes[at++] = 0x18;
    at = putVarint32(bytes, at, checkUint32(value.retryAfterMs));
  }
  if (value.command !== 0 && value.command !== undefined) {
    bytes[at++] = 0x20;
    at = putVarint32(bytes, at, checkUint32(value.command));
  }
  writer.position = at;
}

export function readFailure(reader: Reader, end: number, into?: Failure): Failure {
  const value = into ?? createFailure();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        value.code = reader.uint32();
        break;
      case 0x12:
        value.message = reader.string();
        break;
      case 0x18:
        value.retryAfterMs = reader.uint32();
        break;
      case 0x20:
        value.command = reader.uint32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const Failure: MessageType<Failure> = {
  name: "photinus.control.Failure",
  create: (init) => (init === undefined ? createFailure() : withDefaults(createFailure(), init)),
  write: writeFailure,
  read: readFailure,
};
