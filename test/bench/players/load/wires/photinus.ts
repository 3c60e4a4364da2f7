import { encode } from "../../../../../runtime/wire/codec/codec-runtime.ts";
import { kind } from "../../../../../runtime/wire/session/envelope.ts";
import { sessionFrame } from "../../../../setup/frames.ts";
import { Entry, Line, Step } from "../../../game/fixtures/server/scene.messages.ts";
import { ackBytes, ackFrame, byeFrame, envelopeAt, openingWith } from "../../../game/frames/requests.ts";
import { movePushes } from "../../move-pushes.ts";
import { Connection } from "../connection.ts";
import { Cutter } from "../cutter.ts";
import { type Frames, nowUs, type Player } from "../player.ts";
import { mask, maskedFrame } from "../web-socket.ts";
import { lineText, type Wire } from "./wire.ts";

const commands = { enter: 11, move: 12, say: 13 } as const;
const movedPushes: readonly number[] = Object.values(movePushes);
const saidPush = 62;
/** Where a body begins, behind header and envelope. */
const bodyAt = envelopeAt + 5;
const commandAt = envelopeAt - 4;

/** The session protocol, over TCP or WebSocket. Sessions can be resumed, as those of the client libraries can. */
export class PhotinusWire implements Wire {
  readonly #port: number;
  readonly #over: "tcp" | "websocket";

  constructor(port: number, over: "tcp" | "websocket") {
    this.#port = port;
    this.#over = over;
  }

  async enter(player: Player): Promise<void> {
    const connection = await (this.#over === "tcp"
      ? Connection.dialTcp(this.#port)
      : Connection.dialWebSocket(this.#port));
    const entry = encode(Entry, { player: player.id, scene: player.scene });
    await new Promise<void>((resolve) => {
      const reader = new Reader(player, (bytes) => connection.write(this.#framed(bytes)), resolve);
      connection.onBytes = (bytes, start, end) => reader.push(bytes, start, end);
      connection.write(this.#framed(openingWith(commands.enter, entry, true, true)));
    });
    player.entered(connection, this.#frames(player.id));
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  leave({ connection }: Player): void {
    connection?.write(this.#framed(byeFrame()), () => connection.close());
  }

  #framed(bytes: Uint8Array): Uint8Array {
    return this.#over === "tcp" ? Uint8Array.from(bytes) : maskedFrame(bytes);
  }

  #frames(id: number): Frames {
    const step = encode(Step, { sent: 1, x: 1, y: 1, z: 1, heading: 1 });
    const plain = sessionFrame(kind.notify, commands.move, 0, step);
    const move = this.#framed(plain);
    // Each number stands behind a tag of one byte, in the order of the fields.
    const from = move.length - step.length + 1;
    return {
      move,
      layout: {
        sent: from,
        floats: [from + 5, from + 10, from + 15, from + 20],
        numbers: "protobuf",
        mask: this.#over === "tcp" ? 0 : mask,
      },
      line: this.#framed(sessionFrame(kind.notify, commands.say, 0, encode(Line, { id, text: lineText }))),
    };
  }
}

/** Reads what a gate sends, and acknowledges it as a client does. */
class Reader {
  readonly #player: Player;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #entered: () => void;
  readonly #frames = new Cutter(sizeOf, (bytes, start, end) => this.#onFrame(bytes, start, end));
  #now = 0;
  #unacknowledged = 0;
  #answers = 0;
  #lastPush = 0;

  constructor(player: Player, write: (bytes: Uint8Array) => void, entered: () => void) {
    this.#player = player;
    this.#write = write;
    this.#entered = entered;
  }

  push(bytes: Uint8Array, start: number, end: number): void {
    this.#now = nowUs();
    this.#frames.push(bytes, start, end);
    this.#unacknowledged += end - start;
    if (this.#unacknowledged < ackBytes) return;
    this.#unacknowledged = 0;
    this.#write(ackFrame(this.#lastPush, this.#answers));
  }

  #onFrame(bytes: Uint8Array, start: number, end: number): void {
    const of = bytes[start + envelopeAt];
    if (of === kind.push) this.#onPush(bytes, start, start + bodyAt, end);
    else if (of === kind.batch) {
      for (let at = start + bodyAt; at < end; ) {
        const body = at + 2;
        at = body + ((bytes[at]! << 8) | bytes[at + 1]!);
        this.#onPush(bytes, start, body, at);
      }
    } else if (of === kind.reply) {
      this.#answers++;
      this.#entered();
    } else if (of !== kind.control) throw new Error(`a frame of kind ${of}`);
  }

  /** Takes a push of the frame at `start`; its body is bytes[body, end). */
  #onPush(bytes: Uint8Array, start: number, body: number, end: number): void {
    const id = uint32(bytes, start + commandAt);
    const sequence = uint32(bytes, start + envelopeAt + 1);
    if (sequence !== 0) this.#lastPush = sequence;
    if (movedPushes.includes(id)) {
      if (end - body !== 30) throw new Error(`a move of ${end - body} bytes`);
      seePlace(this.#player, bytes, body, this.#now);
    } else if (id === saidPush) this.#player.lines++;
    else throw new Error(`push ${id}`);
  }
}

const floats = new DataView(new ArrayBuffer(4));

/** A message of type Place: six numbers of 32 bits, each behind a tag of one byte. */
export function seePlace(player: Player, bytes: Uint8Array, at: number, now: number): void {
  const sent = uint32Low(bytes, at + 6);
  player.saw(sent, now);
  if (player.sample === undefined) return;
  floats.setUint32(0, uint32Low(bytes, at + 11));
  player.sample.saw(uint32Low(bytes, at + 1), sent, floats.getFloat32(0));
}

function sizeOf(bytes: Uint8Array, at: number, end: number): number {
  return end - at < envelopeAt ? 0 : commandAt + uint32(bytes, at + 9);
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Lowest byte first. */
export function uint32Low(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
