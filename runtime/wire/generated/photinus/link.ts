// Written by photinus codegen from photinus/link.proto; do not edit.
// The administration of links between nodes and gates (docs/PROTOCOL.md). Each message is the body of an ASK or a NOTICE
// under the reserved method number that its comment names. Order on a link is order of sending, so that a push sent after
// a join reaches the one who joined.

import { type MessageType, putInt32, putVarint32, putVarint53, putVarint64 } from "../../codec/index.ts";

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

export const LinkHello: MessageType<LinkHello> = {
  name: "photinus.link.LinkHello",

  create(init) {
    const value: LinkHello = { name: "", role: "", bootId: "", schema: "", version: 0 };
    return init === undefined ? value : { ...value, ...init };
  },

  write(writer, value) {
    if (value.name !== "") writer.string(0x0a, value.name);
    if (value.role !== "") writer.string(0x12, value.role);
    if (value.bootId !== "") writer.string(0x1a, value.bootId);
    if (value.schema !== "") writer.string(0x22, value.schema);
    if (value.version !== 0) writer.uint32(0x28, value.version);
  },

  read(reader, end, into) {
    const value = into ?? LinkHello.create();
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
  },
};

export interface LinkWelcome {
  /** The gate's name. */
  gate: string;
  bootId: string;
  schema: string;
  version: number;
}

