// Written by photinus codegen from duel/lobby.proto; do not edit.
// Where players come in, find each other, and hear how their duels ended.

import {
  checkInt32,
  checkUint64,
  createList,
  listOf,
  type MessageType,
  putInt32,
  putVarint64,
  withDefaults,
  writeBool,
  writeUint32,
  writeUint64,
} from "@photinus/client";
import type { Outcome } from "./cards.messages.ts";

export interface SignInRequest {
  name: string;
  /** Empty for a new guest. */
  token: string;
}

export const SignInRequest: MessageType<SignInRequest> = {
  name: "duel.SignInRequest",

  create(init) {
    const value: SignInRequest = { name: "", token: "" };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.name !== "" && value.name !== undefined) writer.string(0x0a, value.name);
    if (value.token !== "" && value.token !== undefined) writer.string(0x12, value.token);
  },

  read(reader, end, into) {
    const value = into ?? SignInRequest.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x0a:
          value.name = reader.string();
          break;
        case 0x12:
          value.token = reader.string();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface SignInReply {
  playerId: bigint;
  /** To come back with; the player's alone. */
  token: string;
  /** The player's duel that goes on; 0 for none. */
  duelId: bigint;
}

export const SignInReply: MessageType<SignInReply> = {
  name: "duel.SignInReply",

  create(init) {
    const value: SignInReply = { playerId: 0n, token: "", duelId: 0n };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.playerId !== 0n && value.playerId !== undefined) writeUint64(writer, 0x08, value.playerId);
    if (value.token !== "" && value.token !== undefined) writer.string(0x12, value.token);
    if (value.duelId !== 0n && value.duelId !== undefined) writeUint64(writer, 0x18, value.duelId);
  },

  read(reader, end, into) {
    const value = into ?? SignInReply.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.playerId = reader.uint64();
          break;
        case 0x12:
          value.token = reader.string();
          break;
        case 0x18:
          value.duelId = reader.uint64();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface QueueRequest { }

export const QueueRequest: MessageType<QueueRequest> = {
  name: "duel.QueueRequest",

  create() {
    return {};
  },

  write() { },

  read(reader, end, into) {
    const value = into ?? QueueRequest.create();
    while (reader.position < end) reader.skip(reader.tag());
    reader.finish(end);
    return value;
  },
};

export interface QueueReply {
  /** False: somebody was waiting, and the duel has begun. */
  waiting: boolean;
}

export const QueueReply: MessageType<QueueReply> = {
  name: "duel.QueueReply",

  create(init) {
    const value: QueueReply = { waiting: false };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.waiting !== false && value.waiting !== undefined) writeBool(writer, 0x08, value.waiting);
  },

  read(reader, end, into) {
    const value = into ?? QueueReply.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.waiting = reader.bool();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface LadderRequest { }

export const LadderRequest: MessageType<LadderRequest> = {
  name: "duel.LadderRequest",

  create() {
    return {};
  },

  write() { },

  read(reader, end, into) {
    const value = into ?? LadderRequest.create();
    while (reader.position < end) reader.skip(reader.tag());
    reader.finish(end);
    return value;
  },
};

export interface LadderReply {
  /** The best ten, the best first. */
  rungs: Rung[];
}

export const LadderReply: MessageType<LadderReply> = {
  name: "duel.LadderReply",

  create(init) {
    const value: LadderReply = { rungs: [] };
    if (init === undefined) return value;
    return {
      ...withDefaults(value, init),
      rungs: createList(Rung, init.rungs),
    };
  },

  write(writer, value) {
    for (const item of listOf(value.rungs)) {
      const mark = writer.begin(0x0a);
      Rung.write(writer, item);
      writer.endMessage(mark, item);
    }
  },

  read(reader, end, into) {
    const value = into ?? LadderReply.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x0a:
          value.rungs.push(Rung.read(reader, reader.limit()));
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Rung {
  playerId: bigint;
  name: string;
  wins: number;
}

export const Rung: MessageType<Rung> = {
  name: "duel.Rung",

  create(init) {
    const value: Rung = { playerId: 0n, name: "", wins: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.playerId !== 0n && value.playerId !== undefined) writeUint64(writer, 0x08, value.playerId);
    if (value.name !== "" && value.name !== undefined) writer.string(0x12, value.name);
    if (value.wins !== 0 && value.wins !== undefined) writeUint32(writer, 0x18, value.wins);
  },

  read(reader, end, into) {
    const value = into ?? Rung.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.playerId = reader.uint64();
          break;
        case 0x12:
          value.name = reader.string();
          break;
        case 0x18:
          value.wins = reader.uint32();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Match {
  duelId: bigint;
  /** The node that has the duel. */
  arena: string;
}

export const Match: MessageType<Match> = {
  name: "duel.Match",

  create(init) {
    const value: Match = { duelId: 0n, arena: "" };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.duelId !== 0n && value.duelId !== undefined) writeUint64(writer, 0x08, value.duelId);
    if (value.arena !== "" && value.arena !== undefined) writer.string(0x12, value.arena);
  },

  read(reader, end, into) {
    const value = into ?? Match.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.duelId = reader.uint64();
          break;
        case 0x12:
          value.arena = reader.string();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Ending {
  duelId: bigint;
  outcome: Outcome;
  /** 0 when nobody won. */
  winner: bigint;
}

export const Ending: MessageType<Ending> = {
  name: "duel.Ending",

  create(init) {
    const value: Ending = { duelId: 0n, outcome: 0, winner: 0n };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    writer.ensure(33);
    const { bytes } = writer;
    let at = writer.position;
    if (value.duelId !== 0n && value.duelId !== undefined) {
      bytes[at++] = 0x08;
      at = putVarint64(bytes, at, checkUint64(value.duelId));
    }
    if (value.outcome !== 0 && value.outcome !== undefined) {
      bytes[at++] = 0x10;
      at = putInt32(bytes, at, checkInt32(value.outcome));
    }
    if (value.winner !== 0n && value.winner !== undefined) {
      bytes[at++] = 0x18;
      at = putVarint64(bytes, at, checkUint64(value.winner));
    }
    writer.position = at;
  },

  read(reader, end, into) {
    const value = into ?? Ending.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.duelId = reader.uint64();
          break;
        case 0x10:
          value.outcome = reader.int32() as Outcome;
          break;
        case 0x18:
          value.winner = reader.uint64();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};
