import { loadPeer } from "../../../harness/peers.ts";
import { Connection } from "../connection.ts";
import { type Frames, nowUs, type Player } from "../player.ts";
import { finalText, mask, maskedFrame } from "../web-socket.ts";
import { aMove, float64At, numbersFrom, numbersIn, smallNumberAt, startsWith, uint32At } from "./msgpack.ts";
import { lineText, type Wire } from "./wire.ts";

interface Parser {
  readonly Encoder: new () => { encode(packet: object): readonly Buffer[] };
}

const { Encoder } = loadPeer<Parser>("socket.io-msgpack-parser");
const encoder = new Encoder();

/** Types of packets of Socket.IO, and the messages of Engine.IO that are texts. */
const type = { connect: 0, event: 2 } as const;
const engine = { open: 0x30, ping: 0x32 } as const;
const path = "/socket.io/?EIO=4&transport=websocket";

function packet(of: number, data: unknown, options?: object): Buffer {
  return encoder.encode({ type: of, data, ...(options && { options }), nsp: "/" })[0]!;
}

/** As the client library sends events. */
function event(name: string, data: object): Buffer {
  return packet(type.event, [name, data], { compress: true });
}

const moved = packet(type.event, ["moved", { ...aMove, id: 1 }]);
const movedNumbers = numbersIn(moved);
const idAt = movedNumbers.floats[3] + 8 + Buffer.from("_id").length;
const movedHead = moved.subarray(0, moved.indexOf("moved") + 5);
const said = packet(type.event, ["said", {}]);
const saidHead = said.subarray(0, said.indexOf("said") + 4);
const connected = packet(type.connect, {}).subarray(0, 7);

/** Socket.IO over WebSocket, with its parser for MessagePack. */
export class SocketIoWire implements Wire {
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  async enter(player: Player): Promise<void> {
    const connection = await Connection.dialWebSocket(this.#port, path);
    await new Promise<void>((resolve) => {
      connection.onBytes = (bytes, start) => {
        if (startsWith(bytes, start, movedHead)) onMoved(player, bytes, start);
        else if (startsWith(bytes, start, saidHead)) player.lines++;
        else if (bytes[start] === engine.open) connection.write(maskedFrame(packet(type.connect, undefined)));
        else if (bytes[start] === engine.ping) connection.write(maskedFrame(Buffer.from("3"), finalText));
        else if (startsWith(bytes, start, connected)) {
          connection.write(maskedFrame(event("enter", { id: player.id, scene: player.scene })));
        } else resolve();
      };
    });
    player.entered(connection, framesOf(player.id));
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  leave({ connection }: Player): void {
    connection?.close();
  }
}

function onMoved(player: Player, bytes: Uint8Array, start: number): void {
  const sent = uint32At(bytes, start + movedNumbers.sent);
  player.saw(sent, nowUs());
  if (player.sample === undefined) return;
  const x = float64At(bytes, start + movedNumbers.floats[0]);
  player.sample.saw(smallNumberAt(bytes, start + idAt), sent, x);
}

function framesOf(id: number): Frames {
  const plain = event("move", aMove);
  const move = maskedFrame(plain);
  return {
    move,
    layout: { ...numbersFrom(plain, move.length - plain.length), numbers: "msgpack", mask },
    line: maskedFrame(event("say", { id, text: lineText })),
  };
}
