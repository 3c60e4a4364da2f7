import type { Random } from "./bytes.ts";

/** Where a connection goes, as the target has told. */
export interface Addresses {
  readonly client: number;
  readonly links: number;
  /** Link port of a gate with link keys, which no connection of the fuzz has. */
  readonly provenLinks: number;
  /** Public key of the gate's cipher. */
  readonly gateKey: string;
}

/** Messages of one connection. */
export interface Talk {
  /** Bytes before the first case; they are right. */
  readonly opening: Uint8Array;
  /** Whether the first case waits for the first bytes of the other side, as after an HTTP upgrade. */
  readonly waitsForAnswer: boolean;
  /** Takes bytes from the other side. Default: they are dropped. */
  heard?(chunk: Uint8Array): void;
  /** Returns the next case: one message, right or wrong. */
  next(): Uint8Array;
}

/** Messages of one kind of port. */
export interface Grammar {
  port(addresses: Addresses): number;
  talk(random: Random, addresses: Addresses): Talk;
}
