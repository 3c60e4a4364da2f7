import type { Connection } from "./connection.ts";
import type { Latencies } from "./latencies.ts";
import { type MoveLayout, placeOf, putMove } from "./move-frame.ts";

/** Players of a scene. */
export const sceneSize = 50;

/** Frames that a player sends. */
export interface Frames {
  /** A move, but for the numbers of its layout. */
  readonly move: Uint8Array;
  readonly layout: MoveLayout;
  readonly line: Uint8Array;
}

/** What players of this process have seen and done since the last `clear`. */
export interface Tally {
  readonly seen: Latencies;
  sent: number;
  moves: number;
}

/** Time of this process in microseconds, as moves carry it. */
export function nowUs(): number {
  return Math.floor(performance.now() * 1_000);
}

export class Player {
  /** From 1; the players of a scene have numbers that follow each other. */
  readonly id: number;
  readonly scene: number;
  /** What the player sees is checked. */
  readonly sample: Sample | undefined;
  connection: Connection | undefined;
  /** Lines of the player's scene that have come. */
  lines = 0;
  linesSent = 0;
  readonly #tally: Tally;
  /** Frames of moves that the socket does not use. */
  readonly #free: { readonly bytes: Uint8Array; readonly release: () => void }[] = [];
  #frames: Frames | undefined;

  constructor(id: number, tally: Tally, isSample: boolean) {
    this.id = id;
    this.scene = Math.floor((id - 1) / sceneSize);
    this.#tally = tally;
    this.sample = isSample ? new Sample(this) : undefined;
  }

  entered(connection: Connection, frames: Frames): void {
    this.connection = connection;
    this.#frames = frames;
  }

  move(): void {
    const frames = this.#frames!;
    const frame = this.#free.pop() ?? this.#newFrame(frames.move);
    putMove(frame.bytes, nowUs(), frames.layout);
    this.connection!.write(frame.bytes, frame.release);
    this.#tally.sent++;
  }

  say(): void {
    this.linesSent++;
    this.connection!.write(this.#frames!.line);
  }

  /** Another player's move is here. */
  saw(sent: number, now: number): void {
    this.#tally.moves++;
    this.#tally.seen.add(now - sent);
  }

  #newFrame(move: Uint8Array) {
    const frame = { bytes: Uint8Array.from(move), release: () => void this.#free.push(frame) };
    return frame;
  }
}

/** Checks what one player sees. */
export class Sample {
  readonly #player: Player;
  readonly #lastSent = new Float64Array(sceneSize);
  readonly faults = new Set<string>();

  constructor(player: Player) {
    this.#player = player;
  }

  saw(mover: number, sent: number, x: number): void {
    const { id, scene } = this.#player;
    const n = mover - scene * sceneSize - 1;
    if (mover === id) this.faults.add("saw its own move");
    else if (!(n >= 0 && n < sceneSize)) this.faults.add(`saw ${mover}, who is in another scene`);
    else if (sent < this.#lastSent[n]!) this.faults.add("saw an older move after a newer one");
    else if (x !== placeOf(sent)) this.faults.add(`saw a place of another time: ${x}`);
    else this.#lastSent[n] = sent;
  }

  /** Members of the scene whose moves have not come. */
  unseen(): number {
    return this.#lastSent.filter((sent) => sent === 0).length - 1;
  }
}
