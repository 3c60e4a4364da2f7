import { encode } from "../../../../../runtime/wire/codec/codec-runtime.ts";
import { Line, Place } from "../../../game/fixtures/server/scene.messages.ts";
import { bareKind, placeBytes } from "../../bare-format.ts";
import { Connection } from "../connection.ts";
import { type Frames, nowUs, type Player } from "../player.ts";
import { mask, maskedFrame } from "../web-socket.ts";
import { seePlace } from "./photinus.ts";
import { lineText, type Wire } from "./wire.ts";

/** A kind and our side's bytes, in WebSocket messages. A message of moves may have those of a whole scene, the player's own among them. */
export class BareWire implements Wire {
  readonly #port: number;
  readonly #showsOwn: boolean;

  /** @param showsOwn whether the server sends a player its own moves, too */
  constructor(port: number, showsOwn: boolean) {
    this.#port = port;
    this.#showsOwn = showsOwn;
  }

  async enter(player: Player): Promise<void> {
    const connection = await Connection.dialWebSocket(this.#port);
    const entry = Buffer.alloc(5);
    entry[0] = bareKind.enter;
    entry.writeUInt32LE(player.scene, 1);
    await new Promise<void>((resolve) => {
      connection.onBytes = (bytes, start, end) => {
        if (bytes[start] === bareKind.move) this.#onMoves(player, bytes, start + 1, end);
        else if (bytes[start] === bareKind.line) player.lines++;
        else resolve();
      };
      connection.write(maskedFrame(entry));
    });
    player.entered(connection, framesOf(player.id));
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  leave({ connection }: Player): void {
    connection?.close();
  }

  #onMoves(player: Player, bytes: Uint8Array, start: number, end: number): void {
    const now = nowUs();
    for (let at = start; at < end; at += placeBytes) {
      const isOwn = this.#showsOwn && bytes[at + 1] === (player.id & 255) && idAt(bytes, at) === player.id;
      if (!isOwn) seePlace(player, bytes, at, now);
    }
  }
}

function idAt(bytes: Uint8Array, place: number): number {
  return bytes[place + 1]! | (bytes[place + 2]! << 8) | (bytes[place + 3]! << 16);
}

function framesOf(id: number): Frames {
  const place = encode(Place, { id, sent: 1, x: 1, y: 1, z: 1, heading: 1 });
  const move = maskedFrame(Buffer.concat([Buffer.from([bareKind.move]), place]));
  const from = move.length - placeBytes + 6;
  const line = Buffer.concat([Buffer.from([bareKind.line]), encode(Line, { id, text: lineText })]);
  return {
    move,
    layout: {
      sent: from,
      floats: [from + 5, from + 10, from + 15, from + 20],
      numbers: "protobuf",
      mask,
    },
    line: maskedFrame(line),
  };
}
