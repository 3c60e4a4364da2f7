// Written by photinus codegen from meadow/meadow.proto; do not edit.
// Where fireflies meet.

import {
  checkFloat,
  checkUint32,
  checkUint64,
  createList,
  createOne,
  listOf,
  type MessageType,
  putVarint32,
  putVarint64,
  withDefaults,
  writeDouble,
  writeUint32,
  writeUint64,
} from "@photinus/client";
import { HighScore } from "./world.messages.ts";

/** A place in the meadow; the meadow is 1 wide and 1 high. */
export interface Position {
  x: number;
  y: number;
}

export const Position: MessageType<Position> = {
  name: "meadow.Position",

  create(init) {
    const value: Position = { x: 0, y: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    writer.ensure(10);
    const { bytes, view } = writer;
    let at = writer.position;
    if ((value.x !== 0 || 1 / value.x < 0) && value.x !== undefined) {
      bytes[at++] = 0x0d;
      view.setFloat32(at, checkFloat(value.x), true);
      at += 4;
    }
    if ((value.y !== 0 || 1 / value.y < 0) && value.y !== undefined) {
      bytes[at++] = 0x15;
      view.setFloat32(at, checkFloat(value.y), true);
      at += 4;
    }
    writer.position = at;
  },

  read(reader, end, into) {
    const value = into ?? Position.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x0d:
          value.x = reader.float();
          break;
        case 0x15:
          value.y = reader.float();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Firefly {
  /** The id of its player. */
  id: bigint;
  name: string;
  /** Degrees on the colour wheel, 0 .. 359. */
  hue: number;
  position: Position | undefined;
}

export const Firefly: MessageType<Firefly> = {
  name: "meadow.Firefly",

  create(init) {
    const value: Firefly = { id: 0n, name: "", hue: 0, position: undefined };
    if (init === undefined) return value;
    return {
      ...withDefaults(value, init),
      position: createOne(Position, init.position),
    };
  },

  write(writer, value) {
    if (value.id !== 0n && value.id !== undefined) writeUint64(writer, 0x08, value.id);
    if (value.name !== "" && value.name !== undefined) writer.string(0x12, value.name);
    if (value.hue !== 0 && value.hue !== undefined) writeUint32(writer, 0x18, value.hue);
    if (value.position !== undefined) {
      const mark = writer.begin(0x22);
      Position.write(writer, value.position);
      writer.endMessage(mark, value.position);
    }
  },

  read(reader, end, into) {
    const value = into ?? Firefly.create();
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
          value.position = Position.read(reader, reader.limit(), value.position);
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface EnterRequest {
  meadowId: number;
}

export const EnterRequest: MessageType<EnterRequest> = {
  name: "meadow.EnterRequest",

  create(init) {
    const value: EnterRequest = { meadowId: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.meadowId !== 0 && value.meadowId !== undefined) writeUint32(writer, 0x08, value.meadowId);
  },

  read(reader, end, into) {
    const value = into ?? EnterRequest.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.meadowId = reader.uint32();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface EnterReply {
  /** Everybody who is there, the one who entered included. */
  fireflies: Firefly[];
  /** The node that hosts the meadow. */
  node: string;
}

export const EnterReply: MessageType<EnterReply> = {
  name: "meadow.EnterReply",

  create(init) {
    const value: EnterReply = { fireflies: [], node: "" };
    if (init === undefined) return value;
    return {
      ...withDefaults(value, init),
      fireflies: createList(Firefly, init.fireflies),
    };
  },

  write(writer, value) {
    for (const item of listOf(value.fireflies)) {
      const mark = writer.begin(0x0a);
      Firefly.write(writer, item);
      writer.endMessage(mark, item);
    }
    if (value.node !== "" && value.node !== undefined) writer.string(0x12, value.node);
  },

  read(reader, end, into) {
    const value = into ?? EnterReply.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x0a:
          value.fireflies.push(Firefly.read(reader, reader.limit()));
          break;
        case 0x12:
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

export interface Step {
  meadowId: number;
  position: Position | undefined;
}

export const Step: MessageType<Step> = {
  name: "meadow.Step",

  create(init) {
    const value: Step = { meadowId: 0, position: undefined };
    if (init === undefined) return value;
    return {
      ...withDefaults(value, init),
      position: createOne(Position, init.position),
    };
  },

  write(writer, value) {
    if (value.meadowId !== 0 && value.meadowId !== undefined) writeUint32(writer, 0x08, value.meadowId);
    if (value.position !== undefined) {
      const mark = writer.begin(0x12);
      Position.write(writer, value.position);
      writer.endMessage(mark, value.position);
    }
  },

  read(reader, end, into) {
    const value = into ?? Step.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.meadowId = reader.uint32();
          break;
        case 0x12:
          value.position = Position.read(reader, reader.limit(), value.position);
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface FlashRequest {
  meadowId: number;
}

export const FlashRequest: MessageType<FlashRequest> = {
  name: "meadow.FlashRequest",

  create(init) {
    const value: FlashRequest = { meadowId: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.meadowId !== 0 && value.meadowId !== undefined) writeUint32(writer, 0x08, value.meadowId);
  },

  read(reader, end, into) {
    const value = into ?? FlashRequest.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.meadowId = reader.uint32();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface FlashReply {
  /** Until the light can flash again. */
  rechargeMs: number;
  /** How often the firefly has lit up in this meadow. */
  flashes: bigint;
  /** The player that has flashed most often. */
  best: HighScore | undefined;
}

export const FlashReply: MessageType<FlashReply> = {
  name: "meadow.FlashReply",

  create(init) {
    const value: FlashReply = { rechargeMs: 0, flashes: 0n, best: undefined };
    if (init === undefined) return value;
    return {
      ...withDefaults(value, init),
      best: createOne(HighScore, init.best),
    };
  },

  write(writer, value) {
    writer.ensure(17);
    const { bytes } = writer;
    let at = writer.position;
    if (value.rechargeMs !== 0 && value.rechargeMs !== undefined) {
      bytes[at++] = 0x08;
      at = putVarint32(bytes, at, checkUint32(value.rechargeMs));
    }
    if (value.flashes !== 0n && value.flashes !== undefined) {
      bytes[at++] = 0x10;
      at = putVarint64(bytes, at, checkUint64(value.flashes));
    }
    writer.position = at;
    if (value.best !== undefined) {
      const mark = writer.begin(0x1a);
      HighScore.write(writer, value.best);
      writer.endMessage(mark, value.best);
    }
  },

  read(reader, end, into) {
    const value = into ?? FlashReply.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.rechargeMs = reader.uint32();
          break;
        case 0x10:
          value.flashes = reader.uint64();
          break;
        case 0x1a:
          value.best = HighScore.read(reader, reader.limit(), value.best);
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface ForecastRequest {
  meadowId: number;
  /** How many steps to look ahead, at most 200,000. */
  steps: number;
}

export const ForecastRequest: MessageType<ForecastRequest> = {
  name: "meadow.ForecastRequest",

  create(init) {
    const value: ForecastRequest = { meadowId: 0, steps: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    writer.ensure(12);
    const { bytes } = writer;
    let at = writer.position;
    if (value.meadowId !== 0 && value.meadowId !== undefined) {
      bytes[at++] = 0x08;
      at = putVarint32(bytes, at, checkUint32(value.meadowId));
    }
    if (value.steps !== 0 && value.steps !== undefined) {
      bytes[at++] = 0x10;
      at = putVarint32(bytes, at, checkUint32(value.steps));
    }
    writer.position = at;
  },

  read(reader, end, into) {
    const value = into ?? ForecastRequest.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.meadowId = reader.uint32();
          break;
        case 0x10:
          value.steps = reader.uint32();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface ForecastReply {
  gathering: Position | undefined;
  /** How sure it is, 0 .. 1. */
  confidence: number;
}

export const ForecastReply: MessageType<ForecastReply> = {
  name: "meadow.ForecastReply",

  create(init) {
    const value: ForecastReply = { gathering: undefined, confidence: 0 };
    if (init === undefined) return value;
    return {
      ...withDefaults(value, init),
      gathering: createOne(Position, init.gathering),
    };
  },

  write(writer, value) {
    if (value.gathering !== undefined) {
      const mark = writer.begin(0x0a);
      Position.write(writer, value.gathering);
      writer.endMessage(mark, value.gathering);
    }
    if ((value.confidence !== 0 || 1 / value.confidence < 0) && value.confidence !== undefined) writeDouble(writer, 0x11, value.confidence);
  },

  read(reader, end, into) {
    const value = into ?? ForecastReply.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x0a:
          value.gathering = Position.read(reader, reader.limit(), value.gathering);
          break;
        case 0x11:
          value.confidence = reader.double();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Departure {
  fireflyId: bigint;
}

export const Departure: MessageType<Departure> = {
  name: "meadow.Departure",

  create(init) {
    const value: Departure = { fireflyId: 0n };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.fireflyId !== 0n && value.fireflyId !== undefined) writeUint64(writer, 0x08, value.fireflyId);
  },

  read(reader, end, into) {
    const value = into ?? Departure.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.fireflyId = reader.uint64();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Flight {
  fireflyId: bigint;
  position: Position | undefined;
}

export const Flight: MessageType<Flight> = {
  name: "meadow.Flight",

  create(init) {
    const value: Flight = { fireflyId: 0n, position: undefined };
    if (init === undefined) return value;
    return {
      ...withDefaults(value, init),
      position: createOne(Position, init.position),
    };
  },

  write(writer, value) {
    if (value.fireflyId !== 0n && value.fireflyId !== undefined) writeUint64(writer, 0x08, value.fireflyId);
    if (value.position !== undefined) {
      const mark = writer.begin(0x12);
      Position.write(writer, value.position);
      writer.endMessage(mark, value.position);
    }
  },

  read(reader, end, into) {
    const value = into ?? Flight.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.fireflyId = reader.uint64();
          break;
        case 0x12:
          value.position = Position.read(reader, reader.limit(), value.position);
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

export interface Glow {
  fireflyId: bigint;
}

export const Glow: MessageType<Glow> = {
  name: "meadow.Glow",

  create(init) {
    const value: Glow = { fireflyId: 0n };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.fireflyId !== 0n && value.fireflyId !== undefined) writeUint64(writer, 0x08, value.fireflyId);
  },

  read(reader, end, into) {
    const value = into ?? Glow.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.fireflyId = reader.uint64();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};
