// Written by photinus codegen from photinus/link.proto; do not edit.
// The administration of links between nodes and gates (docs/PROTOCOL.md). Each message is the body of an ASK or a NOTICE
// under the reserved method number that its comment names. Order on a link is order of sending, so that a push sent after
// a join reaches the one who joined.

import {
  checkBool,
  checkInt32,
  checkUint32,
  checkUint53,
  checkUint64,
  type MessageInit,
  type MessageType,
  putInt32,
  putVarint32,
  putVarint53,
  putVarint64,
  type Reader,
  withDefaults,
  writeBool,
  type Writer,
  writeUint32,
} from "../../codec/codec-runtime.ts";

export const NodeState = {
  /** Its link has ended. */
  LOST: 0,
  /** It is linked again. */
  BACK: 1,
  /** It has not come back in time. */
  GONE: 2,
} as const;

export type NodeState = (typeof NodeState)[keyof typeof NodeState];

/** What a session has proved. */
export const AuthLevel = {
  ANYONE: 0,
  USER: 1,
  ADMIN: 2,
} as const;

export type AuthLevel = (typeof AuthLevel)[keyof typeof AuthLevel];

/** 0xFFFFFF01, ASK, node to gate: the first message of a link; answered by LinkWelcome. */
export interface LinkHello {
  /** Unique among the nodes; a link of the same name that is still open is replaced. */
  name: string;
  role: string;
  /** Chosen at random at each start of the process. */
  bootId: string;
  /** Fingerprint of the schema that the node's handlers were generated from; empty when it does not know. */
  schema: string;
  /** Version of the link protocol: 1. */
  version: number;
}

function createLinkHello(): LinkHello {
  return { name: "", role: "", bootId: "", schema: "", version: 0 };
}

export function writeLinkHello(writer: Writer, value: MessageInit<LinkHello>): void {
  if (value.name !== "" && value.name !== undefined) writer.string(0x0a, value.name);
  if (value.role !== "" && value.role !== undefined) writer.string(0x12, value.role);
  if (value.bootId !== "" && value.bootId !== undefined) writer.string(0x1a, value.bootId);
  if (value.schema !== "" && value.schema !== undefined) writer.string(0x22, value.schema);
  if (value.version !== 0 && value.version !== undefined) writeUint32(writer, 0x28, value.version);
}

