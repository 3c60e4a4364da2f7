// Written by photinus codegen from meadow/login.proto; do not edit.
// Coming in: who a player is.

import {
  checkUint32,
  listOf,
  type MessageType,
  putVarint32,
  withDefaults,
  writeUint32,
  writeUint64,
} from "@photinus/client";

export interface SignInRequest {
  name: string;
  /** The colour of the firefly's light: degrees on the colour wheel, 0 .. 359. */
  hue: number;
}

export const SignInRequest: MessageType<SignInRequest> = {
  name: "meadow.SignInRequest",

  create(init) {
    const value: SignInRequest = { name: "", hue: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.name !== "" && value.name !== undefined) writer.string(0x0a, value.name);
    if (value.hue !== 0 && value.hue !== undefined) writeUint32(writer, 0x10, value.hue);
  },

  read(reader, end, into) {
    const value = into ?? SignInRequest.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x0a:
          value.name = reader.string();
          break;
        case 0x10:
          value.hue = reader.uint32();
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
  /** Meadows that can be entered. */
  meadows: number[];
  /** To come back with; the player's alone. It replaces the one before. */
  token: string;
}

export const SignInReply: MessageType<SignInReply> = {
  name: "meadow.SignInReply",

  create(init) {
    const value: SignInReply = { playerId: 0n, meadows: [], token: "" };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.playerId !== 0n && value.playerId !== undefined) writeUint64(writer, 0x08, value.playerId);
    if (value.meadows !== undefined && listOf(value.meadows).length > 0) {
      const mark = writer.begin(0x12, value.meadows.length * 5);
      const { bytes } = writer;
      let at = mark;
      for (const item of value.meadows) at = putVarint32(bytes, at, checkUint32(item));
      writer.position = at;
      writer.end(mark);
    }
    if (value.token !== "" && value.token !== undefined) writer.string(0x1a, value.token);
  },

  read(reader, end, into) {
    const value = into ?? SignInReply.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.playerId = reader.uint64();
          break;
        case 0x10:
          value.meadows.push(reader.uint32());
          break;
        case 0x12: {
          const last = reader.limit();
          while (reader.position < last) value.meadows.push(reader.uint32());
          reader.finish(last);
          break;
        }
        case 0x1a:
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

export interface ComeBackRequest {
  token: string;
}

export const ComeBackRequest: MessageType<ComeBackRequest> = {
  name: "meadow.ComeBackRequest",

  create(init) {
    const value: ComeBackRequest = { token: "" };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.token !== "" && value.token !== undefined) writer.string(0x0a, value.token);
  },

  read(reader, end, into) {
    const value = into ?? ComeBackRequest.create();
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x0a:
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

export interface PlayerProfile {
  playerId: bigint;
  name: string;
  hue: number;
}

export const PlayerProfile: MessageType<PlayerProfile> = {
  name: "meadow.PlayerProfile",

  create(init) {
    const value: PlayerProfile = { playerId: 0n, name: "", hue: 0 };
    if (init === undefined) return value;
    return withDefaults(value, init);
  },

  write(writer, value) {
    if (value.playerId !== 0n && value.playerId !== undefined) writeUint64(writer, 0x08, value.playerId);
    if (value.name !== "" && value.name !== undefined) writer.string(0x12, value.name);
    if (value.hue !== 0 && value.hue !== undefined) writeUint32(writer, 0x18, value.hue);
  },

  read(reader, end, into) {
    const value = into ?? PlayerProfile.create();
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
          value.hue = reader.uint32();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};
