import type { Place } from "./places.ts";

/** Direction of bytes: from the client, or to the client. */
export type Direction = "up" | "down";

/** What happens to a connection at one of its bytes. */
export const strikes = [
  /** Both sides are closed. */
  "cut",
  /** Both sides are reset. */
  "reset",
  /** The client's side is closed. The server's side stays open, and nothing comes from it. */
  "client-closed",
  /** The server's side is closed. The client's side stays open, and nothing comes from it. */
  "server-closed",
  /** Bytes of the client vanish. Bytes of the server arrive. */
  "silent-up",
  /** Bytes of the server vanish. Bytes of the client arrive. */
  "silent-down",
  /** All bytes vanish, and the end of either side does, too. */
  "silent",
] as const;

export type Strike = (typeof strikes)[number];

/** What a hostile network does with one connection. */
export interface FaultPlan {
  /** Strike at byte `afterBytes` of a direction; undefined: the connection lives. */
  readonly strike: Strike | undefined;
  readonly direction: Direction;
  readonly afterBytes: number;
  /** Delay of each chunk, in ms; 0: none. */
  readonly delayMs: number;
  /** Number of first bytes of each direction that travel as chunks of one byte. */
  readonly trickleBytes: number;
  /** A message to strike inside of, when one comes before `afterBytes`. Default: none. */
  readonly aim?: Aim;
  /** Strike after this time at the latest, in ms. Default: no limit. */
  readonly afterMs?: number;
  /** The opening arrives a second time, over a connection of its own, this long after the first time, in ms. Default: once. */
  readonly againAfterMs?: number;
}

/** The inside of a message. */
export interface Aim {
  readonly place: Place;
  /** Number of messages of this place that pass before. */
  readonly skip: number;
  /** Part of the message that passes, 0 to 1; at least one byte passes, and one does not. */
  readonly share: number;
}

/** A connection without faults. */
export const noFaults: FaultPlan = {
  strike: undefined,
  direction: "up",
  afterBytes: 0,
  delayMs: 0,
  trickleBytes: 0,
};

/** Bytes of Hello or Welcome over TCP, and with the upgrade to a WebSocket. */
const [tcpOpeningBytes, openingBytes] = [150, 450];
/** Longest time until an opening arrives again, in ms. */
const longestAgainMs = 250;
/** Most bytes before a strike that falls into the load. */
const longestBytes = 6_000;

/** The plan with its strike behind the opening of the connection. */
export function afterOpening(plan: FaultPlan): FaultPlan {
  return { ...plan, afterBytes: plan.afterBytes + openingBytes };
}

/**
 * Draws the faults of one connection. A third of the strikes falls into the bytes of Hello and Welcome, a third into what a resume
 * repeats, a third into the load.
 */
export function drawFaults(random: () => number): FaultPlan {
  const direction: Direction = random() < 0.5 ? "up" : "down";
  const where = random();
  let afterBytes: number;
  if (where < 0.15) afterBytes = Math.floor(random() * tcpOpeningBytes);
  else if (where < 0.3) afterBytes = Math.floor(random() * openingBytes);
  else if (where < 0.6) afterBytes = openingBytes / 2 + Math.floor(random() * 2_000);
  else afterBytes = Math.floor(random() * longestBytes);
  // Plain cuts and resets are what a network does most.
  const of = random();
  const strike =
    of < 0.1 ? undefined : of < 0.55 ? strikes[of < 0.35 ? 0 : 1] : strikes[2 + Math.floor(random() * 5)];
  return {
    strike,
    direction,
    afterBytes,
    delayMs: random() < 0.3 ? 1 + Math.floor(random() * 15) : 0,
    trickleBytes: random() < 0.25 ? Math.floor(random() * 800) : 0,
    ...(random() < 0.2 ? { againAfterMs: Math.floor(random() * longestAgainMs) } : {}),
  };
}