export const LinkWelcome: MessageType<LinkWelcome> = {
  name: "photinus.link.LinkWelcome",

  create(init) {
    const value: LinkWelcome = { gate: "", bootId: "", schema: "", version: 0 };
    return init === undefined ? value : { ...value, ...init };
  },

  write(writer, value) {
    if (value.gate !== "") writer.string(0x0a, value.gate);
    if (value.bootId !== "") writer.string(0x12, value.bootId);
    if (value.schema !== "") writer.string(0x1a, value.schema);
    if (value.version !== 0) writer.uint32(0x20, value.version);
  },

  read(reader, end, into) {
    const value = into ?? LinkWelcome.create();
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
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
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

export const SessionOpen: MessageType<SessionOpen> = {
  name: "photinus.link.SessionOpen",

  create(init) {
    const value: SessionOpen = { session: 0, userId: 0n, auth: 0, remote: "" };
    return init === undefined ? value : { ...value, ...init };
  },

  write(writer, value) {
    writer.ensure(28);
    const { bytes } = writer;
    let at = writer.position;
    if (value.session !== 0) {
      bytes[at++] = 0x08;
      at = putVarint32(bytes, at, value.session);
    }
    if (value.userId !== 0n) {
      bytes[at++] = 0x10;
      at = putVarint64(bytes, at, value.userId);
    }
    if (value.auth !== 0) {
      bytes[at++] = 0x18;
      at = putInt32(bytes, at, value.auth);
    }
    writer.position = at;
    if (value.remote !== "") writer.string(0x22, value.remote);
  },

  read(reader, end, into) {
    const value = into ?? SessionOpen.create();
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
  },
};

/** 0xFFFFFF03, NOTICE, gate to node: the session is gone; nothing of it follows. */
export interface SessionEnd {
  session: number;
  reason: string;
}

export const SessionEnd: MessageType<SessionEnd> = {
  name: "photinus.link.SessionEnd",

  create(init) {
    const value: SessionEnd = { session: 0, reason: "" };
    return init === undefined ? value : { ...value, ...init };
  },

  write(writer, value) {
    if (value.session !== 0) writer.uint32(0x08, value.session);
    if (value.reason !== "") writer.string(0x12, value.reason);
  },

  read(reader, end, into) {
    const value = into ?? SessionEnd.create();
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
  },
};

/** 0xFFFFFF04, NOTICE, gate to node: the session is bound to a user now. Goes to every node that was told of the session. */
export interface SessionBound {
  session: number;
  userId: bigint;
  auth: AuthLevel;
}

export const SessionBound: MessageType<SessionBound> = {
  name: "photinus.link.SessionBound",

  create(init) {
    const value: SessionBound = { session: 0, userId: 0n, auth: 0 };
    return init === undefined ? value : { ...value, ...init };
  },

  write(writer, value) {
    writer.ensure(28);
    const { bytes } = writer;
    let at = writer.position;
    if (value.session !== 0) {
      bytes[at++] = 0x08;
      at = putVarint32(bytes, at, value.session);
    }
    if (value.userId !== 0n) {
      bytes[at++] = 0x10;
      at = putVarint64(bytes, at, value.userId);
    }
    if (value.auth !== 0) {
      bytes[at++] = 0x18;
      at = putInt32(bytes, at, value.auth);
    }
    writer.position = at;
  },

  read(reader, end, into) {
    const value = into ?? SessionBound.create();
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
  },
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

export const Bind: MessageType<Bind> = {
  name: "photinus.link.Bind",

  create(init) {
    const value: Bind = { session: 0, userId: 0n, auth: 0, generation: 0 };
    return init === undefined ? value : { ...value, ...init };
  },

  write(writer, value) {
    writer.ensure(39);
    const { bytes } = writer;
    let at = writer.position;
    if (value.session !== 0) {
      bytes[at++] = 0x08;
      at = putVarint32(bytes, at, value.session);
    }
    if (value.userId !== 0n) {
      bytes[at++] = 0x10;
      at = putVarint64(bytes, at, value.userId);
    }
    if (value.auth !== 0) {
      bytes[at++] = 0x18;
      at = putInt32(bytes, at, value.auth);
    }
    if (value.generation !== 0) {
      bytes[at++] = 0x20;
      at = putVarint53(bytes, at, value.generation);
    }
    writer.position = at;
  },

  read(reader, end, into) {
    const value = into ?? Bind.create();
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
  },
};

/** 0xFFFFFF06, NOTICE, node to every other gate: the user is bound elsewhere; a session with a lower generation is kicked. */
export interface UserBound {
  userId: bigint;
  generation: number;
}

export const UserBound: MessageType<UserBound> = {
  name: "photinus.link.UserBound",

  create(init) {
    const value: UserBound = { userId: 0n, generation: 0 };
    return init === undefined ? value : { ...value, ...init };
  },

  write(writer, value) {
    writer.ensure(22);
    const { bytes } = writer;
    let at = writer.position;
    if (value.userId !== 0n) {
      bytes[at++] = 0x08;
      at = putVarint64(bytes, at, value.userId);
    }
    if (value.generation !== 0) {
      bytes[at++] = 0x10;
      at = putVarint53(bytes, at, value.generation);
    }
    writer.position = at;
  },

  read(reader, end, into) {
    const value = into ?? UserBound.create();
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
  },
};

/** 0xFFFFFF07 joins, 0xFFFFFF08 leaves. NOTICE, node to gate. */
export interface Membership {
  session: number;
  group: string;
}

export const Membership: MessageType<Membership> = {
  name: "photinus.link.Membership",

  create(init) {
    const value: Membership = { session: 0, group: "" };
    return init === undefined ? value : { ...value, ...init };
  },

  write(writer, value) {
    if (value.session !== 0) writer.uint32(0x08, value.session);
    if (value.group !== "") writer.string(0x12, value.group);
  },

  read(reader, end, into) {
    const value = into ?? Membership.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.session = reader.uint32();
          break;
        case 0x12:
          value.group = reader.string();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

/** 0xFFFFFF09, NOTICE, node to gate: tells the client why and closes its connection. */
export interface KickSession {
  session: number;
  /** An error code (schema/errors.ts). */
  code: number;
  reason: string;
  reconnect: boolean;
}

export const KickSession: MessageType<KickSession> = {
  name: "photinus.link.KickSession",

  create(init) {
    const value: KickSession = { session: 0, code: 0, reason: "", reconnect: false };
    return init === undefined ? value : { ...value, ...init };
  },

  write(writer, value) {
    writer.ensure(12);
    const { bytes } = writer;
    let at = writer.position;
    if (value.session !== 0) {
      bytes[at++] = 0x08;
      at = putVarint32(bytes, at, value.session);
    }
    if (value.code !== 0) {
      bytes[at++] = 0x10;
      at = putVarint32(bytes, at, value.code);
    }
    writer.position = at;
    if (value.reason !== "") writer.string(0x1a, value.reason);
    if (value.reconnect) writer.bool(0x20, value.reconnect);
  },

  read(reader, end, into) {
    const value = into ?? KickSession.create();
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
  },
};

/** 0xFFFFFF0A, NOTICE, node to gate: commands of the session that are routed by session go to this node from now on. */
export interface AssignSession {
  session: number;
  role: string;
  node: string;
}

export const AssignSession: MessageType<AssignSession> = {
  name: "photinus.link.AssignSession",

  create(init) {
    const value: AssignSession = { session: 0, role: "", node: "" };
    return init === undefined ? value : { ...value, ...init };
  },

  write(writer, value) {
    if (value.session !== 0) writer.uint32(0x08, value.session);
    if (value.role !== "") writer.string(0x12, value.role);
    if (value.node !== "") writer.string(0x1a, value.node);
  },

  read(reader, end, into) {
    const value = into ?? AssignSession.create();
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
  },
};

/** 0xFFFFFF0B, ASK, gate to node: answered (with an empty body) when all that came before it on the lane is done. */
export interface LaneBarrier {
  session: number;
  lane: string;
}

export const LaneBarrier: MessageType<LaneBarrier> = {
  name: "photinus.link.LaneBarrier",

  create(init) {
    const value: LaneBarrier = { session: 0, lane: "" };
    return init === undefined ? value : { ...value, ...init };
  },

  write(writer, value) {
    if (value.session !== 0) writer.uint32(0x08, value.session);
    if (value.lane !== "") writer.string(0x12, value.lane);
  },

  read(reader, end, into) {
    const value = into ?? LaneBarrier.create();
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
  },
};

/**
 * 0xFFFFFF0C, NOTICE, either way. From a node: it is about to stop; give it no new work. Work that it has is finished. From
 * a gate: it stops now, and the end of the link that follows is no failure.
 */
export interface Draining { }

export const Draining: MessageType<Draining> = {
  name: "photinus.link.Draining",

  create() {
    return {};
  },

  write() { },

  read(reader, end, into) {
    const value = into ?? Draining.create();
    while (reader.position < end) reader.skip(reader.tag());
    reader.finish(end);
    return value;
  },
};
