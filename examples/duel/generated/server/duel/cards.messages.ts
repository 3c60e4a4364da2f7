// Written by photinus codegen from duel/cards.proto; do not edit.
// The cards, and what the game keeps.

import {
  checkBytes,
  checkInt32,
  checkUint32,
  checkUint64,
  keepUnknown,
  type MessageType,
  putInt32,
  putVarint32,
  putVarint64,
  type UnknownFields,
  withDefaults,
  writeUint32,
  writeUint64,
  writeUnknown,
} from "photinus/v1";

export const Spell = {
  NONE: 0,
  /** Takes 3 of the other's life. */
  SPARK: 1,
  /** Takes 6. */
  FLAME: 2,
  /** Keeps the next 4 off. */
  SHELL: 3,
  /** Gives back 3 of one's own. */
  DEW: 4,
} as const;

export type Spell = (typeof Spell)[keyof typeof Spell];

/** The end of a duel. */
export const Outcome = {
  OPEN: 0,
  WON: 1,
  DRAWN: 2,
  /** Its arena was lost: nobody wins. */
  VOID: 3,
} as const;

export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export interface Player extends UnknownFields {
  id: bigint;
  /** Not unique: players are guests. */
  name: string;
  /** SHA-256 of the token that the player comes back with. */
  tokenHash: Uint8Array;
  /** Counted from the duels. */
  wins: number;
}

export const Player: MessageType<Player> = {
  name: "duel.Player",

  create(init) {
    const value: Player = { id: 0n, name: "", tokenHash: new Uint8Array(), wins: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.id !== 0n && value.id !== undefined) writeUint64(writer, 0x08, value.id);
    if (value.name !== "" && value.name !== undefined) writer.string(0x12, value.name);
    if (value.tokenHash !== undefined && checkBytes(value.tokenHash).length > 0) writer.octets(0x1a, value.tokenHash);
    if (value.wins !== 0 && value.wins !== undefined) writeUint32(writer, 0x20, value.wins);
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.Player");
  },

  read(reader, end, into) {
    const value = into ?? Player.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.id = reader.uint64();
          break;
        case 0x12:
          value.name = reader.string();
          break;
        case 0x1a:
          value.tokenHash = reader.octets();
          break;
        case 0x20:
          value.wins = reader.uint32();
          break;
        default:
          keepUnknown(reader, tag, value, "duel.Player");
      }
    }
    reader.finish(end);
    return value;
  },
};

/** A card of a player's deck. */
export interface Card extends UnknownFields {
  player: bigint;
  slot: number;
  spell: Spell;
}

export const Card: MessageType<Card> = {
  name: "duel.Card",

  create(init) {
    const value: Card = { player: 0n, slot: 0, spell: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    writer.ensure(28);
    const { bytes } = writer;
    let at = writer.position;
    if (value.player !== 0n && value.player !== undefined) {
      bytes[at++] = 0x08;
      at = putVarint64(bytes, at, checkUint64(value.player));
    }
    if (value.slot !== 0 && value.slot !== undefined) {
      bytes[at++] = 0x10;
      at = putVarint32(bytes, at, checkUint32(value.slot));
    }
    if (value.spell !== 0 && value.spell !== undefined) {
      bytes[at++] = 0x18;
      at = putInt32(bytes, at, checkInt32(value.spell));
    }
    writer.position = at;
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.Card");
  },

  read(reader, end, into) {
    const value = into ?? Card.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.player = reader.uint64();
          break;
        case 0x10:
          value.slot = reader.uint32();
          break;
        case 0x18:
          value.spell = reader.int32() as Spell;
          break;
        default:
          keepUnknown(reader, tag, value, "duel.Card");
      }
    }
    reader.finish(end);
    return value;
  },
};

/** A duel, from its first turn on: after a restart the game knows which were open. */
export interface DuelResult extends UnknownFields {
  id: bigint;
  first: bigint;
  second: bigint;
  outcome: Outcome;
  /** There when the duel was won. */
  winner: bigint | undefined;
}

export const DuelResult: MessageType<DuelResult> = {
  name: "duel.DuelResult",

  create(init) {
    const value: DuelResult = { id: 0n, first: 0n, second: 0n, outcome: 0, winner: undefined };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    writer.ensure(55);
    const { bytes } = writer;
    let at = writer.position;
    if (value.id !== 0n && value.id !== undefined) {
      bytes[at++] = 0x08;
      at = putVarint64(bytes, at, checkUint64(value.id));
    }
    if (value.first !== 0n && value.first !== undefined) {
      bytes[at++] = 0x10;
      at = putVarint64(bytes, at, checkUint64(value.first));
    }
    if (value.second !== 0n && value.second !== undefined) {
      bytes[at++] = 0x18;
      at = putVarint64(bytes, at, checkUint64(value.second));
    }
    if (value.outcome !== 0 && value.outcome !== undefined) {
      bytes[at++] = 0x20;
      at = putInt32(bytes, at, checkInt32(value.outcome));
    }
    if (value.winner !== undefined) {
      bytes[at++] = 0x28;
      at = putVarint64(bytes, at, checkUint64(value.winner));
    }
    writer.position = at;
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "duel.DuelResult");
  },

  read(reader, end, into) {
    const value = into ?? DuelResult.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.id = reader.uint64();
          break;
        case 0x10:
          value.first = reader.uint64();
          break;
        case 0x18:
          value.second = reader.uint64();
          break;
        case 0x20:
          value.outcome = reader.int32() as Outcome;
          break;
        case 0x28:
          value.winner = reader.uint64();
          break;
        default:
          keepUnknown(reader, tag, value, "duel.DuelResult");
      }
    }
    reader.finish(end);
    return value;
  },
};
