// Written by photinus codegen from meadow/chat.proto; do not edit.
// Talk.

import {
  checkUint32,
  checkUint64,
  createList,
  keepUnknown,
  listOf,
  type MessageType,
  putVarint32,
  putVarint64,
  type UnknownFields,
  withDefaults,
  writeBool,
  writeInt53,
  writeUint32,
  writeUint64,
  writeUnknown,
} from "photinus/v1";

export interface Saying extends UnknownFields {
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
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "meadow.Saying");
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
          keepUnknown(reader, tag, value, "meadow.Saying");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface SayReply extends UnknownFields {
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
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "meadow.SayReply");
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
          keepUnknown(reader, tag, value, "meadow.SayReply");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Line extends UnknownFields {
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
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "meadow.Line");
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
          keepUnknown(reader, tag, value, "meadow.Line");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Headcount extends UnknownFields {
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
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "meadow.Headcount");
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
          keepUnknown(reader, tag, value, "meadow.Headcount");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Arrival extends UnknownFields {
  playerId: bigint;
  name: string;
  meadowId: number;
  /** Degrees on the colour wheel, 0 .. 359. */
  hue: number;
}

export const Arrival: MessageType<Arrival> = {
  name: "meadow.Arrival",

  create(init) {
    const value: Arrival = { playerId: 0n, name: "", meadowId: 0, hue: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.playerId !== 0n && value.playerId !== undefined) writeUint64(writer, 0x08, value.playerId);
    if (value.name !== "" && value.name !== undefined) writer.string(0x12, value.name);
    writer.ensure(12);
    const { bytes } = writer;
    let at = writer.position;
    if (value.meadowId !== 0 && value.meadowId !== undefined) {
      bytes[at++] = 0x18;
      at = putVarint32(bytes, at, checkUint32(value.meadowId));
    }
    if (value.hue !== 0 && value.hue !== undefined) {
      bytes[at++] = 0x20;
      at = putVarint32(bytes, at, checkUint32(value.hue));
    }
    writer.position = at;
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "meadow.Arrival");
  },

  read(reader, end, into) {
    const value = into ?? Arrival.create();
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
          value.meadowId = reader.uint32();
          break;
        case 0x20:
          value.hue = reader.uint32();
          break;
        default:
          keepUnknown(reader, tag, value, "meadow.Arrival");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Welcomed extends UnknownFields {
  /** Players in that meadow now. */
  players: number;
  /** The meadow where the player was before; 0 for none. */
  formerMeadowId: number;
}

export const Welcomed: MessageType<Welcomed> = {
  name: "meadow.Welcomed",

  create(init) {
    const value: Welcomed = { players: 0, formerMeadowId: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    writer.ensure(12);
    const { bytes } = writer;
    let at = writer.position;
    if (value.players !== 0 && value.players !== undefined) {
      bytes[at++] = 0x08;
      at = putVarint32(bytes, at, checkUint32(value.players));
    }
    if (value.formerMeadowId !== 0 && value.formerMeadowId !== undefined) {
      bytes[at++] = 0x10;
      at = putVarint32(bytes, at, checkUint32(value.formerMeadowId));
    }
    writer.position = at;
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "meadow.Welcomed");
  },

  read(reader, end, into) {
    const value = into ?? Welcomed.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.players = reader.uint32();
          break;
        case 0x10:
          value.formerMeadowId = reader.uint32();
          break;
        default:
          keepUnknown(reader, tag, value, "meadow.Welcomed");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Departing extends UnknownFields {
  playerId: bigint;
  /** 0: wherever it is. */
  meadowId: number;
}

export const Departing: MessageType<Departing> = {
  name: "meadow.Departing",

  create(init) {
    const value: Departing = { playerId: 0n, meadowId: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    writer.ensure(17);
    const { bytes } = writer;
    let at = writer.position;
    if (value.playerId !== 0n && value.playerId !== undefined) {
      bytes[at++] = 0x08;
      at = putVarint64(bytes, at, checkUint64(value.playerId));
    }
    if (value.meadowId !== 0 && value.meadowId !== undefined) {
      bytes[at++] = 0x10;
      at = putVarint32(bytes, at, checkUint32(value.meadowId));
    }
    writer.position = at;
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "meadow.Departing");
  },

  read(reader, end, into) {
    const value = into ?? Departing.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.playerId = reader.uint64();
          break;
        case 0x10:
          value.meadowId = reader.uint32();
          break;
        default:
          keepUnknown(reader, tag, value, "meadow.Departing");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface RollRequest extends UnknownFields {
  meadowId: number;
}

export const RollRequest: MessageType<RollRequest> = {
  name: "meadow.RollRequest",

  create(init) {
    const value: RollRequest = { meadowId: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.meadowId !== 0 && value.meadowId !== undefined) writeUint32(writer, 0x08, value.meadowId);
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "meadow.RollRequest");
  },

  read(reader, end, into) {
    const value = into ?? RollRequest.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.meadowId = reader.uint32();
          break;
        default:
          keepUnknown(reader, tag, value, "meadow.RollRequest");
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface RollReply extends UnknownFields {
  /** False: it was restarted, and has not found out yet. */
  known: boolean;
  players: Arrival[];
}

export const RollReply: MessageType<RollReply> = {
  name: "meadow.RollReply",

  create(init) {
    const value: RollReply = { known: false, players: [] };
    if (init === undefined) return value;
    return {
      ...withDefaults(value, init),
      players: createList(Arrival, init.players),
    };
  },

  write(writer, value) {
    if (value.known !== false && value.known !== undefined) writeBool(writer, 0x08, value.known);
    for (const item of listOf(value.players)) {
      const mark = writer.begin(0x12);
      Arrival.write(writer, item);
      writer.endMessage(mark, item);
    }
    if (value.$unknown !== undefined) writeUnknown(writer, value.$unknown, "meadow.RollReply");
  },

  read(reader, end, into) {
    const value = into ?? RollReply.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.known = reader.bool();
          break;
        case 0x12:
          value.players.push(Arrival.read(reader, reader.limit()));
          break;
        default:
          keepUnknown(reader, tag, value, "meadow.RollReply");
      }
    }
    reader.finish(end);
    return value;
  },
};
