// Written by photinus codegen from duel/lobby.proto; do not edit.
// Where players come in, find each other, and hear how their duels ended.

import {
  checkInt32,
  checkUint64,
  createList,
  keepUnknown,
  listOf,
  type MessageType,
  putInt32,
  putVarint64,
  type UnknownFields,
  withDefaults,
  writeBool,
  writeUint32,
  writeUint64,
  writeUnknown,
} from "photinus/v1";
import type { Outcome } from "./cards.messages.ts";

export interface SignInRequest extends UnknownFields {
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
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.SignInRequest");
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
          keepUnknown(reader, tag, value, "duel.SignInRequest");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface SignInReply extends UnknownFields {
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
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.SignInReply");
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
          keepUnknown(reader, tag, value, "duel.SignInReply");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface QueueRequest extends UnknownFields { }

export const QueueRequest: MessageType<QueueRequest> = {
  name: "duel.QueueRequest",

  create() {
    return {};
  },

  write(writer, value) {

    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.QueueRequest");
  },

  read(reader, end, into) {
    const value = into ?? QueueRequest.create();
    while (reader.position < end) keepUnknown(reader, reader.tag(), value, "duel.QueueRequest");
    reader.finish(end);
    return value;
  },
};

export interface QueueReply extends UnknownFields {
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
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.QueueReply");
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
          keepUnknown(reader, tag, value, "duel.QueueReply");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface LadderRequest extends UnknownFields { }

export const LadderRequest: MessageType<LadderRequest> = {
  name: "duel.LadderRequest",

  create() {
    return {};
  },

  write(writer, value) {

    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.LadderRequest");
  },

  read(reader, end, into) {
    const value = into ?? LadderRequest.create();
    while (reader.position < end) keepUnknown(reader, reader.tag(), value, "duel.LadderRequest");
    reader.finish(end);
    return value;
  },
};

export interface LadderReply extends UnknownFields {
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
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.LadderReply");
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
          keepUnknown(reader, tag, value, "duel.LadderReply");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Rung extends UnknownFields {
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
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.Rung");
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
          keepUnknown(reader, tag, value, "duel.Rung");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Match extends UnknownFields {
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
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.Match");
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
          keepUnknown(reader, tag, value, "duel.Match");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Ending extends UnknownFields {
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
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.Ending");
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
          keepUnknown(reader, tag, value, "duel.Ending");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface ReportRequest extends UnknownFields {
  duelId: bigint;
  outcome: Outcome;
  winner: bigint;
}

export const ReportRequest: MessageType<ReportRequest> = {
  name: "duel.ReportRequest",

  create(init) {
    const value: ReportRequest = { duelId: 0n, outcome: 0, winner: 0n };
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
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.ReportRequest");
  },

  read(reader, end, into) {
    const value = into ?? ReportRequest.create();
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
          keepUnknown(reader, tag, value, "duel.ReportRequest");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface ReportReply extends UnknownFields { }

export const ReportReply: MessageType<ReportReply> = {
  name: "duel.ReportReply",

  create() {
    return {};
  },

  write(writer, value) {

    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.ReportReply");
  },

  read(reader, end, into) {
    const value = into ?? ReportReply.create();
    while (reader.position < end) keepUnknown(reader, reader.tag(), value, "duel.ReportReply");
    reader.finish(end);
    return value;
  },
};
