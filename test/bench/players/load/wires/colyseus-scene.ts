import { loadPeer } from "../../../harness/peers.ts";
import type { Player } from "../player.ts";
import { uint32Low } from "./photinus.ts";

/** As much of @colyseus/schema as is used. */
interface Decoder {
  readonly state: unknown;
  readonly root: { readonly refs: ReadonlyMap<number, object> };
  decode(bytes: Uint8Array, at: { offset: number }): unknown;
}
interface Decoding {
  readonly Reflection: { decode(bytes: Uint8Array, at: { offset: number }): Decoder };
  readonly decode: { number(bytes: Uint8Array, at: { offset: number }): number };
}

const { Reflection, decode } = loadPeer<Decoding>("@colyseus/schema");

/** Marks that the next number says whose fields follow. */
const switchToStructure = 255;
/** Positions of fields of a player, in the order of the state's schema; each has four bytes. */
const field = { sent: 1, x: 2, last: 5 } as const;
const fieldBytes = 4;

/**
 * The state of one room. Until all players are there, Colyseus' own decoder follows it; from then on only players move, and what they
 * change is read by hand, at each of them.
 */
export class SceneDecoder {
  #decoder: Decoder | undefined;
  /** Ids of players by the numbers that the state gives them. */
  readonly #ids: number[] = [];

  /** Reads the message that answers a join: two texts, and the state's schema. */
  begin(message: Uint8Array): void {
    const at = { offset: 1 };
    at.offset += 1 + message[at.offset]!;
    const isOfState = message[at.offset]! > 0 && message[at.offset + 1] === 0x73;
    at.offset += 1 + message[at.offset]!;
    const size = decode.number(message, at);
    // A room without state has no schema.
    if (isOfState && size > 0) {
      this.#decoder = Reflection.decode(Buffer.from(message.subarray(0, at.offset + size)), at);
    }
  }

  get hasState(): boolean {
    return this.#decoder !== undefined;
  }

  get isComplete(): boolean {
    return this.#ids.length > 0;
  }

  /** Follows a state or a patch. */
  change(message: Uint8Array): void {
    this.#decoder!.decode(Buffer.from(message), { offset: 1 });
  }

  /** Whether this many players are in the scene; always in one without state. */
  hasAll(count: number): boolean {
    if (this.#decoder === undefined || this.isComplete) return true;
    const players = [...this.#decoder.root.refs].filter(([, ref]) => "id" in ref && Number(ref.id) > 0);
    if (players.length < count) return false;
    for (const [number, ref] of players) this.#ids[number] = (ref as { id: number }).id;
    return true;
  }

  /** Reads a patch in which players have moved: one sees the others, and itself. */
  see(player: Player, bytes: Uint8Array, start: number, end: number, now: number): void {
    let id = 0;
    let sent = 0;
    for (let at = start; at < end; at += fieldBytes) {
      const head = bytes[at++]!;
      if (head === switchToStructure) {
        const first = bytes[at++]!;
        let number = first;
        if (first === 0xcc) number = bytes[at++]!;
        else if (first === 0xcd) {
          number = bytes[at]! | (bytes[at + 1]! << 8);
          at += 2;
        }
        id = this.#ids[number] ?? 0;
        if (id === 0) throw new Error(`a patch of ${number}, which is no player`);
        at -= fieldBytes;
        continue;
      }
      const index = head & 0x3f;
      if (index > field.last) throw new Error(`a patch of field ${index}`);
      if (id === player.id) continue;
      if (index === field.sent) {
        sent = uint32Low(bytes, at);
        player.saw(sent, now);
      } else if (index === field.x && player.sample !== undefined) {
        player.sample.saw(id, sent, float32(bytes, at));
      }
    }
  }
}

const floats = new DataView(new ArrayBuffer(4));

function float32(bytes: Uint8Array, at: number): number {
  floats.setUint32(0, uint32Low(bytes, at));
  return floats.getFloat32(0);
}
