// Written by photinus codegen from meadow/chat.proto; do not edit.
// Talk.

import {
  checkUint32,
  checkUint64,
  type MessageType,
  putVarint32,
  putVarint64,
  withDefaults,
  writeInt53,
  writeUint32,
} from "@photinus/client";

export interface Saying {
  text: string;
}

export const Saying: MessageType<Saying> = {
  name: "meadow.Saying",

  create(init) {
    const value: Saying = { text: "" };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.text !== "" && value.text !== undefined) writer.string(0x0a, value.text);
  },

  read(reader, end, into) {
    const value = into ?? Saying.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x0a:
          value.text = reader.string();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface SayReply {
  /** Line numbers count up in each meadow. */
  line: number;
}

export const SayReply: MessageType<SayReply> = {
  name: "meadow.SayReply",

  create(init) {
    const value: SayReply = { line: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.line !== 0 && value.line !== undefined) writeUint32(writer, 0x08, value.line);
  },

  read(reader, end, into) {
    const value = into ?? SayReply.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.line = reader.uint32();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Line {
  line: number;
  /** 0 when the meadow itself speaks. */
  playerId: bigint;
  name: string;
  text: string;
  /** Milliseconds since 1970-01-01 UTC. */
  saidAt: number;
}

export const Line: MessageType<Line> = {
  name: "meadow.Line",

  create(init) {
    const value: Line = { line: 0, playerId: 0n, name: "", text: "", saidAt: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    writer.ensure(17);
    const { bytes } = writer;
    let at = writer.position;
    if (value.line !== 0 && value.line !== undefined) {
      bytes[at++] = 0x08;
      at = putVarint32(bytes, at, checkUint32(value.line));
    }
    if (value.playerId !== 0n && value.playerId !== undefined) {
      bytes[at++] = 0x10;
      at = putVarint64(bytes, at, checkUint64(value.playerId));
    }
    writer.position = at;
    if (value.name !== "" && value.name !== undefined) writer.string(0x1a, value.name);
    if (value.text !== "" && value.text !== undefined) writer.string(0x22, value.text);
    if (value.saidAt !== 0 && value.saidAt !== undefined) writeInt53(writer, 0x28, value.saidAt);
  },

  read(reader, end, into) {
    const value = into ?? Line.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.line = reader.uint32();
          break;
        case 0x10:
          value.playerId = reader.uint64();
          break;
        case 0x1a:
          value.name = reader.string();
          break;
        case 0x22:
          value.text = reader.string();
          break;
        case 0x28:
          value.saidAt = reader.int53();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Headcount {
  players: number;
}

export const Headcount: MessageType<Headcount> = {
  name: "meadow.Headcount",

  create(init) {
    const value: Headcount = { players: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.players !== 0 && value.players !== undefined) writeUint32(writer, 0x08, value.players);
  },

  read(reader, end, into) {
    const value = into ?? Headcount.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.players = reader.uint32();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};