export function readLinkHello(reader: Reader, end: number, into?: LinkHello): LinkHello {
  const value = into ?? createLinkHello();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        value.name = reader.string();
        break;
      case 0x12:
        value.role = reader.string();
        break;
      case 0x1a:
        value.bootId = reader.string();
        break;
      case 0x22:
        value.schema = reader.string();
        break;
      case 0x28:
        value.version = reader.uint32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const LinkHello: MessageType<LinkHello> = {
  name: "photinus.link.LinkHello",
  create: (init) => (init === undefined ? createLinkHello() : withDefaults(createLinkHello(), init)),
  write: writeLinkHello,
  read: readLinkHello,
};

export interface LinkWelcome {
  /** The gate's name. */
  gate: string;
  bootId: string;
  schema: string;
  version: number;
  /** The largest body of a reply or a push to a client, bytes; 0: the gate does not say. */
  maxClientBodyBytes: number;
}

function createLinkWelcome(): LinkWelcome {
  return { gate: "", bootId: "", schema: "", version: 0, maxClientBodyBytes: 0 };
}

export function writeLinkWelcome(writer: Writer, value: MessageInit<LinkWelcome>): void {
  if (value.gate !== "" && value.gate !== undefined) writer.string(0x0a, value.gate);
  if (value.bootId !== "" && value.bootId !== undefined) writer.string(0x12, value.bootId);
  if (value.schema !== "" && value.schema !== undefined) writer.string(0x1a, value.schema);
  writer.ensure(12);
  const { bytes } = writer;
  let at = writer.position;
  if (value.version !== 0 && value.version !== undefined) {
    bytes[at++] = 0x20;
    at = putVarint32(bytes, at, checkUint32(value.version));
  }
  if (value.maxClientBodyBytes !== 0 && value.maxClientBodyBytes !== undefined) {
    bytes[at++] = 0x28;
    at = putVarint32(bytes, at, checkUint32(value.maxClientBodyBytes));
  }
  writer.position = at;
}

export function readLinkWelcome(reader: Reader, end: number, into?: LinkWelcome): LinkWelcome {
  const value = into ?? createLinkWelcome();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        value.gate = reader.string();
        break;
      case 0x12:
        value.bootId = reader.string();
        break;
      case 0x1a:
        value.schema = reader.string();
        break;
      case 0x20:
        value.version = reader.uint32();
        break;
      case 0x28:
        value.maxClientBodyBytes = reader.uint32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const LinkWelcome: MessageType<LinkWelcome> = {
  name: "photinus.link.LinkWelcome",
  create: (init) => (init === undefined ? createLinkWelcome() : withDefaults(createLinkWelcome(), init)),
  write: writeLinkWelcome,
  read: readLinkWelcome,
};

/** 0xFFFFFF02, NOTICE, gate to node: comes before the first relay of a session to this node. */
export interface SessionOpen {
  session: number;
  /** 0: not bound yet. */
  userId: bigint;
  auth: AuthLevel;
  /** The client's address. */
  remote: string;
}

function createSessionOpen(): SessionOpen {
  return { session: 0, userId: 0n, auth: 0, remote: "" };
}

export function writeSessionOpen(writer: Writer, value: MessageInit<SessionOpen>): void {
  writer.ensure(28);
  const { bytes } = writer;
  let at = writer.position;
  if (value.session !== 0 && value.session !== undefined) {
    bytes[at++] = 0x08;
    at = putVarint32(bytes, at, checkUint32(value.session));
  }
  if (value.userId !== 0n && value.userId !== undefined) {
    bytes[at++] = 0x10;
    at = putVarint64(bytes, at, checkUint64(value.userId));
  }
  if (value.auth !== 0 && value.auth !== undefined) {
    bytes[at++] = 0x18;
    at = putInt32(bytes, at, checkInt32(value.auth));
  }
  writer.position = at;
  if (value.remote !== "" && value.remote !== undefined) writer.string(0x22, value.remote);
}

export function readSessionOpen(reader: Reader, end: number, into?: SessionOpen): SessionOpen {
  const value = into ?? createSessionOpen();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        value.session = reader.uint32();
        break;
      case 0x10:
        value.userId = reader.uint64();
        break;
      case 0x18:
        value.auth = reader.int32() as AuthLevel;
        break;
      case 0x22:
        value.remote = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const SessionOpen: MessageType<SessionOpen> = {
  name: "photinus.link.SessionOpen",
  create: (init) => (init === undefined ? createSessionOpen() : withDefaults(createSessionOpen(), init)),
  write: writeSessionOpen,
  read: readSessionOpen,
};

/** 0xFFFFFF03, NOTICE, gate to node: the session is gone; nothing of it follows. */
export interface SessionEnd {
  session: number;
  reason: string;
}

function createSessionEnd(): SessionEnd {
  return { session: 0, reason: "" };
}

export function writeSessionEnd(writer: Writer, value: MessageInit<SessionEnd>): void {
  if (value.session !== 0 && value.session !== undefined) writeUint32(writer, 0x08, value.session);
  if (value.reason !== "" && value.reason !== undefined) writer.string(0x12, value.reason);
}

export function readSessionEnd(reader: Reader, end: number, into?: SessionEnd): SessionEnd {
  const value = into ?? createSessionEnd();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        value.session = reader.uint32();
        break;
      case 0x12:
        value.reason = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const SessionEnd: MessageType<SessionEnd> = {
  name: "photinus.link.SessionEnd",
  create: (init) => (init === undefined ? createSessionEnd() : withDefaults(createSessionEnd(), init)),
  write: writeSessionEnd,
  read: readSessionEnd,
};

/** 0xFFFFFF04, NOTICE, gate to node: the session is bound to a user now. Goes to every node that was told of the session. */
export interface SessionBound {
  session: number;
  userId: bigint;
  auth: AuthLevel;
}

function createSessionBound(): SessionBound {
  return { session: 0, userId: 0n, auth: 0 };
}

export function writeSessionBound(writer: Writer, value: MessageInit<SessionBound>): void {
  writer.ensure(28);
  const { bytes } = writer;
  let at = writer.position;
  if (value.session !== 0 && value.session !== undefined) {
    bytes[at++] = 0x08;
    at = putVarint32(bytes, at, checkUint32(value.session));
  }
  if (value.userId !== 0n && value.userId !== undefined) {
    bytes[at++] = 0x10;
    at = putVarint64(bytes, at, checkUint64(value.userId));
  }
  if (value.auth !== 0 && value.auth !== undefined) {
    bytes[at++] = 0x18;
    at = putInt32(bytes, at, checkInt32(value.auth));
  }
  writer.position = at;
}

export function readSessionBound(reader: Reader, end: number, into?: SessionBound): SessionBound {
  const value = into ?? createSessionBound();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        value.session = reader.uint32();
        break;
      case 0x10:
        value.userId = reader.uint64();
        break;
      case 0x18:
        value.auth = reader.int32() as AuthLevel;
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const SessionBound: MessageType<SessionBound> = {
  name: "photinus.link.SessionBound",
  create: (init) => (init === undefined ? createSessionBound() : withDefaults(createSessionBound(), init)),
  write: writeSessionBound,
  read: readSessionBound,
};

/**
 * 0xFFFFFF05, ASK, node to gate: binds a session to a user. Answered by nothing (an empty body), or fails with ABORTED
 * when a newer session of the user is bound, UNAVAILABLE when the session is gone.
 */
export interface Bind {
  session: number;
  userId: bigint;
  auth: AuthLevel;
  /** Grows with time: of two sessions of one user, the higher one stays. */
  generation: number;
}

function createBind(): Bind {
  return { session: 0, userId: 0n, auth: 0, generation: 0 };
}

export function writeBind(writer: Writer, value: MessageInit<Bind>): void {
  writer.ensure(39);
  const { bytes } = writer;
  let at = writer.position;
  if (value.session !== 0 && value.session !== undefined) {
    bytes[at++] = 0x08;
    at = putVarint32(bytes, at, checkUint32(value.session));
  }
  if (value.userId !== 0n && value.userId !== undefined) {
    bytes[at++] = 0x10;
    at = putVarint64(bytes, at, checkUint64(value.userId));
  }
  if (value.auth !== 0 && value.auth !== undefined) {
    bytes[at++] = 0x18;
    at = putInt32(bytes, at, checkInt32(value.auth));
  }
  if (value.generation !== 0 && value.generation !== undefined) {
    bytes[at++] = 0x20;
    at = putVarint53(bytes, at, checkUint53(value.generation));
  }
  writer.position = at;
}

export function readBind(reader: Reader, end: number, into?: Bind): Bind {
  const value = into ?? createBind();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        value.session = reader.uint32();
        break;
      case 0x10:
        value.userId = reader.uint64();
        break;
      case 0x18:
        value.auth = reader.int32() as AuthLevel;
        break;
      case 0x20:
        value.generation = reader.uint53();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const Bind: MessageType<Bind> = {
  name: "photinus.link.Bind",
  create: (init) => (init === undefined ? createBind() : withDefaults(createBind(), init)),
  write: writeBind,
  read: readBind,
};

/** 0xFFFFFF06, NOTICE, node to every other gate: the user is bound elsewhere; a session with a lower generation is kicked. */
export interface UserBound {
  userId: bigint;
  generation: number;
}

function createUserBound(): UserBound {
  return { userId: 0n, generation: 0 };
}

export function writeUserBound(writer: Writer, value: MessageInit<UserBound>): void {
  writer.ensure(22);
  const { bytes } = writer;
  let at = writer.position;
  if (value.userId !== 0n && value.userId !== undefined) {
    bytes[at++] = 0x08;
    at = putVarint64(bytes, at, checkUint64(value.userId));
  }
  if (value.generation !== 0 && value.generation !== undefined) {
    bytes[at++] = 0x10;
    at = putVarint53(bytes, at, checkUint53(value.generation));
  }
  writer.position = at;
}

export function readUserBound(reader: Reader, end: number, into?: UserBound): UserBound {
  const value = into ?? createUserBound();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        value.userId = reader.uint64();
        break;
      case 0x10:
        value.generation = reader.uint53();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const UserBound: MessageType<UserBound> = {
  name: "photinus.link.UserBound",
  create: (init) => (init === undefined ? createUserBound() : withDefaults(createUserBound(), init)),
  write: writeUserBound,
  read: readUserBound,
};

/** 0xFFFFFF07 joins, 0xFFFFFF08 leaves. NOTICE, node to gate. */
export interface Membership {
  session: number;
  group: string;
  /** Of a join: true when the session is to leave the group when the link of the node that says this ends. */
  untilLost: boolean;
}

function createMembership(): Membership {
  return { session: 0, group: "", untilLost: false };
}

export function writeMembership(writer: Writer, value: MessageInit<Membership>): void {
  if (value.session !== 0 && value.session !== undefined) writeUint32(writer, 0x08, value.session);
  if (value.group !== "" && value.group !== undefined) writer.string(0x12, value.group);
  if (value.untilLost !== false && value.untilLost !== undefined) writeBool(writer, 0x18, value.untilLost);
}

export function readMembership(reader: Reader, end: number, into?: Membership): Membership {
  const value = into ?? createMembership();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        value.session = reader.uint32();
        break;
      case 0x12:
        value.group = reader.string();
        break;
      case 0x18:
        value.untilLost = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const Membership: MessageType<Membership> = {
  name: "photinus.link.Membership",
  create: (init) => (init === undefined ? createMembership() : withDefaults(createMembership(), init)),
  write: writeMembership,
  read: readMembership,
};

/** 0xFFFFFF09, NOTICE, node to gate: tells the client why and closes its connection. */
export interface KickSession {
  session: number;
  /** An error code (schema/errors.ts). */
  code: number;
  reason: string;
  reconnect: boolean;
}

function createKickSession(): KickSession {
  return { session: 0, code: 0, reason: "", reconnect: false };
}

export function writeKickSession(writer: Writer, value: MessageInit<KickSession>): void {
  writer.ensure(12);
  const { bytes } = writer;
  let at = writer.position;
  if (value.session !== 0 && value.session !== undefined) {
    bytes[at++] = 0x08;
    at = putVarint32(bytes, at, checkUint32(value.session));
  }
  if (value.code !== 0 && value.code !== undefined) {
    bytes[at++] = 0x10;
    at = putVarint32(bytes, at, checkUint32(value.code));
  }
  writer.position = at;
  if (value.reason !== "" && value.reason !== undefined) writer.string(0x1a, value.reason);
  if (value.reconnect !== false && value.reconnect !== undefined) writeBool(writer, 0x20, value.reconnect);
}

export function readKickSession(reader: Reader, end: number, into?: KickSession): KickSession {
  const value = into ?? createKickSession();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        value.session = reader.uint32();
        break;
      case 0x10:
        value.code = reader.uint32();
        break;
      case 0x1a:
        value.reason = reader.string();
        break;
      case 0x20:
        value.reconnect = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const KickSession: MessageType<KickSession> = {
  name: "photinus.link.KickSession",
  create: (init) => (init === undefined ? createKickSession() : withDefaults(createKickSession(), init)),
  write: writeKickSession,
  read: readKickSession,
};

/** 0xFFFFFF0A, NOTICE, node to gate: commands of the session that are routed by session go to this node from now on. */
export interface AssignSession {
  session: number;
  role: string;
  node: string;
}

function createAssignSession(): AssignSession {
  return { session: 0, role: "", node: "" };
}

export function writeAssignSession(writer: Writer, value: MessageInit<AssignSession>): void {
  if (value.session !== 0 && value.session !== undefined) writeUint32(writer, 0x08, value.session);
  if (value.role !== "" && value.role !== undefined) writer.string(0x12, value.role);
  if (value.node !== "" && value.node !== undefined) writer.string(0x1a, value.node);
}

export function readAssignSession(reader: Reader, end: number, into?: AssignSession): AssignSession {
  const value = into ?? createAssignSession();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        value.session = reader.uint32();
        break;
      case 0x12:
        value.role = reader.string();
        break;
      case 0x1a:
        value.node = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const AssignSession: MessageType<AssignSession> = {
  name: "photinus.link.AssignSession",
  create: (init) => (init === undefined ? createAssignSession() : withDefaults(createAssignSession(), init)),
  write: writeAssignSession,
  read: readAssignSession,
};

/** 0xFFFFFF0B, ASK, gate to node: answered (with an empty body) when all that came before it on the lane is done. */
export interface LaneBarrier {
  session: number;
  lane: string;
}

function createLaneBarrier(): LaneBarrier {
  return { session: 0, lane: "" };
}

export function writeLaneBarrier(writer: Writer, value: MessageInit<LaneBarrier>): void {
  if (value.session !== 0 && value.session !== undefined) writeUint32(writer, 0x08, value.session);
  if (value.lane !== "" && value.lane !== undefined) writer.string(0x12, value.lane);
}

export function readLaneBarrier(reader: Reader, end: number, into?: LaneBarrier): LaneBarrier {
  const value = into ?? createLaneBarrier();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        value.session = reader.uint32();
        break;
      case 0x12:
        value.lane = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const LaneBarrier: MessageType<LaneBarrier> = {
  name: "photinus.link.LaneBarrier",
  create: (init) => (init === undefined ? createLaneBarrier() : withDefaults(createLaneBarrier(), init)),
  write: writeLaneBarrier,
  read: readLaneBarrier,
};

/**
 * 0xFFFFFF0C, NOTICE, either way. From a node: it is about to stop; give it no new work. Work that it has is finished. From
 * a gate: it stops now, and the end of the link that follows is no failure.
 */
export interface Draining { }

function createDraining(): Draining {
  return {};
}

export function writeDraining(): void {

}

export function readDraining(reader: Reader, end: number, into?: Draining): Draining {
  const value = into ?? createDraining();
  while (reader.position < end) reader.skip(reader.tag());
  reader.finish(end);
  return value;
}

export const Draining: MessageType<Draining> = {
  name: "photinus.link.Draining",
  create: createDraining,
  write: writeDraining,
  read: readDraining,
};

/** 0xFFFFFF0D, NOTICE, gate to node: what became of another node of the gate. */
export interface NodeChanged {
  node: string;
  role: string;
  /** Of the node's life that has ended, or has begun. */
  bootId: string;
  state: NodeState;
  /** With LOST: the node had said before that it would stop. */
  planned: boolean;
  /** With LOST: for how long the gate keeps its place for it. */
  awaitedMs: number;
}

function createNodeChanged(): NodeChanged {
  return { node: "", role: "", bootId: "", state: 0, planned: false, awaitedMs: 0 };
}

export function writeNodeChanged(writer: Writer, value: MessageInit<NodeChanged>): void {
  if (value.node !== "" && value.node !== undefined) writer.string(0x0a, value.node);
  if (value.role !== "" && value.role !== undefined) writer.string(0x12, value.role);
  if (value.bootId !== "" && value.bootId !== undefined) writer.string(0x1a, value.bootId);
  writer.ensure(19);
  const { bytes } = writer;
  let at = writer.position;
  if (value.state !== 0 && value.state !== undefined) {
    bytes[at++] = 0x20;
    at = putInt32(bytes, at, checkInt32(value.state));
  }
  if (value.planned !== false && value.planned !== undefined) {
    bytes[at++] = 0x28;
    bytes[at++] = checkBool(value.planned) ? 1 : 0;
  }
  if (value.awaitedMs !== 0 && value.awaitedMs !== undefined) {
    bytes[at++] = 0x30;
    at = putVarint32(bytes, at, checkUint32(value.awaitedMs));
  }
  writer.position = at;
}

export function readNodeChanged(reader: Reader, end: number, into?: NodeChanged): NodeChanged {
  const value = into ?? createNodeChanged();
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        value.node = reader.string();
        break;
      case 0x12:
        value.role = reader.string();
        break;
      case 0x1a:
        value.bootId = reader.string();
        break;
      case 0x20:
        value.state = reader.int32() as NodeState;
        break;
      case 0x28:
        value.planned = reader.bool();
        break;
      case 0x30:
        value.awaitedMs = reader.uint32();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.finish(end);
  return value;
}

export const NodeChanged: MessageType<NodeChanged> = {
  name: "photinus.link.NodeChanged",
  create: (init) => (init === undefined ? createNodeChanged() : withDefaults(createNodeChanged(), init)),
  write: writeNodeChanged,
  read: readNodeChanged,
};
