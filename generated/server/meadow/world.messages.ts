// Written by photinus codegen from meadow/world.proto; do not edit.
// Tables of the game.

import {
  checkBytes,
  checkDouble,
  checkUint32,
  checkUint64,
  keepUnknown,
  type MessageType,
  putVarint32,
  putVarint64,
  type UnknownFields,
  withDefaults,
  writeUint32,
  writeUint64,
  writeUnknown,
} from "photinus/v1";

/** Somebody who has signed in once. */
export interface Player extends UnknownFields {
  id: bigint;
  /** Not unique: fireflies may share a name. */
  name: string;
  hue: number;
  /** SHA-256 of the token that the player comes back with. */
  tokenHash: Uint8Array;
}

export const Player: MessageType<Player> = {
  name: "meadow.Player",

  create(init) {
    const value: Player = { id: 0n, name: "", hue: 0, tokenHash: new Uint8Array() };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.id !== 0n && value.id !== undefined) writeUint64(writer, 0x08, value.id);
    if (value.name !== "" && value.name !== undefined) writer.string(0x12, value.name);
    if (value.hue !== 0 && value.hue !== undefined) writeUint32(writer, 0x18, value.hue);
    if (value.tokenHash !== undefined && checkBytes(value.tokenHash).length > 0) writer.octets(0x22, value.tokenHash);
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "meadow.Player");
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
        case 0x18:
          value.hue = reader.uint32();
          break;
        case 0x22:
          value.tokenHash = reader.octets();
          break;
        default:
          keepUnknown(reader, tag, value, "meadow.Player");
      }
    }
    reader.finish(end);
    return value;
  },
};

/** A player's firefly in one meadow, as it was last seen there. */
export interface KnownFirefly extends UnknownFields {
  player: bigint;
  meadow: number;
  x: number;
  y: number;
  /** How often it has lit up. */
  flashes: bigint;
  /** How far it has flown, in widths of the meadow. */
  distance: number;
}

export const KnownFirefly: MessageType<KnownFirefly> = {
  name: "meadow.KnownFirefly",

  create(init) {
    const value: KnownFirefly = { player: 0n, meadow: 0, x: 0, y: 0, flashes: 0n, distance: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    writer.ensure(55);
    const { bytes, view } = writer;
    let at = writer.position;
    if (value.player !== 0n && value.player !== undefined) {
      bytes[at++] = 0x08;
      at = putVarint64(bytes, at, checkUint64(value.player));
    }
    if (value.meadow !== 0 && value.meadow !== undefined) {
      bytes[at++] = 0x10;
      at = putVarint32(bytes, at, checkUint32(value.meadow));
    }
    if ((value.x !== 0 || 1 / value.x < 0) && value.x !== undefined) {
      bytes[at++] = 0x19;
      view.setFloat64(at, checkDouble(value.x), true);
      at += 8;
    }
    if ((value.y !== 0 || 1 / value.y < 0) && value.y !== undefined) {
      bytes[at++] = 0x21;
      view.setFloat64(at, checkDouble(value.y), true);
      at += 8;
    }
    if (value.flashes !== 0n && value.flashes !== undefined) {
      bytes[at++] = 0x28;
      at = putVarint64(bytes, at, checkUint64(value.flashes));
    }
    if ((value.distance !== 0 || 1 / value.distance < 0) && value.distance !== undefined) {
      bytes[at++] = 0x31;
      view.setFloat64(at, checkDouble(value.distance), true);
      at += 8;
    }
    writer.position = at;
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "meadow.KnownFirefly");
  },

  read(reader, end, into) {
    const value = into ?? KnownFirefly.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.player = reader.uint64();
          break;
        case 0x10:
          value.meadow = reader.uint32();
          break;
        case 0x19:
          value.x = reader.double();
          break;
        case 0x21:
          value.y = reader.double();
          break;
        case 0x28:
          value.flashes = reader.uint64();
          break;
        case 0x31:
          value.distance = reader.double();
          break;
        default:
          keepUnknown(reader, tag, value, "meadow.KnownFirefly");
      }
    }
    reader.finish(end);
    return value;
  },
};

/** The firefly that has lit up most often in a meadow. */
export interface HighScore extends UnknownFields {
  meadow: number;
  player: bigint;
  name: string;
  flashes: bigint;
}

export const HighScore: MessageType<HighScore> = {
  name: "meadow.HighScore",

  create(init) {
    const value: HighScore = { meadow: 0, player: 0n, name: "", flashes: 0n };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    writer.ensure(17);
    const { bytes } = writer;
    let at = writer.position;
    if (value.meadow !== 0 && value.meadow !== undefined) {
      bytes[at++] = 0x08;
      at = putVarint32(bytes, at, checkUint32(value.meadow));
    }
    if (value.player !== 0n && value.player !== undefined) {
      bytes[at++] = 0x10;
      at = putVarint64(bytes, at, checkUint64(value.player));
    }
    writer.position = at;
    if (value.name !== "" && value.name !== undefined) writer.string(0x1a, value.name);
    if (value.flashes !== 0n && value.flashes !== undefined) writeUint64(writer, 0x20, value.flashes);
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "meadow.HighScore");
  },

  read(reader, end, into) {
    const value = into ?? HighScore.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.meadow = reader.uint32();
          break;
        case 0x10:
          value.player = reader.uint64();
          break;
        case 0x1a:
          value.name = reader.string();
          break;
        case 0x20:
          value.flashes = reader.uint64();
          break;
        default:
          keepUnknown(reader, tag, value, "meadow.HighScore");
      }
    }
    reader.finish(end);
    return value;
  },
};
