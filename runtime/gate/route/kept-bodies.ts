import type { GateSession } from "../session/gate-session.ts";

/** Limits of {@link KeptBodies}. */
export interface KeptBodyLimits {
  readonly keptSessionBytes: number;
  readonly keptGateBytes: number;
}

/** Bytes that each body counts besides its length, so that empty ones are bounded too. */
const overheadBytes = 64;

/**
 * Bounds the memory of the bodies that a gate keeps: those of idempotent requests in flight, to send them again when their node is
 * lost, and those of requests that wait for their node. A request without room fails when its node is lost or away.
 */
export class KeptBodies {
  readonly #limits: KeptBodyLimits;
  #bytes = 0;

  constructor(limits: KeptBodyLimits) {
    this.#limits = limits;
  }

  /** Memory of all kept bodies, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes room for a body. Returns false when the session or the gate has none left. */
  take(session: GateSession, size: number): boolean {
    const { keptSessionBytes, keptGateBytes } = this.#limits;
    const bytes = size + overheadBytes;
    if (session.keptBytes + bytes > keptSessionBytes || this.#bytes + bytes > keptGateBytes) return false;
    session.keptBytes += bytes;
    this.#bytes += bytes;
    return true;
  }

  /** Gives the room of a body back. */
  give(session: GateSession, size: number): void {
    const bytes = size + overheadBytes;
    session.keptBytes -= bytes;
    this.#bytes -= bytes;
  }
}
