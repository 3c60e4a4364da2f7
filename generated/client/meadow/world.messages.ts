// Written by photinus codegen from meadow/world.proto; do not edit.
// Tables of the game.

import {
  checkUint32,
  checkUint64,
  type MessageType,
  putVarint32,
  putVarint64,
  withDefaults,
  writeUint64,
} from "@photinus/client";

/** The firefly that has lit up most often in a meadow. */
export interface HighScore {
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
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};
