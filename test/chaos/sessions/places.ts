import { control, headerBytes } from "../../../runtime/wire/frame/frame-format.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import type { Direction } from "./faults.ts";

/**
 * Message that a byte on the network belongs to.
 *
 * - `hello`: the first message of the client
 * - `welcome`: the first message of the gate
 * - `replay`: an answer or numbered push that an earlier connection had carried already
 * - `load`: all else, among it the upgrade to a WebSocket
 */
export const places = ["hello", "welcome", "replay", "load"] as const;

export type Place = (typeof places)[number];

/** Bytes `[start, end)` of a chunk. A negative start: the message has begun in an earlier chunk. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly place: Place;
}

/** Messages of the gate to one client, over all its connections. Only for a client whose session lasts. */
export class SentMessages {
  #lastPush = 0;
  readonly #answered = new Set<number>();

  /** Notes an answer or numbered push. Returns whether the gate had sent it before. */
  wasSent(of: number, sequence: number): boolean {
    if (of === kind.push) {
      if (sequence <= this.#lastPush) return sequence !== 0;
      this.#lastPush = sequence;
      return false;
    }
    if (of !== kind.reply && of !== kind.error) return false;
    if (this.#answered.has(sequence)) return true;
    this.#answered.add(sequence);
    return false;
  }
}

/** Reads both directions of a connection, TCP or WebSocket, and tells what its bytes belong to. */
export class PlaceMap {
  readonly #up = new UpReader(() => this.#down.isWelcomed);
  readonly #down: DownReader;

  constructor(sent: SentMessages) {
    this.#down = new DownReader(sent);
  }

  /** Returns the segments of the next chunk of a direction, in order. Bytes that no segment has are `load`. */
  read(direction: Direction, chunk: Uint8Array): Segment[] {
    return direction === "up" ? this.#up.read(chunk) : this.#down.read(chunk);
  }
}

/** Returns what a cut before byte `at` of a chunk falls into. A cut between two messages is `load`. */
export function placeAt(segments: readonly Segment[], at: number): Place {
  return segments.find(({ start, end }) => start < at && at < end)?.place ?? "load";
}

/** Finds the end of the HTTP messages that open a WebSocket. */
class UpgradeReader {
  /** First byte of the connection: over TCP it is the 0 of a frame's head. */
  #isUpgrade: boolean | undefined;
  #ending = 0;

  get isWebSocket(): boolean {
    return this.#isUpgrade === true;
  }

  /** Returns where the bytes after the upgrade begin. */
  skip(chunk: Uint8Array): number {
    this.#isUpgrade ??= chunk[0] === 0x47 || chunk[0] === 0x48;
    let at = 0;
    if (!this.#isUpgrade) return at;
    for (; at < chunk.length && this.#ending < 4; at++) {
      const isNext = chunk[at] === (this.#ending % 2 === 0 ? 13 : 10);
      this.#ending = isNext ? this.#ending + 1 : chunk[at] === 13 ? 1 : 0;
    }
    return at;
  }
}

/** From the client: before the welcome, it sends nothing but its Hello. */
class UpReader {
  readonly #upgrade = new UpgradeReader();
  readonly #isWelcomed: () => boolean;
  #hasBegun = false;

  constructor(isWelcomed: () => boolean) {
    this.#isWelcomed = isWelcomed;
  }

  read(chunk: Uint8Array): Segment[] {
    const at = this.#upgrade.skip(chunk);
    if (at === chunk.length || this.#isWelcomed()) return [];
    const start = this.#hasBegun ? -1 : at;
    this.#hasBegun = true;
    return [{ start, end: chunk.length, place: "hello" }];
  }
}

/** Bytes of a frame that tell its place: header, kind and sequence number. */
const tellingBytes = headerBytes("standard") + 5;
const lengthAt = 9;
const commandAt = 13;

/** From the gate: finds the frames, and looks at kind and sequence number. */
class DownReader {
  readonly #sent: SentMessages;
  readonly #upgrade = new UpgradeReader();
  readonly #socket = new MessageHeads();
  /** First bytes of the frame under way. */
  readonly #first = Buffer.alloc(tellingBytes);
  #have = 0;
  /** Bytes of the frame that have not arrived; of a frame whose place is known. */
  #left = 0;
  #place: Place = "load";
  isWelcomed = false;

  constructor(sent: SentMessages) {
    this.#sent = sent;
  }

  read(chunk: Uint8Array): Segment[] {
    const segments: Segment[] = [];
    let start = -1;
    const end = (at: number): void => {
      segments.push({ start, end: at, place: this.#place });
    };
    for (let at = this.#upgrade.skip(chunk); at < chunk.length; at++) {
      if (this.#upgrade.isWebSocket && this.#socket.takes(chunk[at]!)) continue;
      if (this.#left > 0) {
        if (--this.#left === 0) end(at + 1);
        continue;
      }
      if (this.#have === 0) start = at;
      this.#first[this.#have++] = chunk[at]!;
      if (this.#have < tellingBytes) continue;
      this.#have = 0;
      this.#left = this.#first.readUInt32BE(lengthAt) + commandAt - tellingBytes;
      this.#place = this.#placeOf();
      if (this.#left === 0) end(at + 1);
    }
    if (this.#left > 0) end(chunk.length);
    return segments;
  }

  #placeOf(): Place {
    if (this.#first.readUInt32BE(commandAt) === control.welcome) {
      this.isWelcomed = true;
      return "welcome";
    }
    const of = this.#first[tellingBytes - 5]! & 15;
    return this.#sent.wasSent(of, this.#first.readUInt32BE(tellingBytes - 4)) ? "replay" : "load";
  }
}

/** Finds the heads of a server's WebSocket frames, which have no mask. */
class MessageHeads {
  #have = 0;
  #size = 2;
  #length = 0;
  #left = 0;

  /** Takes a byte. Returns whether it belongs to a head. */
  takes(byte: number): boolean {
    if (this.#left > 0) {
      this.#left--;
      return false;
    }
    if (this.#have === 1) {
      this.#size = byte === 127 ? 10 : byte === 126 ? 4 : 2;
      this.#length = byte < 126 ? byte : 0;
    } else if (this.#have > 1) this.#length = this.#length * 256 + byte;
    if (++this.#have === this.#size) {
      this.#have = 0;
      this.#size = 2;
      this.#left = this.#length;
    }
    return true;
  }
}
