import { setTimeout as pause } from "node:timers/promises";
import { loadPeer } from "../../../harness/peers.ts";
import { Connection } from "../connection.ts";
import { type Frames, nowUs, type Player, sceneSize } from "../player.ts";
import { mask, maskedFrame } from "../web-socket.ts";
import { SceneDecoder } from "./colyseus-scene.ts";
import { aMove, float64At, numbersFrom, numbersIn, smallNumberAt, startsWith, uint32At } from "./msgpack.ts";
import { lineText, type Wire } from "./wire.ts";

type PackrClass = new (options?: { readonly useRecords: false }) => { pack(value: unknown): Buffer };
const { Packr } = loadPeer<{ Packr: PackrClass }>("msgpackr");
/** As Colyseus' client has it. */
const packer = new Packr();

/** Codes of @colyseus/shared-types. */
const code = { joinRoom: 10, roomData: 13, roomState: 14, roomStatePatch: 15 } as const;

/** Answer of Colyseus' matchmaking. */
interface Seat {
  readonly roomId: string;
  readonly processId: string;
  readonly sessionId: string;
}

/** Colyseus' protocol over WebSocket, for rooms that send their state, and for rooms that send messages. */
export class ColyseusWire implements Wire {
  readonly #port: number;
  /** By the scene's number. */
  readonly #scenes = new Map<number, SceneDecoder>();

  /** True once patches hold nothing but moves. */
  #isSettled = false;

  constructor(port: number) {
    this.#port = port;
  }

  async enter(player: Player): Promise<void> {
    const seat = await this.#reserve(player);
    const path = `/${seat.processId}/${seat.roomId}?sessionId=${seat.sessionId}`;
    const connection = await Connection.dialWebSocket(this.#port, path);
    const scene = this.#scenes.get(player.scene) ?? new SceneDecoder();
    // One player of a scene reads the room's state by Colyseus' own decoder until all are there.
    const isFirst = !this.#scenes.has(player.scene);
    this.#scenes.set(player.scene, scene);
    await new Promise<void>((resolve) => {
      connection.onBytes = (bytes, start, end) => {
        const of = bytes[start];
        if (of === code.joinRoom) {
          if (isFirst) scene.begin(bytes.subarray(start, end));
          connection.write(maskedFrame(Buffer.from([code.joinRoom])));
          if (!scene.hasState) resolve();
        } else if (of === code.roomState) {
          if (isFirst) scene.change(bytes.subarray(start, end));
          resolve();
        } else if (of === code.roomStatePatch) {
          if (this.#isSettled) scene.see(player, bytes, start + 1, end, nowUs());
          else if (isFirst) scene.change(bytes.subarray(start, end));
        } else if (of === code.roomData) onMessage(player, bytes, start + 1);
        else throw new Error(`a message of code ${of}`);
      };
    });
    player.entered(connection, framesOf(player.id));
  }

  async settled(): Promise<void> {
    const scenes = [...this.#scenes.values()];
    while (!scenes.every((scene) => scene.hasAll(sceneSize))) {
      await pause(10);
    }
    // The last join comes to all with one tick, but not at the same moment: it is no patch of moves.
    await pause(1_000);
    this.#isSettled = true;
  }

  leave({ connection }: Player): void {
    connection?.close();
  }

  async #reserve({ id, scene }: Player): Promise<Seat> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/matchmake/joinOrCreate/scene`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id, scene }),
    });
    const seat = (await response.json()) as Seat;
    if (!response.ok) throw new Error(`no seat: ${JSON.stringify(seat)}`);
    return seat;
  }
}

function message(type: string, value: unknown): Buffer {
  return Buffer.concat([
    Buffer.from([code.roomData, 0xa0 | type.length]),
    Buffer.from(type),
    packer.pack(value),
  ]);
}

function framesOf(id: number): Frames {
  const plain = message("move", aMove);
  const move = maskedFrame(plain);
  return {
    move,
    layout: { ...numbersFrom(plain, move.length - plain.length), numbers: "msgpack", mask },
    line: maskedFrame(message("say", { id, text: lineText })),
  };
}

const moved = Buffer.concat([Buffer.from([0xa5]), Buffer.from("moved")]);
const said = Buffer.concat([Buffer.from([0xa4]), Buffer.from("said")]);
/** Where broadcast moves have their numbers, from the start of the MessagePack; the id comes last. */
const movedMap = new Packr({ useRecords: false }).pack({ ...aMove, id: 1 });
const movedNumbers = numbersIn(movedMap);
const idAt = movedMap.length - 1;

function onMessage(player: Player, bytes: Uint8Array, start: number): void {
  if (startsWith(bytes, start, said)) {
    player.lines++;
    return;
  }
  if (!startsWith(bytes, start, moved)) throw new Error("a message of an unknown type");
  const body = start + moved.length;
  const sent = uint32At(bytes, body + movedNumbers.sent);
  player.saw(sent, nowUs());
  if (player.sample === undefined) return;
  const x = float64At(bytes, body + movedNumbers.floats[0]);
  player.sample.saw(smallNumberAt(bytes, body + idAt), sent, x);
}
