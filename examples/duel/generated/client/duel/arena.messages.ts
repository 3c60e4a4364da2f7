// Written by photinus codegen from duel/arena.proto; do not edit.
// Where duels are fought. A duel lives in the memory of the arena that its id hashes to.

import {
  checkBool,
  checkInt32,
  checkUint32,
  checkUint64,
  createOne,
  listOf,
  type MessageType,
  putInt32,
  putVarint32,
  putVarint64,
  withDefaults,
  writeUint64,
} from "@photinus/client";
import type { Spell } from "./cards.messages.ts";

export interface LookRequest {
  duelId: bigint;
}

export const LookRequest: MessageType<LookRequest> = {
  name: "duel.LookRequest",

  create(init) {
    const value: LookRequest = { duelId: 0n };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.duelId !== 0n && value.duelId !== undefined) writeUint64(writer, 0x08, value.duelId);
  },

  read(reader, end, into) {
    const value = into ?? LookRequest.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
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

export interface PlayRequest {
  duelId: bigint;
  /** The turn that the card is meant for. */
  turn: number;
  /** Place in the hand, from 0. */
  card: number;
}

export const PlayRequest: MessageType<PlayRequest> = {
  name: "duel.PlayRequest",

  create(init) {
    const value: PlayRequest = { duelId: 0n, turn: 0, card: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    writer.ensure(23);
    const { bytes } = writer;
    let at = writer.position;
    if (value.duelId !== 0n && value.duelId !== undefined) {
      bytes[at++] = 0x08;
      at = putVarint64(bytes, at, checkUint64(value.duelId));
    }
    if (value.turn !== 0 && value.turn !== undefined) {
      bytes[at++] = 0x10;
      at = putVarint32(bytes, at, checkUint32(value.turn));
    }
    if (value.card !== 0 && value.card !== undefined) {
      bytes[at++] = 0x18;
      at = putVarint32(bytes, at, checkUint32(value.card));
    }
    writer.position = at;
  },

  read(reader, end, into) {
    const value = into ?? PlayRequest.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.duelId = reader.uint64();
          break;
        case 0x10:
          value.turn = reader.uint32();
          break;
        case 0x18:
          value.card = reader.uint32();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface PlayReply { }

export const PlayReply: MessageType<PlayReply> = {
  name: "duel.PlayReply",

  create() {
    return {};
  },

  write() { },

  read(reader, end, into) {
    const value = into ?? PlayReply.create();
    while (reader.position < end) reader.skip(reader.tag());
    reader.finish(end);
    return value;
  },
};

/** A duel as one of its players sees it. */
export interface View {
  duelId: bigint;
  /** Counts from 1. */
  turn: number;
  yourTurn: boolean;
  /** How long the turn lasts still, milliseconds. */
  leftMs: number;
  hand: Spell[];
  you: Standing | undefined;
  other: Standing | undefined;
  /** The side of the turn before, and the card that was played; NONE: its time was over. Absent in the first turn. */
  last: Move | undefined;
}

export const View: MessageType<View> = {
  name: "duel.View",

  create(init) {
    const value: View = {
      duelId: 0n,
      turn: 0,
      yourTurn: false,
      leftMs: 0,
      hand: [],
      you: undefined,
      other: undefined,
      last: undefined,
    };
    if (init === undefined) return value;
    return {
      ...withDefaults(value, init),
      you: createOne(Standing, init.you),
      other: createOne(Standing, init.other),
      last: createOne(Move, init.last),
    };
  },

  write(writer, value) {
    writer.ensure(25);
    const { bytes } = writer;
    let at = writer.position;
    if (value.duelId !== 0n && value.duelId !== undefined) {
      bytes[at++] = 0x08;
      at = putVarint64(bytes, at, checkUint64(value.duelId));
    }
    if (value.turn !== 0 && value.turn !== undefined) {
      bytes[at++] = 0x10;
      at = putVarint32(bytes, at, checkUint32(value.turn));
    }
    if (value.yourTurn !== false && value.yourTurn !== undefined) {
      bytes[at++] = 0x18;
      bytes[at++] = checkBool(value.yourTurn) ? 1 : 0;
    }
    if (value.leftMs !== 0 && value.leftMs !== undefined) {
      bytes[at++] = 0x20;
      at = putVarint32(bytes, at, checkUint32(value.leftMs));
    }
    writer.position = at;
    if (value.hand !== undefined && listOf(value.hand).length > 0) {
      const mark = writer.begin(0x2a, value.hand.length * 10);
      const { bytes } = writer;
      let at = mark;
      for (const item of value.hand) at = putInt32(bytes, at, checkInt32(item));
      writer.position = at;
      writer.end(mark);
    }
    if (value.you !== undefined) {
      const mark = writer.begin(0x32);
      Standing.write(writer, value.you);
      writer.endMessage(mark, value.you);
    }
    if (value.other !== undefined) {
      const mark = writer.begin(0x3a);
      Standing.write(writer, value.other);
      writer.endMessage(mark, value.other);
    }
    if (value.last !== undefined) {
      const mark = writer.begin(0x42);
      Move.write(writer, value.last);
      writer.endMessage(mark, value.last);
    }
  },

  read(reader, end, into) {
    const value = into ?? View.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.duelId = reader.uint64();
          break;
        case 0x10:
          value.turn = reader.uint32();
          break;
        case 0x18:
          value.yourTurn = reader.bool();
          break;
        case 0x20:
          value.leftMs = reader.uint32();
          break;
        case 0x28:
          value.hand.push(reader.int32() as Spell);
          break;
        case 0x2a: {
          const last = reader.limit();
          while (reader.position < last) value.hand.push(reader.int32() as Spell);
          reader.finish(last);
          break;
        }
        case 0x32:
          value.you = Standing.read(reader, reader.limit(), value.you);
          break;
        case 0x3a:
          value.other = Standing.read(reader, reader.limit(), value.other);
          break;
        case 0x42:
          value.last = Move.read(reader, reader.limit(), value.last);
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Standing {
  name: string;
  life: number;
  guard: number;
  /** Cards in hand and deck. */
  cards: number;
}

export const Standing: MessageType<Standing> = {
  name: "duel.Standing",

  create(init) {
    const value: Standing = { name: "", life: 0, guard: 0, cards: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.name !== "" && value.name !== undefined) writer.string(0x0a, value.name);
    writer.ensure(18);
    const { bytes } = writer;
    let at = writer.position;
    if (value.life !== 0 && value.life !== undefined) {
      bytes[at++] = 0x10;
      at = putVarint32(bytes, at, checkUint32(value.life));
    }
    if (value.guard !== 0 && value.guard !== undefined) {
      bytes[at++] = 0x18;
      at = putVarint32(bytes, at, checkUint32(value.guard));
    }
    if (value.cards !== 0 && value.cards !== undefined) {
      bytes[at++] = 0x20;
      at = putVarint32(bytes, at, checkUint32(value.cards));
    }
    writer.position = at;
  },

  read(reader, end, into) {
    const value = into ?? Standing.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x0a:
          value.name = reader.string();
          break;
        case 0x10:
          value.life = reader.uint32();
          break;
        case 0x18:
          value.guard = reader.uint32();
          break;
        case 0x20:
          value.cards = reader.uint32();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Move {
  playerId: bigint;
  spell: Spell;
}

export const Move: MessageType<Move> = {
  name: "duel.Move",

  create(init) {
    const value: Move = { playerId: 0n, spell: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    writer.ensure(22);
    const { bytes } = writer;
    let at = writer.position;
    if (value.playerId !== 0n && value.playerId !== undefined) {
      bytes[at++] = 0x08;
      at = putVarint64(bytes, at, checkUint64(value.playerId));
    }
    if (value.spell !== 0 && value.spell !== undefined) {
      bytes[at++] = 0x10;
      at = putInt32(bytes, at, checkInt32(value.spell));
    }
    writer.position = at;
  },

  read(reader, end, into) {
    const value = into ?? Move.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.playerId = reader.uint64();
          break;
        case 0x10:
          value.spell = reader.int32() as Spell;
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};
