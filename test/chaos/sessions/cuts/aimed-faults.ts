import type { Direction, FaultPlan, Strike } from "../faults.ts";

/** A connection is struck after this time at the latest, in ms. */
const longestMs = 120;
/** Most bytes of a direction before a strike into the load. */
const longestBytes = 12_000;
/** Bytes of the opening that a first connection is spared. */
const openingBytes = 600;
/** Most repeated messages that pass before a strike into the next one. */
const mostSkipped = 12;

/**
 * Draws the faults of the next connection: each connection is struck. A sixth of the strikes is aimed at the inside of Hello, a sixth
 * at the inside of Welcome, a quarter at the inside of a message that is repeated.
 *
 * @param isFirst whether the client has no token so far
 */
export function drawAimedFaults(random: () => number, isFirst: boolean): FaultPlan {
  const where = random();
  const share = random();
  const direction: Direction = random() < 0.5 ? "up" : "down";
  const plan = {
    strike: drawStrike(random, where < 1 / 3),
    direction,
    afterBytes: openingBytes + Math.floor(random() * longestBytes),
    delayMs: random() < 0.1 ? 1 + Math.floor(random() * 3) : 0,
    trickleBytes: random() < 0.1 ? Math.floor(random() * 800) : 0,
    afterMs: 10 + Math.floor(random() * longestMs),
  };
  if (isFirst || where > 7 / 12) return plan;
  const place = where < 1 / 6 ? "hello" : where < 1 / 3 ? "welcome" : "replay";
  const skip = place === "replay" ? Math.floor(random() * mostSkipped) : 0;
  return { ...plan, aim: { place, skip, share }, afterMs: 200 };
}

/** Draws a strike. Of a strike that no side is told of, each side learns by its heartbeats, or by its timeout in an opening. */
function drawStrike(random: () => number, isOpening: boolean): Strike {
  const dice = random();
  if (dice < 0.4) return "cut";
  if (dice < 0.6) return "reset";
  // Half-open: the gate finds out late, most often when the client resumes.
  if (dice < (isOpening ? 0.95 : 0.85)) return "client-closed";
  const silent = ["server-closed", "silent-up", "silent-down", "silent"] as const;
  return silent[Math.floor(random() * silent.length)]!;
}
